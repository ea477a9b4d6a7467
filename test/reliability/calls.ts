/** Every distinct API call of a lab, from the record of one that ran in health: ids taken out, so that a fault finds its call in any other lab. */
import type { RequestRecord } from '../../local/cloud/core/server.ts';

export type DistinctCall = {
  service: string;
  /** Method and path, `{}` for a part that differs from lab to lab. */
  pattern: string;
  times: number;
};

const VARIES: readonly [RegExp, string][] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '{}'],
  [/(?<=\/locations\/)[a-z0-9]+/g, '{}'],
  [/(?<=(?:rg|dbw|aoai)-lab-\d)[-0-9a-f]+/g, '{}'],
  [/(?<=\/deployments\/)[^/]+/g, '{}'],
  [/tr-[0-9a-f]{32}/g, '{}'],
  [/(?<=\/)\d{6,}/g, '{}'],
];

/** In the order in which a lab makes them first. */
export function distinctCalls(requests: readonly RequestRecord[]): DistinctCall[] {
  const calls = new Map<string, DistinctCall>();
  for (const { service, method, path } of requests) {
    const plain = VARIES.reduce((text, [what, by]) => text.replace(what, by), path.split('?')[0] ?? '');
    const key = `${service} ${method} ${plain}`;
    const known = calls.get(key);
    if (known === undefined) calls.set(key, { service, pattern: `${method} ${plain}`, times: 1 });
    else known.times += 1;
  }
  return [...calls.values()];
}
