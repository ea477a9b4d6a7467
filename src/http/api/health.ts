/** GET /api/health: anonymous, so it says only ok or degraded. Degraded means that Azure cannot be read with the app's identity. */
import type { HttpResponseInit, InvocationContext, HttpRequest } from '@azure/functions';
import { safeError } from '../../lab/redact.ts';
import { logEvent } from '../../log.ts';
import type { HttpDeps } from '../../services.ts';
import { json } from '../responses.ts';

/** An anonymous caller must not be able to make the app call Azure at will: one reading serves everybody for this long. */
const REMEMBERED_MS = 60_000;

export const health = ({ labSurvey, now }: HttpDeps) => {
  let last: { at: number; ok: Promise<boolean> } | null = null;
  const check = (context: InvocationContext): Promise<boolean> =>
    labSurvey.listLabGroups().then(
      () => true,
      (error: unknown) => {
        logEvent(context, 'request.failed', { subject: 'health', reason: safeError(error).message }, 'warning');
        return false;
      },
    );
  return async (_request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
    const at = now().getTime();
    if (last === null || at - last.at >= REMEMBERED_MS) last = { at, ok: check(context) };
    const ok = await last.ok;
    return json(ok ? 200 : 503, { status: ok ? 'ok' : 'degraded' });
  };
};
