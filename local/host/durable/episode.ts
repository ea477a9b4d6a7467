// One episode of one orchestration: history and messages in, new events and a verdict out. It reads nothing and writes
// nothing: the engine commits what comes out, or drops it.
import { messageOf, sanitized, stackOf } from '../errors.ts';
import { hasTimestampKey, hazard } from './hazards.ts';
import { eventType, historyEvent, type HistoryEvent, type Message } from './history.ts';
import { answersNothing, orchestratorFailed, simulate, type Decision, type Reply, type Verdict } from './shim.ts';
import type { Instance } from './store.ts';

/** How orchestrations reach the app's functions. Names are compared without case. */
export type FunctionRunner = {
  readonly has: (kind: 'activity' | 'orchestration', name: string) => boolean;
  /** Whether this app may run instances of that version. */
  readonly accepts: (version: string | null) => boolean;
  /** That of a sub-orchestration for which none is named. */
  readonly defaultVersion: string | null;
  /**
   * Runs an orchestrator on its trigger's JSON text. Returns the reply as JSON text, and the names of the tasks that it put
   * into two races; throws what the function threw.
   */
  readonly orchestrate: (
    name: string,
    instanceId: string,
    payload: string,
  ) => Promise<{ text: string; reused: string[] }>;
  /** Runs an activity on its input (JSON text of a one-element array). Returns the result's JSON text, or null. */
  readonly runActivity: (name: string, instanceId: string, input: string) => Promise<string | null>;
};

/** The events of former episodes: as objects, and as the JSON texts that the orchestrator is sent, one for each episode. */
export type Past = { readonly events: HistoryEvent[]; readonly texts: string[] };

export type Episode = Verdict & {
  /** That of the instance, unless it has continued as new: then `past` is empty and `input` the new one. */
  readonly executionId: string;
  readonly input: string | null;
  readonly past: Past;
  /** What the episode adds to the past, from OrchestratorStarted to OrchestratorCompleted. */
  readonly added: HistoryEvent[];
  /** Of the last reply, or of one before it when the instance has continued as new since. */
  readonly customStatus: string | undefined;
  /** Why it was suspended or resumed last, if it was. */
  readonly reason: string | undefined;
};

type Run = Pick<Episode, 'executionId' | 'input' | 'past'> & { readonly fresh: HistoryEvent[] };
type Answer = { readonly verdict: Verdict; readonly customStatus?: string | undefined };

const customStatusMaxKb = 16;
const outOfProcLabel = '$OutOfProcData$:';

/** The events as JSON texts joined by commas, marked as played. */
export const playedText = (events: readonly HistoryEvent[]): string =>
  events.map((event) => JSON.stringify({ ...event, IsPlayed: true })).join(',');

/** Runs one episode at lab time `nowMs`, and again under a new execution as long as the orchestrator continues as new. */
export const runEpisode = async (
  runner: FunctionRunner,
  instance: Instance,
  past: Past,
  messages: readonly Message[],
  nowMs: number,
  newExecutionId: () => string,
): Promise<Episode> => {
  const startFirst = (message: Message): number => (message.EventType === eventType.ExecutionStarted ? 0 : 1);
  const begin = historyEvent(nowMs, { EventType: eventType.OrchestratorStarted });
  const received = messages.toSorted((a, b) => startFirst(a) - startFirst(b)).map((it) => historyEvent(nowMs, it));
  let run: Run = { executionId: instance.executionId, input: instance.input, past, fresh: [begin, ...received] };
  let answer = await decide(runner, instance, run);
  const warnings = [...answer.verdict.warnings];
  let { customStatus } = answer; // It goes along when the instance continues as new.
  while (answer.verdict.outcome.kind === 'Continued') {
    const { text: input, carried } = answer.verdict.outcome;
    const executionId = newExecutionId();
    const started = historyEvent(nowMs, startedMessage({ ...instance, executionId, input }));
    run = { executionId, input, past: { events: [], texts: [] }, fresh: [begin, started, ...carried] };
    answer = await decide(runner, instance, run);
    warnings.push(...answer.verdict.warnings);
    customStatus = answer.customStatus ?? customStatus;
  }
  const { verdict } = answer;
  const added = [
    ...run.fresh,
    ...verdict.decisions.map((decision) => scheduled(nowMs, decision, runner.defaultVersion)),
  ];
  const { outcome } = verdict;
  if ('text' in outcome) {
    const end = { OrchestrationStatus: outcome.kind, Result: outcome.text };
    added.push(historyEvent(nowMs, { EventType: eventType.ExecutionCompleted, EventId: verdict.nextId, ...end }));
  }
  added.push(historyEvent(nowMs, { EventType: eventType.OrchestratorCompleted }));
  const { executionId, input } = run;
  const held = run.fresh.findLast(
    ({ EventType }) => EventType === eventType.ExecutionSuspended || EventType === eventType.ExecutionResumed,
  );
  const reason = held?.Reason;
  return { ...verdict, warnings, executionId, input, past: run.past, added, customStatus, reason };
};

