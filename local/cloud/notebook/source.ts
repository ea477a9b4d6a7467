// The Databricks SOURCE format of a Python notebook, cut into cells.
// https://docs.databricks.com/aws/en/notebooks/notebook-export-import

export type Cell =
  | { kind: 'markdown'; line: number }
  | { kind: 'python'; line: number; source: string }
  /** `%pip install openai`, one command a line. */
  | { kind: 'magic'; line: number; commands: string[] };

const HEADER = '# Databricks notebook source';
const BREAK = '# COMMAND ----------';
const MAGIC = /^# MAGIC ?/;

/** Cells in order; `line` is the 1-based line of the source at which a cell begins. Empty cells are left out. */
export function readNotebook(source: string): Cell[] {
  const lines = source.replaceAll('\r\n', '\n').split('\n');
  const cells: Cell[] = [];
  let begin = lines[0] === HEADER ? 1 : 0;
  for (let at = begin; at <= lines.length; at += 1) {
    if (at < lines.length && lines[at]?.trimEnd() !== BREAK) continue;
    const cell = readCell(lines.slice(begin, at), begin + 1);
    if (cell !== undefined) cells.push(cell);
    begin = at + 1;
  }
  return cells;
}

const readCell = (lines: string[], line: number): Cell | undefined => {
  const body = lines.filter((text) => !text.startsWith('# DBTITLE'));
  const first = body.findIndex((text) => text.trim() !== '');
  if (first < 0) return undefined;
  if (!MAGIC.test(body[first] as string)) return { kind: 'python', line, source: lines.join('\n') };
  const texts = body.filter((text) => MAGIC.test(text)).map((text) => text.replace(MAGIC, ''));
  const language = /^%(\w+)/.exec(texts[0] ?? '')?.[1];
  if (language === 'md' || language === 'md-sandbox') return { kind: 'markdown', line };
  if (language === 'python') {
    return { kind: 'python', line, source: ['', ...texts.slice(1)].join('\n') };
  }
  return {
    kind: 'magic',
    line: line + first,
    commands: texts.map((text) => text.trim()).filter((text) => text !== ''),
  };
};
