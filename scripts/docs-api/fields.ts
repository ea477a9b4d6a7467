/** A JSON schema as rows of a table: one a field, those of objects and of lists of objects below their path. */
import type { JsonSchema } from '../../src/http/openapi/document.ts';

/** Characters of a pattern that a reader still takes in. */
const READABLE = 45;

export type FieldRow = { path: string; type: string; byDefault: string; optional: boolean; what: string };

export function fieldsOf(schema: JsonSchema, prefix = ''): FieldRow[] {
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
  const required = (schema['required'] ?? []) as string[];
  const rows = Object.entries(properties).flatMap(([name, it]) => {
    const path = `${prefix}${name}`;
    const inner = innerOf(it, path);
    const byDefault = it['default'] === undefined || inner.length > 0 ? '' : `\`${JSON.stringify(it['default'])}\``;
    const what = (it['description'] as string | undefined) ?? '';
    return [{ path: `\`${path}\``, type: typeOf(it), byDefault, optional: !required.includes(name), what }, ...inner];
  });
  const variants = ((schema['anyOf'] ?? []) as JsonSchema[]).flatMap((it) => fieldsOf(it, prefix));
  // Of what is referred to, the page has a table of its own.
  const parts = ((schema['allOf'] ?? []) as JsonSchema[]).flatMap((it) => fieldsOf(it, prefix));
  return byPath([...rows, ...variants, ...parts]);
}

function innerOf(it: JsonSchema, path: string): FieldRow[] {
  if (it['type'] === 'array') return innerOf((it['items'] ?? {}) as JsonSchema, `${path}[]`);
  return it['type'] === 'object' || it['anyOf'] !== undefined ? fieldsOf(it, `${path}.`) : [];
}

/** What several variants hold stands once, with all that it may be. */
function byPath(rows: FieldRow[]): FieldRow[] {
  const known = new Map<string, FieldRow>();
  for (const row of rows) {
    const first = known.get(row.path);
    if (first === undefined) known.set(row.path, { ...row });
    else if (!first.type.split(' or ').includes(row.type)) first.type = `${first.type} or ${row.type}`;
  }
  return [...known.values()];
}

export const nameOf = (schema: JsonSchema): string => (schema['$ref'] as string | undefined)?.split('/').at(-1) ?? '';

export function typeOf(it: JsonSchema): string {
  if (it['$ref'] !== undefined) return `\`${nameOf(it)}\``;
  if (it['const'] !== undefined) return `\`${JSON.stringify(it['const']).replaceAll('"', '')}\``;
  if (Array.isArray(it['enum'])) return (it['enum'] as string[]).map((value) => `\`${value}\``).join(' or ');
  if (Array.isArray(it['anyOf'])) return [...new Set((it['anyOf'] as JsonSchema[]).map(typeOf))].join(' or ');
  if (it['type'] === 'array') {
    const list = `list of ${typeOf((it['items'] ?? {}) as JsonSchema)}`;
    return typeof it['maxItems'] === 'number' ? `${list}, at most ${it['maxItems']}` : list;
  }
  if (Array.isArray(it['type'])) return (it['type'] as string[]).join(' or ');
  const { type = 'any', minimum, exclusiveMinimum, maximum, maxLength, pattern } = it as Bounds;
  const least = exclusiveMinimum === undefined ? minimum : `over ${exclusiveMinimum}`;
  const bounded = least !== undefined && maximum !== undefined && Math.abs(maximum) < Number.MAX_SAFE_INTEGER;
  if (bounded) return `${type}, ${least} to ${maximum}`;
  if (it['format'] === 'uuid') return 'GUID';
  if (it['format'] === 'date-time') return 'time';
  if (pattern !== undefined && pattern.length < READABLE) return `${type} that matches \`${pattern}\``;
  return maxLength === undefined ? type : `${type} of at most ${maxLength} characters`;
}

type Bounds = {
  type?: string;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  maxLength?: number;
  pattern?: string;
};
