// The heart of the host: what one episode of an orchestration decides. A pure function of the history and of the reply of
// the orchestrator function, both whole; no clock, no store, no randomness.
//
// durable-functions 3.x returns, in every episode, the list of all actions it has ever taken. The extension's
// OutOfProcOrchestrationShim replays that list against the Durable Task Framework, which numbers the tasks on its own. The
// two replayers agree only while the orchestrator keeps the rules; where they disagree, orchestrations mix results or hang
// in Azure, and so they must here. Hence this is a simulation of the shim and not a list of "the new actions".
// (azure-functions-durable-extension, Listener/OutOfProcOrchestrationShim.cs; durabletask, TaskOrchestrationContext.cs)
//
// Invariants
// S1  Actions run one after the other: the next is invoked when the task of the one before is done; its error is swallowed.
// S2  Ids are given when a task is invoked, retries included; they are never read from the reply.
// S3  What is invoked and not confirmed by a scheduling event of the history is a new decision.
// S4  The instance ends only when its function is done and no task is open; a cancelled timer is not open.
import { eventType, type HistoryEvent } from './history.ts';

export type RetryPolicy = {
  readonly firstRetryIntervalInMilliseconds: number;
  readonly maxNumberOfAttempts: number;
  readonly backoffCoefficient?: number;
  readonly maxRetryIntervalInMilliseconds?: number;
  readonly retryTimeoutInMilliseconds?: number;
};

/** An action of the reply; the numbers are those of durable-functions, src/actions/ActionType. */
export type Action = {
  readonly actionType: number;
  readonly functionName?: string;
  readonly instanceId?: string | null;
  readonly input?: unknown;
  readonly version?: string | null;
  readonly retryOptions?: RetryPolicy;
  readonly fireAt?: string;
  readonly isCanceled?: boolean;
  readonly externalEventName?: string;
  readonly compoundActions?: readonly Action[];
};

/** What the orchestrator function answered. `error` is set when it threw. */
export type Reply = {
  readonly isDone: boolean;
  readonly actions: readonly (readonly Action[])[];
  readonly output?: unknown;
  readonly error?: string;
};

export type Decision =
  | { readonly kind: 'activity'; readonly id: number; readonly name: string; readonly input: string }
  | {
      readonly kind: 'child';
      readonly id: number;
      readonly name: string;
      readonly instanceId: string;
      readonly input: string | null;
      readonly version: string | null;
    }
  | { readonly kind: 'timer'; readonly id: number; readonly fireAtMs: number };

export type Outcome =
  | { readonly kind: 'running' }
  | { readonly kind: 'completed'; readonly output: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'terminated'; readonly reason: string }
  | { readonly kind: 'continued'; readonly input: string; readonly carried: readonly HistoryEvent[] };

export type Verdict = {
  /** New work, by ascending id. */
  readonly decisions: readonly Decision[];
  readonly outcome: Outcome;
  /** The id that the end of the execution takes in the history. */
  readonly nextId: number;
  /** What would hang in Azure, with its remedy, in words. */
  readonly warnings: readonly string[];
};

export type ShimInput = {
  readonly functionName: string;
  readonly executionId: string;
  readonly history: readonly HistoryEvent[];
  readonly reply: Reply;
  readonly hasActivity: (name: string) => boolean;
};

type Task = { state: 'open' | 'done' | 'failed'; waiting: (() => void)[] };

const dayMs = 86_400_000;
const longTimerMs = 6 * dayMs;
const longTimerStepMs = 3 * dayMs;
const maxActions = 100_000;

const refused: Readonly<Record<number, string>> = {
  7: 'callEntity',
  8: 'callHttp',
  9: 'signalEntity',
  13: 'entity locks',
  14: 'entity locks',
};

/** Ends the simulation: the instance fails at once, whatever is open. */
class Fatal extends Error {}

const nonDeterministic = (detail: string) => new Fatal(`Non-Deterministic workflow detected: ${detail}`);

