// MLflow's search language: comparisons joined by AND, and ORDER BY keys. One small parser for runs, traces and experiments; what may be compared
// with what is each search's own table (`Searchable`).
// https://mlflow.org/docs/latest/ml/search/search-runs
import { bad } from './wire.ts';

export type Operand = string | number | readonly string[] | null;
export type Operator =
  '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | 'ILIKE' | 'IN' | 'NOT IN' | 'IS NULL' | 'IS NOT NULL';
export type Field = { kind: 'number' | 'string'; operators: readonly Operator[] };

export type Searchable<T> = {
  /** What a bare name or `attributes.` means. */
  attributes: Readonly<Record<string, Field>>;
  /** Maps with free keys: `params`, `tags`, `metrics`, `metadata`. */
  maps: Readonly<Record<string, Field>>;
  /** Other spellings of `attributes`. */
  aliases?: readonly string[];
  /** Value of a field on a row; undefined where the row has none. */
  read(row: T, entity: string, key: string): string | number | undefined;
};

export const NUMBERS: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>='];
export const TEXTS: readonly Operator[] = ['=', '!=', 'LIKE', 'ILIKE', 'IS NULL', 'IS NOT NULL'];

type Word = { kind: 'name' | 'string' | 'number' | 'symbol'; text: string };
type Condition = { entity: string; key: string; operator: Operator; operand: Operand; field: Field };

/** A predicate over rows for `filter`; an empty filter takes all. Answers 400 for what the language does not have. */
export function parseFilter<T>(filter: string | undefined, searchable: Searchable<T>): (row: T) => boolean {
  const words = scan(filter ?? '');
  const conditions: Condition[] = [];
  let at = 0;
  while (at < words.length) {
    if (conditions.length > 0) {
      const joint = words[at]?.text ?? '';
      if (joint.toUpperCase() !== 'AND') bad(`Invalid clause(s) in filter string: '${joint}'`);
      at += 1;
      if (at >= words.length) break;
    }
    const [condition, next] = comparison(words, at, searchable);
    conditions.push(condition);
    at = next;
  }
  return (row) => conditions.every((it) => holds(searchable.read(row, it.entity, it.key), it));
}

/** Compares rows by `order_by` clauses, then by `tieBreak`. Rows without a value come last, whatever the direction. */
export function parseOrder<T>(
  clauses: readonly string[],
  searchable: Searchable<T>,
  tieBreak: (a: T, b: T) => number,
): (a: T, b: T) => number {
  const keys = clauses.map((clause) => {
    const words = scan(clause);
    const [entity, key, next] = identifier(words, 0, searchable);
    const direction = words[next]?.text.toUpperCase() ?? 'ASC';
    if (words.length > next + 1 || (direction !== 'ASC' && direction !== 'DESC')) {
      bad(`Invalid ordering key in order_by clause '${clause}'.`);
    }
    return { entity, key, sign: direction === 'DESC' ? -1 : 1 };
  });
  return (a, b) => {
    for (const { entity, key, sign } of keys) {
      const [left, right] = [searchable.read(a, entity, key), searchable.read(b, entity, key)];
      if (left === right) continue;
      if (left === undefined) return 1;
      if (right === undefined) return -1;
      return left < right ? -sign : sign;
    }
    return tieBreak(a, b);
  };
}

const scan = (text: string): Word[] => {
  const pattern =
    /\s*(?:'((?:[^'\\]|\\.|'')*)'|"([^"]*)"|`([^`]*)`|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.])|([A-Za-z_]\w*)|(!=|<=|>=|<>|[=<>.,()]))/giy;
  const words: Word[] = [];
  while (pattern.lastIndex < text.trimEnd().length) {
    const from = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) return bad(`Invalid clause(s) in filter string: '${text.slice(from).trim()}'`);
    const [, single, double, ticked, number, name, symbol] = match;
    if (single !== undefined)
      words.push({ kind: 'string', text: single.replaceAll("''", "'").replaceAll(/\\(.)/g, '$1') });
    else if (double !== undefined) words.push({ kind: 'string', text: double });
    else if (ticked !== undefined) words.push({ kind: 'name', text: ticked });
    else if (number !== undefined) words.push({ kind: 'number', text: number });
    else if (name !== undefined) words.push({ kind: 'name', text: name });
    else words.push({ kind: 'symbol', text: symbol ?? '' });
  }
  return words;
};

