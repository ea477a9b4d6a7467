/**
 * Structured log events: one line of JSON each, with a stable name and the same dimensions everywhere, which Application Insights keeps as the message of a trace
 * (`parse_json(message)` in KQL). Every text passes the redaction, whatever it holds.
 */
import { redact } from './lab/redact.ts';

/** Stable names. A query or an alert may rely on them; renaming one is a breaking change. */
export type EventName =
  | 'lab.started'
  | 'lab.phase'
  | 'lab.step'
  | 'lab.ended'
  | 'lab.leftover'
  | 'lab.budget'
  | 'lab.ends-soon'
  | 'lab.drift'
  | 'completion.logged'
  | 'activity.failed'
  | 'sweep.run'
  | 'sweep.judged';

export type Dimensions = {
  labId?: string | undefined;
  phase?: string | undefined;
  step?: string | undefined;
  region?: string | undefined;
  owner?: string | undefined;
  attempt?: number | undefined;
  /** Lab time that the thing took, in milliseconds. */
  durationMs?: number | undefined;
  outcome?: string | undefined;
  reason?: string | undefined;
  model?: string | undefined;
  inputTokens?: number | undefined;
  outputTokens?: number | undefined;
  finishReason?: string | undefined;
  [dimension: string]: string | number | boolean | undefined;
};

export type Level = 'information' | 'warning' | 'error';

/** What of an invocation context, of a function or of an orchestrator, is needed to log. */
export type Logger = { log(message: string): void; warn(message: string): void; error(message: string): void };

export function logEvent(logger: Logger, event: EventName, dimensions: Dimensions, level: Level = 'information'): void {
  const line = redact(JSON.stringify({ event, ...dimensions }));
  if (level === 'error') logger.error(line);
  else if (level === 'warning') logger.warn(line);
  else logger.log(line);
}
