// Rate limits of a deployment: tokens a minute and requests in ten seconds, both by its capacity (one unit is 1,000 tokens a minute).
// https://learn.microsoft.com/azure/ai-services/openai/how-to/quota
import type { Deployment } from '../arm/records.ts';
import type { Reply } from '../core/router.ts';
import { gatewayError } from './wire.ts';

const TOKEN_WINDOW_MS = 60_000;
const REQUEST_WINDOW_MS = 10_000;

type Use = { at: number; tokens: number };

export type Limits = {
  /** Null: the request may go on, and `record` what it used. Otherwise why not, and after how many lab ms it may. */
  check(deployment: Deployment, estimate: number, now: number): { limit: 'token' | 'request'; afterMs: number } | null;
  record(deployment: Deployment, tokens: number, now: number): void;
  remaining(deployment: Deployment, now: number): { tokens: number; requests: number };
  clear(): void;
};

export function createLimits(): Limits {
  const used = new Map<string, Use[]>();

  const recent = (deployment: Deployment, now: number): Use[] => {
    const kept = (used.get(deployment.id) ?? []).filter((use) => use.at > now - TOKEN_WINDOW_MS);
    used.set(deployment.id, kept);
    return kept;
  };
  const tokensOf = (uses: readonly Use[]): number => uses.reduce((sum, use) => sum + use.tokens, 0);
  const requestsOf = (uses: readonly Use[], now: number): Use[] =>
    uses.filter((use) => use.at > now - REQUEST_WINDOW_MS);

  return {
    check: (deployment, estimate, now) => {
      const { capacity } = deployment.sku;
      const uses = recent(deployment, now);
      const requests = requestsOf(uses, now);
      if (requests.length >= capacity) {
        const freed = requests[requests.length - capacity] as Use;
        return { limit: 'request', afterMs: freed.at + REQUEST_WINDOW_MS - now };
      }
      let excess = tokensOf(uses) + estimate - capacity * 1_000;
      if (excess <= 0) return null;
      // When enough of the oldest uses have left the window; a request that could never fit waits for a whole one.
      for (const use of uses) {
        excess -= use.tokens;
        if (excess <= 0) return { limit: 'token', afterMs: use.at + TOKEN_WINDOW_MS - now };
      }
      return { limit: 'token', afterMs: TOKEN_WINDOW_MS };
    },
    record: (deployment, tokens, now) => {
      recent(deployment, now).push({ at: now, tokens });
    },
    remaining: (deployment, now) => {
      const uses = recent(deployment, now);
      const { capacity } = deployment.sku;
      return {
        tokens: Math.max(0, capacity * 1_000 - tokensOf(uses)),
        requests: Math.max(0, capacity - requestsOf(uses, now).length),
      };
    },
    clear: () => {
      used.clear();
    },
  };
}

/** The refusal of a request beyond a limit, which says when it may be sent again. */
export const throttled = (limit: 'token' | 'request', afterMs: number, apiVersion: string): Reply => {
  const seconds = Math.max(1, Math.ceil(afterMs / 1_000));
  const what = limit === 'token' ? 'token rate limit' : 'call rate limit';
  return gatewayError(
    429,
    '429',
    `Requests to the ChatCompletions_Create Operation under Azure OpenAI API version ${apiVersion} have exceeded ${what} of your current OpenAI S0 pricing tier. Please retry after ${seconds} seconds. Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.`,
    { 'retry-after': String(seconds), 'retry-after-ms': String(Math.ceil(afterMs)) },
  );
};
