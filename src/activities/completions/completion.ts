/**
 * A completion: asked once under its key, logged as a run with parameters, metrics and a native trace (see `completion-log.ts`).
 *
 * 1. Telemetry never fails a completion: what cannot be logged after the answer becomes a warning. Before it nothing has been paid for, and an MLflow that does
 *    not answer is waited for a few times.
 * 2. A second execution that finds the finished run returns what it recorded; one that finds only the trace goes on from it; the model is asked again only when
 *    neither holds an answer.
 */
import type { Chat } from '../../clients/mlflow/write-trace.ts';
import { ServiceError } from '../../clients/service-error.ts';
import type { Activities } from '../../contracts/activities.ts';
import type { CompletionFacts, WorkspaceFacts, AccountFacts } from '../../lab/resources.ts';
import { done, refused, type Memo, type Outcome, type Problem } from '../../lab/outcome.ts';
import { answer, outcomeOf, verdictOf } from '../outcome-of-error.ts';
import {
  createCompletionLog,
  type ChatResult,
  type CompletionLog,
  type Earlier,
  type LoggedCompletion,
} from './completion-log.ts';
import type { Deps } from '../deps.ts';

/** How often a lab waits for an MLflow that does not answer before it completes without. */
const TELEMETRY_TRIES = 3;

export type CompletionOrder = LoggedCompletion & {
  workspace: WorkspaceFacts;
  account: AccountFacts;
  /** Parameters of the request beside model and messages. */
  parameters: Omit<Chat, 'model' | 'messages'>;
};

/** What one execution came to. A refusal is final and written down as far as MLflow took it. */
export type CompletionOutcome =
  | { kind: 'answered'; facts: CompletionFacts }
  | { kind: 'refused'; problem: Problem; runId: string; traceId: string | null; warnings: string[] }
  | Extract<Outcome<never>, { kind: 'pending' }>;

export const completionActivities = (deps: Deps): Pick<Activities, 'completeFromApp'> => ({
  completeFromApp: (input) =>
    answer(
      async () => {
        const order = { ...input, source: 'app' as const, session: input.lab.id, tags: {}, parameters: {} };
        const attempted = await attemptCompletion(deps, order, input.memo);
        switch (attempted.kind) {
          case 'answered':
            return done(attempted.facts);
          case 'refused':
            return refused(attempted.problem);
          case 'pending':
            return attempted;
        }
      },
      { memo: input.memo },
    ),
});

/** @throws what only a repetition can help. */
export async function attemptCompletion(
  { clients, now }: Deps,
  order: CompletionOrder,
  memo: Memo | undefined,
): Promise<CompletionOutcome> {
  const log = createCompletionLog(clients.mlflow(order.workspace), order, now);
  const tries = Number(memo?.['telemetryTries'] ?? 0) + 1;
  const earlier = await find(log);
  if (earlier.kind === 'recorded') return { kind: 'answered', facts: earlier.facts };
  if (earlier.kind === 'failed') {
    const { problem, runId, traceId } = earlier;
    return { kind: 'refused', problem, runId, traceId, warnings: [] };
  }
  if (earlier.kind === 'unreadable' && earlier.passing && tries < TELEMETRY_TRIES) {
    return {
      kind: 'pending',
      note: `MLflow does not answer yet: ${earlier.why}`,
      memo: { ...memo, telemetryTries: tries },
    };
  }
  const chat = earlier.kind === 'traced' ? earlier.chat : await complete({ clients, now }, order);
  if (chat.ok) return { kind: 'answered', facts: await log.write(chat, earlier) };
  const outcome = outcomeOf(chat.error, { memo });
  // "Not yet" is not logged: the same key will succeed later.
  if (outcome.kind !== 'refused') return outcome as Extract<Outcome<never>, { kind: 'pending' }>;
  const { problem } = outcome;
  return { kind: 'refused', problem, ...(await log.writeFailure(chat, problem, earlier)) };
}

async function complete({ clients, now }: Pick<Deps, 'clients' | 'now'>, order: CompletionOrder): Promise<ChatResult> {
  const { account, deployment, prompts, parameters } = order;
  const request: Chat = {
    model: deployment.name,
    messages: [
      { role: 'system', content: prompts.system },
      { role: 'user', content: prompts.prompt },
    ],
    ...parameters,
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
}

const find = (log: CompletionLog): Promise<Earlier> =>
  log.find().catch((error: unknown): Earlier => {
    if (!(error instanceof ServiceError)) throw error;
    return { kind: 'unreadable', why: error.said, passing: verdictOf(error).kind !== 'problem' };
  });
