/**
 * GET /api/health: anonymous, so it says only ok or degraded. Degraded means that Azure cannot be read with the app's identity, or that the sweep, which removes
 * what is lost, has not run for half an hour.
 */
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { SWEEP_MARK } from '../../contracts/instance-ids.ts';
import { findInstance } from '../../hub/instances.ts';
import { safeError } from '../../lab/redact.ts';
import { logEvent } from '../../log.ts';
import type { HttpDeps } from '../../services.ts';
import { json } from '../responses.ts';

/** An anonymous caller must not be able to make the app call Azure at will: one reading serves everybody for this long. */
const REMEMBERED_MS = 60_000;
/** Six of its usual intervals. */
const SWEEP_LATE_MS = 30 * 60_000;

export const health = ({ labSurvey, now }: HttpDeps) => {
  // A hub that is new has no mark yet; what was true before a long time without a request tells nothing of it.
  let missingSince: number | null = null;
  let last: { at: number; ok: Promise<boolean> } | null = null;
  const check = async (context: InvocationContext): Promise<boolean> => {
    try {
      const [mark] = await Promise.all([findInstance(df.getClient(context), SWEEP_MARK), labSurvey.listLabGroups()]);
      missingSince = mark === null ? (missingSince ?? now().getTime()) : null;
      const sweptAt = mark?.lastUpdatedTime.getTime() ?? missingSince ?? 0;
      if (now().getTime() - sweptAt <= SWEEP_LATE_MS) return true;
      throw new Error('the sweep has not run for 30 minutes');
    } catch (error: unknown) {
      logEvent(context, 'request.failed', { subject: 'health', reason: safeError(error).message }, 'warning');
      return false;
    }
  };
  return async (_request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
    const at = now().getTime();
    if (last === null || at - last.at > SWEEP_LATE_MS) missingSince = null;
    if (last === null || at - last.at >= REMEMBERED_MS) last = { at, ok: check(context) };
    const ok = await last.ok;
    return json(ok ? 200 : 503, { status: ok ? 'ok' : 'degraded' });
  };
};
