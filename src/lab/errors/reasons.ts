/**
 * Every reason in the body of an error, however deep it lies: in `details[]`, `innererror`, `additionalInfo[].info`, in the error of an operation, in PascalCase,
 * in JSON inside a message. What comes out is bounded, whatever a service sends.
 *
 * https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md#handling-errors (`details`, `innererror`),
 * https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/common-api-details.md#error-response-content (`additionalInfo`)
 */
import { parseJson } from '../json.ts';

/** A code with its own sentence, and all that is said below it. Either may be empty. */
export type Reason = { code: string; message: string };

const DEEPEST = 8;
const MOST_REASONS = 20;
const MOST_CHARACTERS = 2_000;

/** Names under which services keep a further reason, in lower case. */
const NESTED = [
  'error',
  'innererror',
  'innerexception',
  'details',
  'errors',
  'additionalinfo',
  'info',
  'properties',
  'statusmessage',
  'response',
];

/** @returns the reasons, the deepest first; empty where the value tells none. */
export function reasonsIn(value: unknown): Reason[] {
  const reasons: Reason[] = [];
  collect(value, 0, reasons);
  return reasons;
}

/** @returns everything that is said in the value, and adds its reasons, children before parents. */
function collect(value: unknown, depth: number, reasons: Reason[]): string[] {
  if (depth > DEEPEST || reasons.length >= MOST_REASONS) return [];
  if (Array.isArray(value)) return value.slice(0, MOST_REASONS).flatMap((it) => collect(it, depth + 1, reasons));
  if (typeof value !== 'object' || value === null) return [];
  const fields = new Map(Object.entries(value).map(([name, it]) => [name.toLowerCase(), it as unknown]));
  const text = (...names: string[]): string => {
    const found = names.map((name) => fields.get(name)).find((it) => typeof it === 'string' || typeof it === 'number');
    return found === undefined ? '' : String(found).slice(0, MOST_CHARACTERS);
  };
  const code = text('code', 'errorcode', 'error_code');
  const own = text('message', 'errormessage', 'error_message');
  const inMessage = jsonIn(own);
  const below = [...NESTED.map((name) => fields.get(name)), inMessage].flatMap((it) =>
    collect(typeof it === 'string' ? jsonIn(it) : it, depth + 1, reasons),
  );
  const said = [...new Set([own, ...policy(fields), ...below].filter((it) => it !== ''))];
  if (code !== '' || own !== '') reasons.push({ code, message: said.join(' ').slice(0, MOST_CHARACTERS) });
  return said;
}

/** The JSON object that a text holds, alone or after some words. */
function jsonIn(text: string): unknown {
  const start = text.indexOf('{');
  return start < 0 ? undefined : parseJson(text.slice(start, text.lastIndexOf('}') + 1));
}

/**
 * What a policy says of itself: its names, and which of the resource's fields it looked at.
 * https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-basics, …/how-to/determine-non-compliance#compliance-details
 */
function policy(fields: ReadonlyMap<string, unknown>): string[] {
  const names = ['policydefinitiondisplayname', 'policyassignmentdisplayname', 'policysetdefinitiondisplayname']
    .map((name) => fields.get(name))
    .filter((it) => typeof it === 'string');
  const evaluated = (fields.get('evaluationdetails') as { evaluatedExpressions?: unknown } | undefined)
    ?.evaluatedExpressions;
  const paths = (Array.isArray(evaluated) ? (evaluated as unknown[]) : [])
    .slice(0, MOST_REASONS)
    .map((it) => (it as { path?: unknown } | null)?.path)
    .filter((it) => typeof it === 'string');
  return [
    ...names.map((it) => `Policy: ${it.slice(0, 200)}.`),
    ...[...new Set(paths)].map((it) => `The policy looked at: ${it.slice(0, 200)}.`),
  ];
}
