/**
 * Takes out of a clone of https://github.com/Azure/bicep-types-az what of the resource types concerns the templates. The clone is half a gigabyte; what the
 * templates touch of it are facts on a few pages (`published-shapes.json`).
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Resource } from './bicep.ts';
import type { ObjectShape, Shape, Shapes } from './shapes.ts';

type Ref = { $ref: string };
/** Flags: 1 required, 2 read-only. https://github.com/Azure/bicep-types/blob/main/src/bicep-types/src/types.ts */
type Property = { type: Ref; flags: number };
type Properties = Record<string, Property>;
type Published =
  | { $type: 'ResourceType'; name: string; body: Ref }
  | { $type: 'ObjectType'; properties: Properties; additionalProperties?: Ref }
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

/** The shapes of all that is in `resources`, narrowed to what is sent. @throws Error for a type or a version that is not published. */
export function extractShapes(clone: string, resources: readonly Resource[]): Shapes {
  const files = readdirSync(path.join(clone, 'generated'), { recursive: true, encoding: 'utf8' });
  const bodies = Map.groupBy(resources, (it) => `${it.type}@${it.apiVersion}`);
  const names = [...bodies.keys()].sort();
  return Object.fromEntries(
    names.map((name) => {
      const [type = '', version = ''] = name.split('@');
      const file = path.join(type.split('/')[0]!.toLowerCase(), version, 'types.json');
      for (const it of files.filter((one) => one.endsWith(file))) {
        const types = JSON.parse(readFileSync(path.join(clone, 'generated', it), 'utf8')) as Published[];
        const found = types.find((one) => 'name' in one && one.name.toLowerCase() === name.toLowerCase());
        if (found?.$type !== 'ResourceType') continue;
        const sent = (bodies.get(name) ?? []).map((one) => JSON.parse(JSON.stringify(one.body)) as unknown);
        return [name, narrow(types, found.body, sent)];
      }
      throw new Error(`${name} is not published`);
    }),
  );
}

/** `sent`: every value that some deployment has in this place. */
function narrow(types: Published[], ref: Ref, sent: unknown[]): Shape {
  const type = types[Number(ref.$ref.slice(2))]!;
  switch (type.$type) {
    case 'AnyType':
    case 'ResourceType':
      return 'any';
    case 'BooleanType':
      return 'boolean';
    case 'IntegerType': {
      const { $type: _, ...limits } = type;
      return { integer: limits };
    }
    case 'StringType': {
      const { pattern, minLength, maxLength } = type;
      return { string: JSON.parse(JSON.stringify({ pattern, minLength, maxLength })) as object };
    }
    case 'StringLiteralType':
      return { enum: [type.value] };
    case 'UnionType':
      return ofUnion(type.elements.map((it) => types[Number(it.$ref.slice(2))]!));
    case 'ArrayType':
      return { items: narrow(types, type.itemType, sent.flat()) };
    case 'ObjectType':
      return ofObject(types, type.properties, type.additionalProperties, sent);
    case 'DiscriminatedObjectType': {
      const { discriminator: by, baseProperties, elements } = type;
      const kinds = Map.groupBy(sent, (it) => String((it as Record<string, unknown>)[by]));
      const variants = [...kinds].flatMap(([kind, values]) => {
        const element = types[Number(elements[kind]?.$ref.slice(2))];
        if (element?.$type !== 'ObjectType') return [];
        const all = { ...baseProperties, ...element.properties };
        return [[kind, ofObject(types, all, element.additionalProperties, values)]];
      });
      return { by, variants: Object.fromEntries(variants) as Record<string, Shape> };
    }
  }
}

function ofUnion(elements: Published[]): Shape {
  const literals = elements.flatMap((it) => (it.$type === 'StringLiteralType' ? [it.value] : []));
  const rest = elements.filter((it) => it.$type !== 'StringLiteralType');
  return rest.every((it) => it.$type === 'StringType') ? { enum: literals } : 'any';
}

function ofObject(types: Published[], known: Properties, others: Ref | undefined, sent: unknown[]): ObjectShape {
  const objects = sent.filter((it) => typeof it === 'object' && it !== null) as Record<string, unknown>[];
  const used = new Set(objects.flatMap((it) => Object.keys(it)));
  const names = Object.keys(known).sort();
  const flagged = (flag: number) => names.filter((it) => (known[it]!.flags & flag) !== 0);
  const readOnly = flagged(READ_ONLY);
  const required = flagged(REQUIRED);
  const open = names.filter((it) => !readOnly.includes(it));
  const unused = open.filter((it) => !used.has(it));
  const properties = open
    .filter((it) => used.has(it))
    .map(
      (it) =>
        [
          it,
          narrow(
            types,
            known[it]!.type,
            objects.flatMap((one) => (it in one ? [one[it]] : [])),
          ),
        ] as const,
    );
  const beyond = objects.flatMap((it) => Object.entries(it).flatMap(([name, value]) => (name in known ? [] : [value])));
  return {
    ...(required.length > 0 ? { required } : {}),
    ...(readOnly.length > 0 ? { readOnly } : {}),
    properties: Object.fromEntries(properties),
    ...(unused.length > 0 ? { unused } : {}),
    ...(others === undefined ? {} : { others: narrow(types, others, beyond) }),
  };
}
