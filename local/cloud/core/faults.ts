// Fault rules: what a test makes go wrong, where, how often, and whether before or after the real effect.
import type { Reply } from './router.ts';

type FaultKind =
  /** The connection breaks without an answer. */
  | { kind: 'reset' }
  /** A status with an optional JSON body (or text) and headers such as `Retry-After`. */
  | { kind: 'status'; status: number; body?: unknown; headers?: Record<string, string> }
  /** No answer, ever; the connection stays open. Virtual time is not held by it. */
  | { kind: 'hang' }
  /** A gateway's HTML page instead of JSON; status 200 unless given. */
  | { kind: 'html'; status?: number }
  /** The right answer, its body dribbling over `ms` of real time. */
  | { kind: 'slow'; ms: number }
  /** The right status, and half of the JSON. */
  | { kind: 'truncated' };

export type FaultRule = FaultKind & {
  /** `PUT /subscriptions/*` + `/accounts/*`: a method (or `*`), a blank and a path in which `*` matches anything and `{}` anything but a slash. Case does not matter. */
  pattern: string;
  /** Only on this service's hosts. */
  service?: string;
  /** That many matching requests pass first; default 0. */
  skip?: number;
  /** That many are hit then; default 1. `Infinity` with `forMs` makes a window. */
  fire?: number;
  /** The rule ends that long (lab ms) after it first hit. */
  forMs?: number;
  /** `before`: the handler never runs. `after`: it runs, its effect stays, its answer is lost. Default `before`; `slow` and `truncated` are always after. */
  when?: 'before' | 'after';
};

export type Faults = {
  add(rule: FaultRule): void;
  clear(): void;
  /** How often each rule has hit, in the order in which they were added. */
  readonly hits: readonly number[];
};

export type FaultBook = Faults & {
  take(method: string, path: string, service: string, now: number): FaultRule | undefined;
};

export function createFaults(): FaultBook {
  let rules: { rule: FaultRule; match: RegExp; seen: number; hits: number; firstHitAt?: number }[] = [];
  return {
    add: (rule) => {
      rules.push({ rule, match: toRegExp(rule.pattern), seen: 0, hits: 0 });
    },
    clear: () => {
      rules = [];
    },
    get hits() {
      return rules.map((entry) => entry.hits);
    },
    take: (method, path, service, now) => {
      if (rules.length === 0) return undefined;
      for (const entry of rules) {
        const { rule } = entry;
        if (rule.service !== undefined && rule.service !== service) continue;
        if (!entry.match.test(`${method} ${path}`)) continue;
        entry.seen += 1;
        if (entry.seen <= (rule.skip ?? 0) || entry.hits >= (rule.fire ?? 1)) continue;
        if (rule.forMs !== undefined && entry.firstHitAt !== undefined && now >= entry.firstHitAt + rule.forMs)
          continue;
        entry.firstHitAt ??= now;
        entry.hits += 1;
        return rule;
      }
      return undefined;
    },
  };
}

/** Whether the handler runs under this rule. */
export const runsHandler = (rule: FaultRule): boolean =>
  rule.kind === 'slow' || rule.kind === 'truncated' || rule.when === 'after';

/** The answer that a rule puts in the place of the real one; undefined where it has none (reset, hang). */
export function faultReply(rule: FaultRule, real: Reply | undefined): Reply | undefined {
  switch (rule.kind) {
    case 'status': {
      const body =
        typeof rule.body === 'string' ? { text: rule.body } : rule.body === undefined ? {} : { json: rule.body };
      return { status: rule.status, ...(rule.headers === undefined ? {} : { headers: rule.headers }), ...body };
    }
    case 'html':
      return {
        status: rule.status ?? 200,
        headers: { 'content-type': 'text/html' },
        text: '<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><pre>upstream connect error</pre></body></html>',
      };
    case 'slow':
    case 'truncated':
      return real;
    case 'reset':
    case 'hang':
      return undefined;
  }
}

const toRegExp = (pattern: string): RegExp => {
  const [method = '*', path = '*'] = pattern.split(/ +/);
  const escape = (text: string): string =>
    text
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('\\{\\}', '[^/]*');
  return new RegExp(`^${escape(method)} ${escape(path)}$`, 'i');
};
