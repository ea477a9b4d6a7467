/** The queries, checked by Microsoft's own language service for KQL against the columns of Application Insights. https://www.npmjs.com/package/@kusto/language-service-next */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyse } from './kusto.ts';

const textOf = (file: string): string => readFileSync(`infra/queries/${file}`, 'utf8');
const base = textOf('events.kql');
const queries = readdirSync('infra/queries').filter((it) => it !== 'events.kql');

describe('the queries', () => {
  it('see one column for each dimension of an event', () => {
    const columns = analyse(`${base}\nevents`).columns;
    expect(columns).toEqual([
      'at:datetime',
      'event:string',
      'labId:string',
      'owner:string',
      'phase:string',
      'step:string',
      'region:string',
      'attempt:int',
      'durationMs:long',
      'outcome:string',
      'reason:string',
      'subject:string',
      'model:string',
      'inputTokens:long',
      'outputTokens:long',
      'finishReason:string',
      'costUsd:real',
      'budgetUsd:real',
      'labs:int',
      'left:int',
      'dryRun:bool',
    ]);
  });

  it.each(queries)('%s is sound', (file) => {
    const { faults, columns } = analyse(`${base}\n${textOf(file)}`);
    expect(faults).toEqual([]);
    expect(columns.length).toBeGreaterThan(0);
  });

  it.each(queries)('%s asks for events that the app writes', (file) => {
    const log = readFileSync('src/log.ts', 'utf8');
    const written = [...log.matchAll(/\| '([a-z.-]+)'/g)].map((it) => it[1]);
    const asked = [...textOf(file).matchAll(/'((?:lab|sweep|completion|activity)\.[a-z-]+)'/g)].map((it) => it[1]);
    expect(asked.filter((it) => !written.includes(it))).toEqual([]);
  });

  it('find a misspelt column, so that a sound query means something', () => {
    expect(analyse(`${base}\nevents | where evnt == 'lab.step'`).faults).toEqual([expect.stringContaining("'evnt'")]);
  });

  it.each(queries.filter((it) => !it.startsWith('alert-')))(
    '%s can be narrowed to one lab or is about none',
    (file) => {
      const { columns, faults } = analyse(`${base}\n${textOf(file)}| where isempty('x') or labId == 'x'`);
      expect(columns.includes('labId:string') ? faults : []).toEqual([]);
    },
  );
});
