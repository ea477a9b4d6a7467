/**
 * The app's own completion: asked once under its key, logged as a run with a parameter, metrics and a native trace (see `completion-log.ts`).
 *
 * 1. Telemetry never fails a completion: what cannot be logged after the answer becomes a warning. Before it nothing has been paid for, and an MLflow that does
 *    not answer is waited for a few times.
 * 2. A second execution that finds the finished run returns what it recorded; one that finds only the trace goes on from it; the model is asked again only when
 *    neither holds an answer.
 */
import { ServiceError } from '../clients/service-error.ts';
import type { Activities, InputOf } from '../contracts.ts';
import { done, pending, type Outcome } from '../lab/outcome.ts';
import { answer, outcomeOf, verdictOf } from './answers.ts';
import { createCompletionLog, type Asked, type CompletionLog, type Earlier } from './completion-log.ts';
import type { Deps } from './deps.ts';

/** How often a lab waits for an MLflow that does not answer before it completes without. */
const TELEMETRY_TRIES = 3;

export const completionActivities = ({ clients, now }: Deps): Pick<Activities, 'completeFromApp'> => {
  const ask = async (input: InputOf<'completeFromApp'>): Promise<Asked> => {
    const { account, deployment, prompts } = input;
    const request = {
      model: deployment.name,
      messages: [
        { role: 'system', content: prompts.system },
        { role: 'user', content: prompts.prompt },
      ],
    };
    const startedAtMs = now().getTime();
    const target = { endpoint: account.endpoint, deployment: deployment.name, apiVersion: deployment.apiVersion };
    return clients.chat(target, request).then(
      (answered) => ({ ok: true as const, request, startedAtMs, ...answered }),
      (error: unknown) => ({
        ok: false as const,
        request,
        startedAtMs,
        latencyMs: now().getTime() - startedAtMs,
        error,
      }),
    );
  };

  return {
    completeFromApp: (input) =>
      answer(
        async () => {
          const log = createCompletionLog(clients.mlflow(input.workspace), input, now);
          const tries = Number(input.memo?.['telemetryTries'] ?? 0) + 1;
          const earlier = await find(log);
          if (earlier.kind === 'recorded') return done(earlier.facts);
          if (earlier.kind === 'unreadable' && earlier.passing && tries < TELEMETRY_TRIES) {
            return pending(`MLflow does not answer yet: ${earlier.why}`, { memo: { telemetryTries: tries } });
          }
          const asked = earlier.kind === 'traced' ? earlier.asked : await ask(input);
          if (asked.ok) return done(await log.write(asked, earlier));
          return await failed(log, asked.error, asked, earlier, input);
        },
        { memo: input.memo },
      ),
  };
};

/** A refusal is logged as a failed run with an error trace; "not yet" is not: the same key will succeed later. */
async function failed(
  log: CompletionLog,
  error: unknown,
  asked: Asked,
  earlier: Earlier,
  input: InputOf<'completeFromApp'>,
): Promise<Outcome<never>> {
  const outcome = outcomeOf(error, { memo: input.memo });
  if (outcome.kind === 'refused') await log.writeFailure(asked, outcome.problem, earlier);
  return outcome;
}

const find = (log: CompletionLog): Promise<Earlier> =>
  log.find().catch((error: unknown): Earlier => {
    if (!(error instanceof ServiceError)) throw error;
    return { kind: 'unreadable', why: error.said, passing: verdictOf(error).kind !== 'problem' };
  });
