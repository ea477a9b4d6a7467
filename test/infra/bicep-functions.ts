/** The functions of Bicep that the templates call, as Azure computes them: https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { armGuid } from '../../scripts/azd/arm-guid.ts';
import { Runtime, type Value } from './bicep-values.ts';

/** `item => expression`. */
export type Lambda = (item: Value) => Value;
export type Fn = (...args: (Value | Lambda)[]) => Value;

type PlainFn = (...args: Value[]) => Value;

export type Surroundings = { file: string; scope: string; listed: Record<string, Record<string, Value>> };
export const TENANT = 'dddddddd-2222-3333-4444-555555555555';

/** The functions as a template in `file` sees them that is deployed to `scope`, a subscription or a group. */
export function functionsOf({ file, scope, listed }: Surroundings): Record<string, Fn> {
  const subscriptionId = scope.split('/')[2] ?? '';
  const read = (name: Value): string => readFileSync(path.join(path.dirname(file), text(name)), 'utf8');
  const subscription = (id: Value = subscriptionId): Value => ({
    id: `/subscriptions/${text(id)}`,
    subscriptionId: text(id),
  });
  const plain: Record<string, PlainFn> = {
    concat: (...lists) => (lists as Value[][]).flat(),
    empty: (it) =>
      it === null || it === '' || (Array.isArray(it) ? it : isObject(it) ? Object.keys(it) : [it]).length === 0,
    environment: () => ({
      name: 'AzureCloud',
      resourceManager: 'https://management.azure.com/',
      authentication: {
        loginEndpoint: 'https://login.microsoftonline.com/',
        audiences: ['https://management.core.windows.net/', 'https://management.azure.com/'],
      },
    }),
    fail: (why) => {
      throw new Error(text(why));
    },
    guid: (...args) => armGuid(...args.map(text)),
    items,
    join: (list, by) => (list as Value[]).map(text).join(text(by ?? '')),
    list: (id) => ({ properties: listed[typeOf(text(id))] ?? {} }),
    loadTextContent: read,
    replace: (it, from, to) => text(it).replaceAll(text(from), text(to)),
    resourceGroup: (first, second) =>
      first === undefined
        ? { id: scope, name: scope.split('/').at(-1) ?? '' }
        : {
            id: `/subscriptions/${text(second === undefined ? subscriptionId : first)}/resourceGroups/${text(second ?? first)}`,
          },
    split: (it, by) => text(it).split(text(by)),
    startsWith: (it, prefix) => text(it).toLowerCase().startsWith(text(prefix).toLowerCase()),
    string: (it) => (typeof it === 'string' ? it : JSON.stringify(it)),
    subscription,
    subscriptionResourceId: (type, name) => `/subscriptions/${subscriptionId}/providers/${text(type)}/${text(name)}`,
    take: (it, count) => text(it).slice(0, Number(count)),
    tenant: () => ({ tenantId: TENANT }),
    toLower: (it) => text(it).toLowerCase(),
    trim: (it) => text(it).trim(),
    union: (first, ...others) => others.reduce(union, first),
    // Azure's own hash is not published; what matters here is that other arguments give another one.
    uniqueString: (...args) => createHash('sha256').update(args.map(text).join('|')).digest('hex').slice(0, 13),
  };
  return {
    ...(plain as Record<string, Fn>),
    filter: (list, keep) => (list as Value[]).filter((it) => (keep as Lambda)(it) === true),
    map: (list, make) => (list as Value[]).map((it) => (make as Lambda)(it)),
    toObject: (list, key, value) =>
      Object.fromEntries((list as Value[]).map((it) => [text((key as Lambda)(it)), (value as Lambda)(it)])),
  };
}

/** `Microsoft.Web/sites/config/appsettings` of `/subscriptions/…/providers/Microsoft.Web/sites/name/config/appsettings`. */
function typeOf(id: string): string {
  const [provider = '', ...rest] = id.split('/providers/').at(-1)!.split('/');
  return [
    provider,
    ...rest.filter((_, index) => index % 2 === 0),
    ...(rest.length % 2 === 0 ? rest.slice(-1) : []),
  ].join('/');
}

/** Sorted by key: https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-object#items */
const items = (it: Value): Value =>
  Object.entries(it as Record<string, Value>)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({ key, value }));

/**
 * Arrays: each value once, capitals counting. Objects: nested ones are merged, everything else is replaced by the later one.
 * https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-object#union
 */
function union(a: Value, b: Value): Value {
  if (Array.isArray(a)) return [...new Set([...a, ...(b as Value[])])];
  const merged = { ...(a as Record<string, Value>) };
  for (const [key, value] of Object.entries(b as Record<string, Value>)) {
    const before = merged[key];
    merged[key] = isObject(before) && isObject(value) ? union(before, value) : value;
  }
  return merged;
}

const isObject = (it: Value | undefined): it is Record<string, Value> =>
  typeof it === 'object' && it !== null && !Array.isArray(it) && !(it instanceof Runtime);

export const text = (value: Value | undefined): string => {
  if (typeof value === 'string' || typeof value === 'number' || value instanceof Runtime) return String(value);
  if (Array.isArray(value) || typeof value === 'object' || value === undefined) return '';
  return String(value);
};
