// The notebook as Databricks imports it: its SOURCE format, and the steps of the Microsoft Learn lab in the lab's order (L11 to L13).
// https://docs.databricks.com/aws/en/notebooks/notebook-export-import
import { describe, expect, it } from 'vitest';
import { readNotebook } from '../../../../local/cloud/notebook/source.ts';
import { NOTEBOOK_SOURCE } from '../databricks/workspace-harness.ts';

const STEPS = [
  '%pip install openai',
  '%restart_python',
  'os.environ["AZURE_OPENAI_API_KEY"] =',
  'os.environ["AZURE_OPENAI_ENDPOINT"] =',
  'os.environ["AZURE_OPENAI_API_VERSION"] =',
  'client = AzureOpenAI(',
  'system_prompt =',
  'mlflow.openai.autolog()',
  'with mlflow.start_run()',
  'client.chat.completions.create(',
  '{"role": "system", "content": system_prompt}',
  'print(response.choices[0].message.content)',
  'mlflow.log_param("completion_tokens", response.usage.completion_tokens)',
  'mlflow.end_run()',
];

describe('the notebook', () => {
  it('is Databricks SOURCE: its header first, cells between breaks, magics behind comments', () => {
    const lines = NOTEBOOK_SOURCE.split('\n');
    expect(lines[0]).toBe('# Databricks notebook source');
    for (const cell of NOTEBOOK_SOURCE.split('# COMMAND ----------\n')) {
      const magics = cell.split('\n').filter((it) => it.startsWith('# MAGIC'));
      const others = cell.split('\n').filter((it) => it !== '' && it !== lines[0] && !it.startsWith('# MAGIC'));
      expect(magics.length === 0 || others.length === 0, cell).toBe(true);
    }
    expect(lines.filter((it) => /^[%!]/.test(it))).toEqual([]);
  });

  it("holds the lab's cells in the lab's order", () => {
    const cells = readNotebook(NOTEBOOK_SOURCE);
    const code = cells.map((it) =>
      it.kind === 'python' ? it.source : it.kind === 'magic' ? it.commands.join('\n') : '',
    );
    const text = code.join('\n');
    let from = 0;
    for (const step of STEPS) {
      const at = text.indexOf(step, from);
      expect(at, `${step}, after what comes before it`).toBeGreaterThanOrEqual(0);
      from = at + step.length;
    }
  });

  it('begins by telling what it is, and explains each of its parts', () => {
    const kinds = readNotebook(NOTEBOOK_SOURCE).map((it) => it.kind);
    expect(kinds[0]).toBe('markdown');
    expect(kinds.filter((it) => it === 'markdown').length).toBeGreaterThanOrEqual(6);
  });
});

describe('the SOURCE format', () => {
  it('keeps cells, their magics and their line numbers apart', () => {
    const source = [
      '# Databricks notebook source',
      '# MAGIC %md',
      '# MAGIC # Title',
      '# COMMAND ----------',
      '',
      '# DBTITLE 1,Install',
      '# MAGIC %pip install openai',
      '# MAGIC %restart_python',
      '',
      '# COMMAND ----------',
      'x = 1',
    ].join('\n');
    expect(readNotebook(source)).toEqual([
      { kind: 'markdown', line: 2 },
      { kind: 'magic', line: 6, commands: ['%pip install openai', '%restart_python'] },
      { kind: 'python', line: 11, source: 'x = 1' },
    ]);
  });

  it('takes a file without the header as one cell', () => {
    expect(readNotebook('x = 1\n')).toEqual([{ kind: 'python', line: 1, source: 'x = 1\n' }]);
  });
});