const decide = async (runner: FunctionRunner, instance: Instance, run: Run): Promise<Answer> => {
  const { name: functionName } = instance;
  const history = [...run.past.events, ...run.fresh];
  const fail = (text: string): Answer => {
    const stop = run.fresh.find((event) => event.EventType === eventType.ExecutionTerminated);
    const outcome = stop
      ? { kind: 'Terminated' as const, text: stop.Input ?? null }
      : { kind: 'Failed' as const, text };
    const nextId = history.filter(({ EventId }) => EventId >= 0).length;
    return { verdict: { decisions: [], outcome, isSuspended: false, nextId, warnings: [] } };
  };
  if (!runner.accepts(instance.version))
    return fail('VersionMismatch: Orchestration version did not comply with Worker Versioning');
  if (!runner.has('orchestration', functionName))
    return fail(`The function '${functionName}' doesn't exist, is disabled, or is not an orchestrator function.`);
  const warnings: string[] = [];
  if (run.past.texts.length === 0 && hasTimestampKey(run.input)) warnings.push(hazard.timestampKey(functionName));
  let reply: Reply;
  try {
    const { text, reused } = await runner.orchestrate(functionName, instance.id, triggerPayload(instance, run));
    warnings.push(...reused.map(hazard.reusedTask));
    reply = JSON.parse(text) as Reply;
  } catch (error: unknown) {
    const message = sanitized(messageOf(error));
    const label = message.indexOf(outOfProcLabel);
    // Whatever the history has scheduled is missing from such an answer.
    if (label < 0) return fail(answersNothing(history) ?? orchestratorFailed(functionName, message));
    try {
      reply = JSON.parse(message.slice(label + outOfProcLabel.length)) as Reply;
    } catch {
      // Hiding what looked like a credential has broken the text, as it does in Azure.
      return fail('Out of proc orchestrators must return a valid JSON schema');
    }
    // What was thrown has no message.
    if (!reply.error) {
      const why = `One or more errors occurred. (Result: Failure\nException: ${message}\nStack: ${stackOf(error)})`;
      return fail(answersNothing(history) ?? orchestratorFailed(functionName, why));
    }
  }
  const customStatus = reply.customStatus === undefined ? undefined : JSON.stringify(reply.customStatus);
  // Whole kilobytes are compared (azure-functions-durable-extension, DurableOrchestrationContext.cs, IOrchestrationContext.SetCustomStatus).
  const sizeKb = Math.floor(((customStatus?.length ?? 0) * 2) / 1024);
  if (sizeKb > customStatusMaxKb) {
    const tooLarge = `The UTF-16 size of the JSON-serialized payload must not exceed ${customStatusMaxKb} KB. The current payload size is ${sizeKb} KB.`;
    return fail(orchestratorFailed(functionName, tooLarge));
  }
  const { executionId } = run;
  const verdict = simulate({ functionName, instanceId: instance.id, executionId, history, reply, has: runner.has });
  return { verdict: { ...verdict, warnings: [...warnings, ...verdict.warnings] }, customStatus };
};

// The fields durable-functions reads; the durations are those of the Azure Storage provider.
const triggerPayload = (instance: Instance, { input, past, fresh }: Run): string => {
  const events = [...past.texts, ...fresh.map((event) => JSON.stringify(event))].join(',');
  const rest = JSON.stringify({
    instanceId: instance.id,
    isReplaying: past.texts.length > 0,
    parentInstanceId: instance.parentId,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 3,
    longRunningTimerIntervalDuration: '3.00:00:00',
    maximumShortTimerDuration: '6.00:00:00',
    defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
  });
  return `{"history":[${events}],"input":${input ?? 'null'},${rest.slice(1)}`;
};

const scheduled = (atMs: number, decision: Decision, defaultVersion: string | null): HistoryEvent => {
  const EventId = decision.id;
  if (decision.kind === 'timer') {
    const FireAt = new Date(decision.fireAtMs).toISOString();
    return historyEvent(atMs, { EventType: eventType.TimerCreated, EventId, FireAt });
  }
  const about = { EventId, Name: decision.name, Input: decision.input };
  if (decision.kind === 'activity')
    return historyEvent(atMs, { EventType: eventType.TaskScheduled, ...about, Version: '' });
  const { instanceId: InstanceId, version } = decision;
  const Version = version ?? defaultVersion;
  return historyEvent(atMs, { EventType: eventType.SubOrchestrationInstanceCreated, ...about, InstanceId, Version });
};

/** The first message of an execution. */
export const startedMessage = (instance: Instance): Message => ({
  EventType: eventType.ExecutionStarted,
  Name: instance.name,
  Version: instance.version ?? '',
  Input: instance.input,
  OrchestrationInstance: { InstanceId: instance.id, ExecutionId: instance.executionId },
  ParentInstance: instance.parentId === null ? null : parentOf(instance.parentId, instance),
});

const parentOf = (InstanceId: string, { parentExecutionId, parentTaskId }: Instance): object => ({
  TaskScheduleId: parentTaskId,
  OrchestrationInstance: { InstanceId, ExecutionId: parentExecutionId },
});
