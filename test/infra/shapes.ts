/**
 * Compares what a template sends with the published shape of its resource type. `published-shapes.json` holds what of the shapes concerns the templates, taken from
 * https://github.com/Azure/bicep-types-az by `npm run record:shapes` (`published-types.ts`): all names that a type knows wherever a template sends an
 * object, and values and limits of what it sends.
 */
import { readFileSync } from 'node:fs';

export type ObjectShape = {
  required?: string[];
  readOnly?: string[];
  /** What the templates send. */
  properties: Record<string, Shape>;
  /** Further names that the type knows; a template that begins to use one needs a new extract. */
  unused?: string[];
  /** Of names beyond these; absent: there are none. */
  others?: Shape;
};
export type StringShape = { string: { pattern?: string; minLength?: number; maxLength?: number } };
export type IntegerShape = { integer: { minValue?: number; maxValue?: number } };
/** Services take other strings too where the published shape is open, later ones for instance; a template has no use for them. */
export type EnumShape = { enum: string[] };
export type Shape =
  | 'any'
  | 'boolean'
  | StringShape
  | IntegerShape
  | EnumShape
  | { items: Shape }
  | { by: string; variants: Record<string, Shape> }
  | ObjectShape;

/** By `type@version`, as a template writes it. */
export type Shapes = Record<string, Shape>;

export const SHAPES_FILE = new URL('published-shapes.json', import.meta.url);
export const readShapes = (): Shapes => JSON.parse(readFileSync(SHAPES_FILE, 'utf8')) as Shapes;

/** What is wrong with a body, by path; empty where it meets its shape. */
export function faultsOf(shapes: Shapes, type: string, body: unknown): string[] {
  const shape = shapes[type];
  return shape === undefined
    ? [`${type} is not in the extract: npm run record:shapes`]
    : compare(shape, body, type.split('@')[0]!);
}

function compare(shape: Shape, value: unknown, at: string): string[] {
  if (shape === 'any') return [];
  if (shape === 'boolean') return typeof value === 'boolean' ? [] : [`${at} must be a boolean`];
  if ('string' in shape) return ofString(shape.string, value) ? [] : [`${at} must be a fitting string: ${text(value)}`];
  if ('integer' in shape) {
    const { minValue = -Infinity, maxValue = Infinity } = shape.integer;
    const fits = Number.isInteger(value) && Number(value) >= minValue && Number(value) <= maxValue;
    return fits ? [] : [`${at} must be a fitting integer`];
  }
  if ('enum' in shape) {
    const fits = typeof value === 'string' && shape.enum.includes(value);
    return fits ? [] : [`${at} must be ${shape.enum.join(' or ')}`];
  }
  if ('items' in shape) {
    return Array.isArray(value)
      ? value.flatMap((it, index) => compare(shape.items, it, `${at}[${index}]`))
      : [`${at} must be an array`];
  }
  if ('variants' in shape) {
    const kind = text((value as Record<string, unknown> | null)?.[shape.by]);
    const variant = shape.variants[kind];
    return variant === undefined ? [`${at} has no ${shape.by} ${kind}`] : compare(variant, value, at);
  }
  return ofObject(shape, value, at);
}

function ofString({ pattern, minLength = 0, maxLength = Infinity }: StringShape['string'], value: unknown): boolean {
  if (typeof value !== 'string') return false;
  // What only Azure knows has no length and no pattern yet.
  if (value.startsWith('<')) return true;
  const isLong = value.length >= minLength && value.length <= maxLength;
  return isLong && (pattern === undefined || new RegExp(pattern).test(value));
}

function ofObject(shape: ObjectShape, value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} must be an object`];
  const given = value as Record<string, unknown>;
  const missing = (shape.required ?? []).filter((name) => given[name] === undefined);
  const wrong = Object.entries(given).flatMap(([name, it]) => {
    const here = `${at}.${name}`;
    if (shape.readOnly?.includes(name) === true) return [`${here} is read-only`];
    const known = shape.properties[name] ?? shape.others;
    if (known !== undefined) return compare(known, it, here);
    return [shape.unused?.includes(name) === true ? `${here} is not in the extract yet` : `${here} is not known`];
  });
  return [...missing.map((name) => `${at}.${name} is missing`), ...wrong];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined'));
