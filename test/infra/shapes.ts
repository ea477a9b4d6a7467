/** Compares what a template sends with the published shape of its type: the generated `types.json` of https://github.com/Azure/bicep-types-az. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

type Ref = { $ref: string };
/** Flags: 1 required, 2 read-only. https://github.com/Azure/bicep-types/blob/main/src/bicep-types/src/types.ts */
type Property = { type: Ref; flags: number };
type Properties = Record<string, Property>;
type Shape =
  | { $type: 'ResourceType'; name: string; body: Ref }
  | { $type: 'ObjectType'; name: string; properties: Properties; additionalProperties?: Ref }
  | {
      $type: 'DiscriminatedObjectType';
      discriminator: string;
      baseProperties: Properties;
      elements: Record<string, Ref>;
    }
  | { $type: 'ArrayType'; itemType: Ref }
  | { $type: 'UnionType'; elements: Ref[] }
  | { $type: 'StringLiteralType'; value: string }
  | { $type: 'StringType'; pattern?: string; minLength?: number; maxLength?: number }
  | { $type: 'IntegerType'; minValue?: number; maxValue?: number }
  | { $type: 'BooleanType' | 'AnyType' };

const REQUIRED = 1;
const READ_ONLY = 2;

export type Shapes = { check: (type: string, apiVersion: string, body: unknown) => string[] };

/** Reads the clone of bicep-types-az at `folder`. */
export function openShapes(folder: string): Shapes {
  const files = readdirSync(path.join(folder, 'generated'), { recursive: true, encoding: 'utf8' }).filter((it) =>
    it.endsWith('types.json'),
  );
  return {
    check(type, apiVersion, body) {
      const part = path.join(type.split('/')[0]!.toLowerCase(), apiVersion, 'types.json');
      for (const file of files.filter((it) => it.endsWith(part))) {
        const types = JSON.parse(readFileSync(path.join(folder, 'generated', file), 'utf8')) as Shape[];
        const found = types.find(
          (it) => it.$type === 'ResourceType' && it.name.toLowerCase() === `${type}@${apiVersion}`.toLowerCase(),
        );
        if (found?.$type === 'ResourceType') return compare(types, found.body, body, type);
      }
      return [`${type}@${apiVersion} is not published`];
    },
  };
}

function compare(types: Shape[], ref: Ref, value: unknown, at: string): string[] {
  const shape = types[Number(ref.$ref.slice(2))];
  if (shape === undefined) return [`${at}: the shape is missing`];
  switch (shape.$type) {
    case 'AnyType':
    case 'ResourceType':
      return [];
    case 'BooleanType':
      return typeof value === 'boolean' ? [] : [`${at} must be a boolean`];
    case 'IntegerType': {
      const fits = Number.isInteger(value) && Number(value) >= (shape.minValue ?? -Infinity);
      return fits && Number(value) <= (shape.maxValue ?? Infinity) ? [] : [`${at} must be a fitting integer`];
    }
    case 'StringType':
      return ofString(shape, value) ? [] : [`${at} must be a fitting string: ${String(value)}`];
    case 'StringLiteralType':
      return value === shape.value ? [] : [`${at} must be ${shape.value}`];
    case 'UnionType': {
      const faults = shape.elements.map((it) => compare(types, it, value, at));
      return faults.some((it) => it.length === 0) ? [] : [faults.flat().join(' or ')];
    }
    case 'ArrayType':
      return Array.isArray(value)
        ? value.flatMap((it, index) => compare(types, shape.itemType, it, `${at}[${index}]`))
        : [`${at} must be an array`];
    case 'ObjectType':
      return ofObject(types, shape.properties, shape.additionalProperties, value, at);
    case 'DiscriminatedObjectType': {
      const kind = String((value as Record<string, unknown>)[shape.discriminator]);
      const element = types[Number(shape.elements[kind]?.$ref.slice(2))];
      return element?.$type === 'ObjectType'
        ? ofObject(types, { ...shape.baseProperties, ...element.properties }, element.additionalProperties, value, at)
        : [`${at} has no ${shape.discriminator} ${kind}`];
    }
  }
}

function ofString(shape: { pattern?: string; minLength?: number; maxLength?: number }, value: unknown): boolean {
  if (typeof value !== 'string') return false;
  // What only Azure knows has no length and no pattern yet.
  if (value.startsWith('<')) return true;
  const { minLength = 0, maxLength = Infinity, pattern } = shape;
  return (
    value.length >= minLength && value.length <= maxLength && (pattern === undefined || new RegExp(pattern).test(value))
  );
}

function ofObject(types: Shape[], properties: Properties, rest: Ref | undefined, value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} must be an object`];
  const given = value as Record<string, unknown>;
  const missing = Object.entries(properties)
    .filter(([name, { flags }]) => (flags & REQUIRED) !== 0 && given[name] === undefined)
    .map(([name]) => `${at}.${name} is missing`);
  const wrong = Object.entries(given).flatMap(([name, it]) => {
    const property = properties[name];
    if (property === undefined) {
      return rest === undefined ? [`${at}.${name} is not known`] : compare(types, rest, it, `${at}.${name}`);
    }
    if ((property.flags & READ_ONLY) !== 0) return [`${at}.${name} is read-only`];
    return compare(types, property.type, it, `${at}.${name}`);
  });
  return [...missing, ...wrong];
}