/** Replays the reply against the history and says what is new and whether the instance has ended. */
export const simulate = (input: ShimInput): Verdict => {
  const { functionName, history, reply } = input;
  const actions = reply.actions[0] ?? [];
  const pending = new Map<number, Decision>();
  const open = new Map<number, Task>();
  const waiters = new Map<string, Task[]>();
  const buffered = new Map<string, number>();
  const carried: HistoryEvent[] = [];
  const warnings: string[] = [];
  let nextId = 0;
  let nowMs = 0;
  let finished = false;
  let continueInput: string | undefined;
  let terminated: string | undefined;

  const newTask = (): Task => ({ state: 'open', waiting: [] });
  const settle = (task: Task, state: 'done' | 'failed'): void => {
    if (task.state !== 'open') return;
    task.state = state;
    for (const resume of task.waiting.splice(0)) resume();
  };
  const doneTask = (): Task => ({ state: 'done', waiting: [] });
  const then = (task: Task, resume: () => void): void => {
    if (task.state === 'open') task.waiting.push(resume);
    else resume();
  };

  const schedule = (decide: (id: number) => Decision): { id: number; task: Task } => {
    const id = nextId++;
    const task = newTask();
    pending.set(id, decide(id));
    open.set(id, task);
    return { id, task };
  };
  const cancel = (id: number, task: Task): void => {
    open.delete(id);
    settle(task, 'failed');
  };

  const activity = (action: Action): Task => {
    const name = action.functionName ?? '';
    // Azure swallows this error with the task and the orchestration hangs without a word.
    if (!input.hasActivity(name))
      throw new Fatal(
        `The function '${name}' doesn't exist, is disabled, or is not an activity function. In Azure this orchestration would hang: register the activity or correct its name.`,
      );
    const text = JSON.stringify([action.input ?? null]);
    return schedule((id) => ({ kind: 'activity', id, name, input: text })).task;
  };

  const child = (action: Action): Task =>
    schedule((id) => ({
      kind: 'child',
      id,
      name: action.functionName ?? '',
      instanceId: action.instanceId || `${input.executionId}:${id}`,
      input: action.input === undefined ? null : JSON.stringify(action.input),
      version: action.version ?? null,
    })).task;

  const timer = (fireAtMs: number, isCanceled: boolean): Task => {
    if (fireAtMs - nowMs > longTimerMs) return longTimer(fireAtMs, isCanceled);
    const { id, task } = schedule((timerId) => ({ kind: 'timer', id: timerId, fireAtMs }));
    if (isCanceled) cancel(id, task);
    return task;
  };

  // Azure Storage cannot hide a message for longer than 7 days: longer timers are chains of 3 days.
  const longTimer = (fireAtMs: number, isCanceled: boolean): Task => {
    const whole = newTask();
    const step = timer(nowMs + longTimerStepMs, isCanceled);
    then(step, () => {
      if (isCanceled) settle(whole, 'failed');
      else then(timer(fireAtMs, false), () => settle(whole, 'done'));
    });
    return whole;
  };

  // durabletask, RetryInterceptor.cs: retries belong to the framework, and the last failure still takes a timer (due at
  // once), which durable-functions expects.
  const retry = (attempt: () => Task, policy: RetryPolicy): Task => {
    const whole = newTask();
    const firstMs = nowMs;
    const maxDelayMs = policy.maxRetryIntervalInMilliseconds ?? longTimerMs;
    const run = (number: number): void => {
      const task = attempt();
      then(task, () => {
        if (task.state === 'done') return settle(whole, 'done');
        if (policy.retryTimeoutInMilliseconds !== undefined && nowMs >= firstMs + policy.retryTimeoutInMilliseconds)
          return settle(whole, 'failed');
        const isLast = number === policy.maxNumberOfAttempts;
        const delayMs = policy.firstRetryIntervalInMilliseconds * (policy.backoffCoefficient ?? 1) ** (number - 1);
        then(timer(nowMs + (isLast ? 0 : Math.min(delayMs, maxDelayMs)), false), () => {
          if (isLast) settle(whole, 'failed');
          else run(number + 1);
        });
      });
    };
    run(1);
    return whole;
  };

  // Names are compared without case here and with case in durable-functions.
  const waitForEvent = (name: string): Task => {
    const key = name.toLowerCase();
    const early = buffered.get(key) ?? 0;
    if (early > 0) {
      buffered.set(key, early - 1);
      return doneTask();
    }
    const task = newTask();
    const stack = waiters.get(key);
    if (stack) stack.push(task);
    else waiters.set(key, [task]);
    return task;
  };

  const raise = (event: HistoryEvent): void => {
    if (continueInput !== undefined) {
      carried.push(event);
      return;
    }
    const key = (event.Name ?? '').toLowerCase();
    const waiter = waiters.get(key)?.pop();
    if (waiter) settle(waiter, 'done');
    else buffered.set(key, (buffered.get(key) ?? 0) + 1);
  };

  const all = (tasks: readonly Task[]): Task => {
    const whole = newTask();
    let left = tasks.length;
    for (const task of tasks) then(task, () => --left === 0 && settle(whole, 'done'));
    return whole;
  };

  const any = (tasks: readonly Task[]): Task => {
    const whole = newTask();
    for (const task of tasks) then(task, () => settle(whole, 'done'));
    return whole;
  };

  const invoke = (action: Action): Task => {
    switch (action.actionType) {
      case 0:
        return activity(action);
      case 1:
        return retry(() => activity(action), action.retryOptions as RetryPolicy);
      case 2:
        return child(action);
      case 3:
        return retry(() => child(action), action.retryOptions as RetryPolicy);
      case 4:
        // A string arrives as JSON text already (durable-functions, Utils.processInput).
        continueInput = typeof action.input === 'string' ? action.input : JSON.stringify(action.input ?? null);
        return doneTask();
      case 5:
        return timer(Date.parse(action.fireAt ?? ''), action.isCanceled ?? false);
      case 6:
        return waitForEvent(action.externalEventName ?? '');
      case 11:
        return any((action.compoundActions ?? []).map(invoke));
      case 12:
        return all((action.compoundActions ?? []).map(invoke));
      default:
        throw new Fatal(
          `this local host does not run ${refused[action.actionType] ?? `actions of type ${action.actionType}`}: the Durable extension in Azure does; run the app there, or do without`,
        );
    }
  };

  const advance = (from: number): void => {
    for (let index = from; index < actions.length; index += 1) {
      const action = actions[index];
      const task = action && invoke(action);
      if (task?.state === 'open') {
        task.waiting.push(() => advance(index + 1));
        return;
      }
    }
    finished = true;
  };

  const confirm = (event: HistoryEvent, kind: Decision['kind'], what: string): void => {
    const decision = pending.get(event.EventId);
    const named = event.Name === undefined ? '' : ` and name '${event.Name}'`;
    const before = `A previous execution of this orchestration scheduled ${what} with sequence ID ${event.EventId}${named}`;
    const hint = 'Was a change made to the orchestrator code after this instance had already started running?';
    if (!decision)
      throw nonDeterministic(`${before}, but the current replay execution hasn't (yet?) scheduled this task. ${hint}`);
    if (decision.kind !== kind)
      throw nonDeterministic(`${before}, but the current execution scheduled a ${decision.kind} with this ID. ${hint}`);
    if (decision.kind !== 'timer' && decision.name.toLowerCase() !== event.Name?.toLowerCase())
      throw nonDeterministic(`${before}, but the current execution scheduled '${decision.name}'. ${hint}`);
    pending.delete(event.EventId);
  };

  const finishTask = (id: number | undefined, state: 'done' | 'failed'): void => {
    const task = id === undefined ? undefined : open.get(id);
    if (id === undefined || !task) return; // Late, or a duplicate.
    open.delete(id);
    settle(task, state);
  };

  const apply = (event: HistoryEvent): void => {
    switch (event.EventType) {
      case eventType.orchestratorStarted:
        nowMs = Date.parse(event.Timestamp);
        return;
      case eventType.executionStarted:
        return advance(0);
      case eventType.taskScheduled:
        return confirm(event, 'activity', 'an activity task');
      case eventType.subOrchestrationCreated:
        return confirm(event, 'child', 'a sub-orchestration');
      case eventType.timerCreated:
        return confirm(event, 'timer', 'a timer');
      case eventType.taskCompleted:
      case eventType.subOrchestrationCompleted:
        return finishTask(event.TaskScheduledId, 'done');
      case eventType.taskFailed:
      case eventType.subOrchestrationFailed:
        return finishTask(event.TaskScheduledId, 'failed');
      case eventType.timerFired:
        return finishTask(event.TimerId, 'done');
      case eventType.eventRaised:
        return raise(event);
      case eventType.executionTerminated:
        terminated ??= event.Input ?? '';
    }
  };

  const outcome = (): Outcome => {
    if (terminated !== undefined) return { kind: 'terminated', reason: terminated };
    const failed = reply.error !== undefined;
    if (!finished || !(failed || reply.isDone)) {
      if (open.size === 0 && ![...waiters.values()].some((stack) => stack.length > 0))
        warnings.push(stuckWarning(functionName));
      return { kind: 'running' };
    }
    if (open.size > 0) {
      const ids = [...open.keys()].join(', ');
      warnings.push(
        `'${functionName}' has returned but stays Running until its open tasks are done (ids ${ids}): cancel the losing timer of every race, and await what was started.`,
      );
      return { kind: 'running' };
    }
    if (failed) return { kind: 'failed', reason: orchestratorFailed(functionName, reply.error ?? '') };
    if (continueInput !== undefined) return { kind: 'continued', input: continueInput, carried };
    return { kind: 'completed', output: JSON.stringify(reply.output ?? null) };
  };

  try {
    for (const event of history) apply(event);
    if (nextId > maxActions)
      throw new Fatal(`Maximum amount of orchestration actions (${maxActions}) has been reached`);
    return { decisions: [...pending.values()], outcome: outcome(), nextId, warnings };
  } catch (error: unknown) {
    if (!(error instanceof Fatal)) throw error;
    return { decisions: [], outcome: { kind: 'failed', reason: error.message }, nextId, warnings };
  }
};

/** The output of a failed instance (OutOfProcOrchestrationShim.cs). */
export const orchestratorFailed = (name: string, message: string): string =>
  `Orchestrator function '${name}' failed: ${message}`;

const stuckWarning = (name: string): string =>
  `'${name}' can never go on: nothing is open and nothing is awaited, yet it has not returned. It would hang in Azure too. Known causes: retryTimeoutInMilliseconds (never set it), a task yielded twice, Task.all over tasks that are already done.`;
