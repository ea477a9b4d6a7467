/** What no answer may be, however bad the request was. */
import type { Reply } from './requests.ts';

/** What an answer must not hold: where the code is, how it broke, what the app knows. */
const LEAKS = [
  /\bat (?:\w+[. ])*\S+ \(?(?:file|node):/,
  /\.(?:ts|js):\d+/,
  /node_modules/,
  /\b(?:Type|Range|Syntax|Reference|Zod)Error\b/,
  /Bearer ey/,
  /AccountKey=/,
  /\bsig=/,
];

/** On every answer with something in it. */
const GUARDS = [
  'x-content-type-options',
  'content-security-policy',
  'referrer-policy',
  'cross-origin-resource-policy',
  'strict-transport-security',
  'cache-control',
];

/** What is wrong with an answer, whatever was asked; null where nothing is. */
export const faultOf = (reply: Reply, secrets: readonly string[]): string | null => {
  if (reply.status >= 500) return `status ${reply.status}`;
  const leak = LEAKS.find((it) => it.test(reply.body))?.source ?? secrets.find((it) => reply.body.includes(it));
  if (leak !== undefined) return `leaks ${leak}`;
  if (Object.keys(reply.headers).some((it) => it.startsWith('access-control-'))) return 'opens itself to other origins';
  const type = reply.headers['content-type'];
  if (type?.startsWith('text/html') && reply.body.includes('<script>alert(')) return 'runs what was sent';
  const unguarded = reply.body === '' ? undefined : GUARDS.find((it) => reply.headers[it] === undefined);
  if (unguarded !== undefined) return `comes as ${type} without ${unguarded}`;
  if (type?.startsWith('application/problem+json') && !('code' in (JSON.parse(reply.body) as object))) return 'no code';
  // The description of the API is longer than any of them, and the same whatever was sent.
  const isDescription = reply.body.startsWith('{\n  "openapi": ');
  return reply.body.length > 200_000 && !isDescription ? 'is as long as what was sent' : null;
};
