/**
 * Structured log events: one line of JSON each, with a stable name and the same dimensions everywhere, which Application Insights keeps as the message of a trace
 * (`parse_json(message)` in KQL).
 *
 * 1. Every text passes the redaction, each under its own name: that of a run id keeps the id, and a redaction never breaks the JSON.
 * 2. Completions carry the names that OpenTelemetry gives to calls of generative models.
 *    https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-spans.md
 */
import type { CompletionFacts, DeploymentFacts } from './lab/resources.ts';
import { redact } from './lab/redact.ts';

/** Stable names. A query or an alert may rely on them; renaming one is a breaking change. */
export type EventName =
  | 'app.started'
  | 'lab.started'
  | 'lab.phase'
  | 'lab.step'
  | 'lab.ended'
  | 'lab.leftover'
  | 'lab.budget'
  | 'lab.lease'
  | 'lab.activity-unread'
  | 'lab.ends-soon'
  | 'lab.drift'
  | 'completion.logged'
  | 'activity.failed'
  | 'prices.unread'
  | 'request.failed'
  | 'sweep.run'
  | 'sweep.judged'
  | 'sweep.foreign';

export type Dimensions = {
  /** When it happened, in lab time, where that is not when it was logged. */
  at?: string | undefined;
  labId?: string | undefined;
  phase?: string | undefined;
  step?: string | undefined;
  region?: string | undefined;
  owner?: string | undefined;
  /** Which try of a placement it belongs to. */
  attempt?: number | undefined;
  /** Lab time that the thing took, in milliseconds; of a failed activity and of a start, real time. */
  durationMs?: number | undefined;
  outcome?: string | undefined;
  reason?: string | undefined;
  [dimension: string]: string | number | boolean | readonly string[] | undefined;
};

export type Level = 'information' | 'warning' | 'error';

/** What of an invocation context, of a function or of an orchestrator, is needed to log. */
export type Logger = { log(message: string): void; warn(message: string): void; error(message: string): void };

export function logEvent(logger: Logger, event: EventName, dimensions: Dimensions, level: Level = 'information'): void {
  const line = JSON.stringify({ event, ...dimensions }, (name, value: unknown) =>
    typeof value === 'string' ? redactedUnder(name, value) : value,
  );
  if (level === 'error') logger.error(line);
  else if (level === 'warning') logger.warn(line);
  else logger.log(line);
}

/** The rules look at what stands before a text: `runId=` says that 32 hexadecimal digits are no key. */
function redactedUnder(name: string, text: string): string {
  const label = `${name}=`;
  return redact(label + text).slice(label.length);
}

/** What of a completion is logged; `source` is `app`, `notebook` or `api`. */
export type LoggedFacts = { source: string } & Pick<
  CompletionFacts,
  'latencyMs' | 'runId' | 'model' | 'finishReason' | 'promptTokens' | 'completionTokens' | 'warnings'
>;

/** Dimensions of `completion.logged`. */
export const completionDimensions = (
  completion: LoggedFacts,
  deployment: DeploymentFacts,
  region: string,
): Dimensions => ({
  source: completion.source,
  region,
  durationMs: completion.latencyMs,
  runId: completion.runId,
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'azure.ai.openai',
  'gen_ai.request.model': deployment.model,
  'gen_ai.response.model': completion.model,
  'gen_ai.response.finish_reasons': [completion.finishReason],
  'gen_ai.usage.input_tokens': completion.promptTokens,
  'gen_ai.usage.output_tokens': completion.completionTokens,
  warnings: completion.warnings.length,
});

/** Logs that an activity threw. Durable retries it; the same failure at its last retry is the one that a step then reports. */
export function logActivityFailure(
  logger: Logger,
  activity: string,
  input: unknown,
  error: Error,
  durationMs: number,
): void {
  const { lab, attempt, region } = (input ?? {}) as {
    lab?: { id: string; owner: string };
    attempt?: number;
    region?: string;
  };
  const { code, status, requestId } = error as { code?: unknown; status?: number; requestId?: string };
  const reason = typeof code === 'string' ? code : error.name;
  logEvent(
    logger,
    'activity.failed',
    {
      labId: lab?.id,
      owner: lab?.owner,
      region,
      attempt,
      durationMs,
      subject: activity,
      reason,
      status,
      requestId,
      message: error.message,
    },
    'warning',
  );
}
