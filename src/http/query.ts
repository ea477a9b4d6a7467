/**
 * The parameters of a query: each endpoint names those that it takes, and what they may be. One that is not known is refused, not passed over: a misspelt filter
 * must not answer for everything, and a rehearsal that is not understood must not become the real thing.
 */
import type { FieldFault } from '../lab/http-problem.ts';

/** By parameter: what is wrong with a value; undefined where nothing is. */
export type QueryRule = Readonly<Record<string, (value: string) => string | undefined>>;

/** The host's own parameters: a function key may be given as one. */
const OF_THE_HOST = ['code', 'clientId'];
const FAULTS_SHOWN = 10;

/** Checked where it is read, or free. */
export const anything = (): undefined => undefined;
export const oneOf =
  (...values: readonly string[]) =>
  (value: string): string | undefined =>
    values.includes(value) ? undefined : `must be ${either(values)}`;

export const DRY_RUN: QueryRule = { dryRun: oneOf('true', 'false') };
/** Of every page. */
export const LANGUAGE: QueryRule = { lang: oneOf('en', 'pt-BR') };
/** What a page is told that was just left by a form. */
export const DONE: QueryRule = { done: anything, id: anything };

export function queryFaults(query: URLSearchParams, rule: QueryRule): FieldFault[] {
  const given = [...new Set(query.keys())].filter((it) => !OF_THE_HOST.includes(it));
  const faults = given.flatMap((name): FieldFault[] => {
    const judge = Object.hasOwn(rule, name) ? rule[name] : undefined;
    if (judge === undefined) return [{ field: name.slice(0, 80), message: `is not a known parameter; ${known(rule)}` }];
    const message = judge(query.get(name) ?? '');
    return message === undefined ? [] : [{ field: name, message }];
  });
  return faults.slice(0, FAULTS_SHOWN);
}

function known(rule: QueryRule): string {
  const names = Object.keys(rule).filter((it) => !(it in DONE));
  if (names.length === 0) return 'there is none here';
  return names.length === 1 ? `${names[0]} is` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)} are`;
}

const either = (values: readonly string[]): string =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
