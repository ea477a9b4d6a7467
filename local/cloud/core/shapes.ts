// Where a request's body is held to its published shape: each service has its schemas beside its routes, and says in its own words what does not fit.
//
// Invariant
// F1  A shape knows every name that the service publishes for the request, also those that the local cloud makes nothing of: what is unknown to it
//     is misspelt.
import type { z } from 'zod';

/** The first thing in a body that does not fit. */
export type BodyFault = {
  /** `properties.model.name`, `messages[0].role`; empty for the body itself. */
  readonly path: string;
  /** Last name of the path, or the name that nobody knows. */
  readonly name: string;
  readonly value: unknown;
} & (
  | { readonly kind: 'unknown' | 'missing' | 'pattern' }
  | { readonly kind: 'type'; readonly expected: string }
  | { readonly kind: 'value'; readonly expected: readonly string[] }
  | { readonly kind: 'below' | 'above'; readonly bound: number; readonly of: 'number' | 'length' }
);

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Undefined where `body` fits. */
export function faultIn(shape: z.ZodType, body: unknown): BodyFault | undefined {
  const result = shape.safeParse(body, { reportInput: true });
  const issue = result.success ? undefined : result.error.issues[0];
  return issue === undefined ? undefined : faultOf(issue, issue.path, body);
}

const faultOf = (issue: Issue, path: Path, body: unknown): BodyFault => {
  const value = valueAt(body, path);
  const at = { path: textOf(path), name: String(path.at(-1) ?? ''), value };
  switch (issue.code) {
    case 'unrecognized_keys': {
      const name = issue.keys[0] ?? '';
      return { kind: 'unknown', path: textOf([...path, name]), name, value: valueAt(value, [name]) };
    }
    case 'invalid_type':
      return value === undefined ? { kind: 'missing', ...at } : { kind: 'type', expected: issue.expected, ...at };
    case 'invalid_value':
      return value === undefined
        ? { kind: 'missing', ...at }
        : { kind: 'value', expected: issue.values.map(String), ...at };
    case 'too_small':
      return { kind: 'below', bound: Number(issue.minimum), of: measureOf(issue.origin), ...at };
    case 'too_big':
      return { kind: 'above', bound: Number(issue.maximum), of: measureOf(issue.origin), ...at };
    case 'invalid_union': {
      // The alternative whose own type fits tells what is wrong inside of it.
      const firsts = issue.errors.map((issues) => issues[0]).filter((inner) => inner !== undefined);
      const fitting = firsts.find((inner) => inner.path.length > 0 || inner.code !== 'invalid_type');
      if (value === undefined) return { kind: 'missing', ...at };
      if (fitting !== undefined) return faultOf(fitting, [...path, ...fitting.path], body);
      return { kind: 'type', expected: 'string', ...at };
    }
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return { kind: 'pattern', ...at };
  }
};

const measureOf = (origin: string): 'number' | 'length' =>
  origin === 'number' || origin === 'int' || origin === 'bigint' ? 'number' : 'length';

const valueAt = (body: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[name] : undefined,
    body,
  );

const textOf = (path: Path): string =>
  path.reduce<string>(
    (text, name) =>
      typeof name === 'number' ? `${text}[${name}]` : text === '' ? String(name) : `${text}.${String(name)}`,
    '',
  );