// `name`, `entity.key`, `entity.dotted.key`, entity.`any key`, entity."any key"
const identifier = <T>(words: readonly Word[], at: number, searchable: Searchable<T>): [string, string, number] => {
  const first = words[at];
  if (first === undefined || first.kind === 'number') return bad(`Invalid identifier '${first?.text ?? ''}'`);
  let next = at + 1;
  const parts: string[] = [];
  while (words[next]?.text === '.' && words[next]?.kind === 'symbol') {
    parts.push(words[next + 1]?.text ?? '');
    next += 2;
  }
  const entityNames: Record<string, string> = {
    attribute: 'attributes',
    attr: 'attributes',
    param: 'params',
    parameter: 'params',
    parameters: 'params',
    tag: 'tags',
    metric: 'metrics',
    request_metadata: 'metadata',
  };
  const lower = first.text.toLowerCase();
  const isAlias = searchable.aliases?.includes(lower) === true;
  const entity = parts.length === 0 || isAlias ? 'attributes' : (entityNames[lower] ?? lower);
  const key = parts.length === 0 ? first.text : parts.join('.');
  if (entity === 'attributes' && !Object.hasOwn(searchable.attributes, key)) {
    bad(`Invalid attribute key '${key}' specified. Valid keys are '${Object.keys(searchable.attributes).join(', ')}'`);
  }
  if (entity !== 'attributes' && searchable.maps[entity] === undefined) {
    bad(
      `Invalid entity type '${first.text}'. Valid values are ${['attributes', ...Object.keys(searchable.maps)].join(', ')}`,
    );
  }
  return [entity, key, next];
};

const comparison = <T>(words: readonly Word[], at: number, searchable: Searchable<T>): [Condition, number] => {
  const [entity, key, from] = identifier(words, at, searchable);
  const field = (entity === 'attributes' ? searchable.attributes[key] : searchable.maps[entity]) as Field;
  let next = from;
  let text = (words[next]?.text ?? '').toUpperCase();
  next += 1;
  for (const longer of ['NOT IN', 'IS NOT NULL', 'IS NULL']) {
    const tail = longer.split(' ');
    if (tail.every((part, index) => words[from + index]?.text.toUpperCase() === part)) {
      text = longer;
      next = from + tail.length;
      break;
    }
  }
  const operator = (text === '<>' ? '!=' : text) as Operator;
  if (!field.operators.includes(operator)) {
    bad(`Invalid comparator '${text}' not one of '${field.operators.join(', ')}'`);
  }
  const condition = { entity, key, operator, field };
  if (operator === 'IS NULL' || operator === 'IS NOT NULL') return [{ ...condition, operand: null }, next];
  if (operator === 'IN' || operator === 'NOT IN') return list(condition, words, next);
  const value = words[next];
  if (field.kind === 'number') {
    if (value?.kind !== 'number')
      return bad(
        `Expected numeric value type for ${entity === 'attributes' ? 'numeric attribute' : 'metric'}: ${key}. Found ${value?.text ?? ''}`,
      );
    return [{ ...condition, operand: Number(value.text) }, next + 1];
  }
  if (value?.kind !== 'string') {
    return bad(
      `Expected a quoted string value for ${entity === 'params' ? 'parameter' : entity.replace(/s$/, '')} (e.g. 'my-value'). Got value ${value?.text ?? ''}`,
    );
  }
  return [{ ...condition, operand: value.text }, next + 1];
};

const list = (condition: Omit<Condition, 'operand'>, words: readonly Word[], at: number): [Condition, number] => {
  const values: string[] = [];
  let next = at;
  if (words[next]?.text !== '(')
    bad(`While parsing a list in the query, expected string value, punctuation, or whitespace`);
  do {
    const value = words[next + 1];
    if (value?.kind !== 'string')
      return bad('While parsing a list in the query, expected a non-empty list of string values');
    values.push(value.text);
    next += 2;
  } while (words[next]?.text === ',');
  if (words[next]?.text !== ')') bad('While parsing a list in the query, a closing parenthesis is missing');
  return [{ ...condition, operand: values }, next + 1];
};

const holds = (value: string | number | undefined, { operator, operand }: Condition): boolean => {
  if (operator === 'IS NULL') return value === undefined;
  if (operator === 'IS NOT NULL') return value !== undefined;
  // As in SQL, what is not there equals nothing and differs from nothing.
  if (value === undefined || operand === null) return false;
  switch (operator) {
    case '=':
      return value === operand;
    case '!=':
      return value !== operand;
    case '<':
      return Number(value) < Number(operand);
    case '<=':
      return Number(value) <= Number(operand);
    case '>':
      return Number(value) > Number(operand);
    case '>=':
      return Number(value) >= Number(operand);
    case 'IN':
      return (operand as readonly string[]).includes(String(value));
    case 'NOT IN':
      return !(operand as readonly string[]).includes(String(value));
    case 'LIKE':
    case 'ILIKE':
      return like(operand as string, operator === 'ILIKE').test(String(value));
  }
};

const like = (pattern: string, ignoreCase: boolean): RegExp => {
  const escaped = pattern
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${escaped}$`, ignoreCase ? 'is' : 's');
};
