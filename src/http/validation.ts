/** What is wrong with a request, field by field and in the words of this API: what zod finds, said as "must be …". */
import type { z } from 'zod';
import type { FieldFault } from '../lab/http-problem.ts';

/** An answer repeats what was wrong, and must not grow with it. */
const FAULTS_SHOWN = 50;
const NAME_SHOWN = 80;

/** Checks a value against a schema. Messages that the schema brings itself win. */
export function check<T>(schema: z.ZodType<T>, value: unknown): { value: T } | { faults: FieldFault[] } {
  const parsed = schema.safeParse(value, { error: inWords });
  return parsed.success ? { value: parsed.data } : { faults: fieldFaults(parsed.error) };
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : (KINDS[typeof value] ?? typeof value);

const units = (origin: string): string => (origin === 'string' ? ' characters' : origin === 'array' ? ' elements' : '');

/** Of unknown fields the message is the list of those that are known, out of which `fieldFaults` makes a sentence for each. */
const inWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      if (issue.expected === 'int') return 'must be a whole number';
      return `must be ${KINDS[issue.expected] ?? issue.expected}, not ${kindOf(issue.input)}`;
    case 'too_small': {
      if (issue.origin === 'string' && issue.minimum === 1) return 'must not be empty';
      return `must ${verb(issue.origin)} ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${units(issue.origin)}`;
    }
    case 'too_big':
      return `must ${verb(issue.origin)} at most ${issue.maximum}${units(issue.origin)}`;
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`;
    case 'unrecognized_keys':
      return Object.keys((issue.inst as { shape?: object } | undefined)?.shape ?? {}).join(' ');
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_element':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'custom':
      return undefined;
  }
};

const verb = (origin: string): string => (origin === 'number' || origin === 'int' ? 'be' : 'have');

/** Every fault that zod found, one line a field; a name that is not known is a fault of its own. The first 50 are told. */
function fieldFaults(error: z.ZodError): FieldFault[] {
  const faults = error.issues.flatMap((issue): FieldFault[] => {
    const path = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') {
      const known = issue.message.split(' ');
      return issue.keys.slice(0, FAULTS_SHOWN + 1).map((key) => ({
        field: (path === '' ? key : `${path}.${key}`).slice(0, NAME_SHOWN),
        message: `is not a known field${meant(key, known)}`,
      }));
    }
    const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    return [{ field: path.slice(0, NAME_SHOWN), message }];
  });
  if (faults.length <= FAULTS_SHOWN) return faults;
  return [...faults.slice(0, FAULTS_SHOWN), { field: '', message: 'has more bad fields than are told' }];
}

/** `budget`, `idle_minutes` and `hours` are near to a field; what is near to none is not guessed at. */
function meant(key: string, known: readonly string[]): string {
  const bare = (it: string) => it.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const said = bare(key.slice(0, NAME_SHOWN));
  const near = (like: (name: string) => boolean) => known.find((it) => it.length > 2 && like(bare(it)));
  const found =
    said.length < 3
      ? undefined
      : (near((it) => it === said) ?? near((it) => it.startsWith(said) || it.endsWith(said) || said.startsWith(it)));
  return found === undefined ? '' : `; did you mean ${found}?`;
}

export const keyFaults = (key: string | null): FieldFault[] =>
  key === null || /^[\x21-\x7e]{1,200}$/.test(key)
    ? []
    : [{ field: 'Idempotency-Key', message: 'must be 1-200 printable ASCII characters without blanks' }];
