/** Which columns a query reads of which events: the fields that those events have to be logged with. */
import { readFileSync } from 'node:fs';

/** `events` are names, or beginnings of names that end with a dot. Columns are those of `events.kql`. */
export type Reads = { events: string[]; columns: string[] };

const base = readFileSync('infra/queries/events.kql', 'utf8').replace(/\/\/.*/g, '');

/** Dimensions of an event by the column that is made of them. `at` and `event` are in every line. */
export const DIMENSIONS: ReadonlyMap<string, string[]> = new Map(
  [...base.matchAll(/^ +(\w+) = (.*\be\b.*)$/gm)]
    .map(([, column = '', made = '']): [string, string[]] => [
      column,
      [...made.matchAll(/\be\.(\w+)|\be\['([^']+)'\]/g)].map((it) => it[1] ?? it[2] ?? ''),
    ])
    .filter(([column]) => column !== 'at' && column !== 'event'),
);

/**
 * One entry for each pipeline that starts from `events`, up to where it joins another or is joined, and one for each column that a condition ties to one event, as
 * `event == 'lab.step' and outcome == …` does.
 */
export function readsOf(query: string): Reads[] {
  const text = query.replace(/\/\/.*/g, '');
  const conditions = [...text.matchAll(/event == '([^']+)'(?: and|,) (\w+)/g)];
  const tied = conditions.map(([, event = '', column = '']) => ({ events: [event], columns: [column] }));
  const whole = text.split(/\bevents\b/).slice(1);
  return [...whole.map((it) => readsOfPipeline(it.split(/\| join\b|\) on\b|;/)[0] ?? '')), ...tied].map(
    ({ events, columns }) => ({
      events,
      columns: columns.filter((it) => DIMENSIONS.has(it)),
    }),
  );
}

function readsOfPipeline(pipeline: string): Reads {
  const filters = [...pipeline.matchAll(/\bevent (?:==|in|startswith) (?:'[^']+'|\([^)]*\))/g)].map((it) => it[0]);
  const events = filters.flatMap((it) => [...it.matchAll(/'([^']+)'/g)].map((name) => name[1] ?? ''));
  // A name before a single `=` is one that the query gives.
  const read = pipeline.replace(/'[^']*'/g, '').matchAll(/\b([a-z]\w*)\b(?! *=(?!=))/gi);
  return { events: [...new Set(events)], columns: [...new Set([...read].map((it) => it[1] ?? ''))] };
}
