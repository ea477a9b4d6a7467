/** The deployed app's own API, opened with the default function key, which is read from Azure and kept in memory only. */
import { needed, type HookDeps } from './hook.ts';
import { HookError } from './hook-error.ts';

const WEB_API = '2025-03-01';
const CALL_MS = 60_000;
/** A cold start, and the first minutes after a deployment. */
const PATIENCE_MS = 3 * 60_000;
const PAUSE_MS = 10_000;
const ASK_AGAIN_MS = 10 * 60_000;

export type LivingLab = { id: string; owner: string; phase: string; startedAt: string; lease: string | null };
export type LabDetail = {
  phase: string;
  steps?: { name: string; state: string; region?: string; note?: string }[];
  left?: { id: string; why: string }[];
};

/** Living labs and a way to end them. */
export type Labs<L extends LivingLab = LivingLab> = {
  living: () => Promise<L[]>;
  /** Null where no more is known than the list tells. */
  detail: (lab: L) => Promise<LabDetail | null>;
  end: (lab: L) => Promise<void>;
  /** A lab that lives on so long after it was asked to end is asked again. */
  askAgainMs: number;
};

export type Opened =
  | { kind: 'open'; api: Labs }
  /** There is no app, or no code in it: it cannot have labs of its own, and cannot be asked. */
  | { kind: 'absent'; why: string }
  /** Something answers that admits no function key: App Service Authentication, or a network rule. The app behind it may well be alive. */
  | { kind: 'locked'; why: string }
  | { kind: 'silent'; why: string };

/** What App Service Authentication answers to whom it does not know, as it was told to; 403 is also a network rule's. */
const LOCKED = [301, 302, 303, 307, 401, 403];

/** Finds the app that the last deployment made and waits until it answers. */
export async function openLabsApi(deps: HookDeps): Promise<Opened> {
  const { env, azure } = deps;
  const id = env['APP_FUNCTION_ID'];
  if (id === undefined || id === '') return { kind: 'absent', why: 'this environment has no deployment' };
  const site = await azure.call<{ properties?: { state?: string } }>('GET', `${id}?api-version=${WEB_API}`, [200, 404]);
  if (site.status === 404) return { kind: 'absent', why: 'the function app does not exist' };
  if (site.body.properties?.state === 'Stopped')
    return { kind: 'silent', why: `the function app is stopped; "az functionapp start --ids ${id}" starts it` };
  const endpoint = needed(env, 'APP_ENDPOINT');

  const until = deps.now() + PATIENCE_MS;
  let why = '';
  do {
    try {
      const keys = await azure.call<{ functionKeys?: Record<string, string> }>(
        'POST',
        `${id}/host/default/listkeys?api-version=${WEB_API}`,
        [200],
      );
      const api = createLabsApi(endpoint, keys.body.functionKeys?.['default'] ?? '');
      const answer = await api.ask('GET', '/api/labs', [200, 404, ...LOCKED]);
      if (answer.status === 404) return { kind: 'absent', why: 'no code is deployed to the function app' };
      if (LOCKED.includes(answer.status)) return { kind: 'locked', why: `it answered ${answer.status}` };
      return { kind: 'open', api };
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
    await deps.sleep(PAUSE_MS);
  } while (deps.now() < until);
  return { kind: 'silent', why };
}

function createLabsApi(endpoint: string, key: string) {
  const ask = async <T>(
    method: string,
    path: string,
    expected: readonly number[],
  ): Promise<{ status: number; body: T }> => {
    const response = await fetch(`${endpoint}${path}`, {
      method,
      headers: { 'x-functions-key': key, accept: 'application/json' },
      // The page of a login is no answer of the app.
      redirect: 'manual',
      signal: AbortSignal.timeout(CALL_MS),
    });
    const text = await response.text();
    if (!expected.includes(response.status)) {
      throw new HookError(`the app answered ${response.status} to ${method} ${path}: ${text.slice(0, 300)}`);
    }
    return { status: response.status, body: (response.status === 200 ? JSON.parse(text) : {}) as T };
  };
  return {
    ask,
    living: async () => (await ask<{ living: LivingLab[] }>('GET', '/api/labs', [200])).body.living,
    detail: async ({ id }: LivingLab) => {
      const { status, body } = await ask<LabDetail>('GET', `/api/labs/${id}`, [200, 404]);
      return status === 404 ? null : body;
    },
    // 404: it went by itself since it was listed.
    end: async ({ id }: LivingLab) => void (await ask('DELETE', `/api/labs/${id}`, [200, 202, 404])),
    askAgainMs: ASK_AGAIN_MS,
  };
}
