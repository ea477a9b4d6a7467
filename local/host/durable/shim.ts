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
import { hazard } from './hazards.ts';
import { eventType, type HistoryEvent } from './history.ts';
import { withoutType } from './values.ts';

type RetryPolicy = {
  readonly firstRetryIntervalInMilliseconds: number;
  readonly maxNumberOfAttempts: number;
  readonly backoffCoefficient?: number;
  readonly maxRetryIntervalInMilliseconds?: number;
  readonly retryTimeoutInMilliseconds?: number;
};

/** An action of the reply; the numbers are those of durable-functions, src/actions/ActionType. */
type Action = {
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
  readonly customStatus?: unknown;
};

export type Decision =
  | { readonly kind: 'activity'; readonly id: number; readonly name: string; readonly input: string }
  | { readonly kind: 'timer'; readonly id: number; readonly fireAtMs: number }
  | {
      readonly kind: 'child';
      readonly id: number;
      readonly name: string;
      readonly instanceId: string;
      readonly input: string | null;
      readonly version: string | null;
    };

/** `text`: the instance's output, the reason of its failure or termination, or the input to continue with. */
export type Outcome =
  | { readonly kind: 'Running' }
  | { readonly kind: 'Completed' | 'Failed'; readonly text: string }
  | { readonly kind: 'Terminated'; readonly text: string | null }
  | { readonly kind: 'Continued'; readonly text: string; readonly carried: readonly HistoryEvent[] };

export type Verdict = {
  /** New work, by ascending id. */
  readonly decisions: readonly Decision[];
  readonly outcome: Outcome;
  /** What comes now is kept until it is resumed. */
  readonly isSuspended: boolean;
  /** The id that the end of the execution takes in the history. */
  readonly nextId: number;
  /** What hangs or mixes results in Azure, with its remedy, in words. */
  readonly warnings: readonly string[];
};

export type ShimInput = {
  readonly functionName: string;
  readonly instanceId: string;
  readonly executionId: string;
  readonly history: readonly HistoryEvent[];
  readonly reply: Reply;
  /** Whether the app has such a function. */
  readonly has: (kind: 'activity' | 'orchestration', name: string) => boolean;
};

/** `retries`: it may still take ids for further attempts. `parts`: what an all or any is made of. */
type Task = {
  state: 'open' | 'done' | 'failed';
  readonly waiting: (() => void)[];
  readonly retries?: boolean;
  readonly parts?: readonly Task[];
};

const dayMs = 86_400_000;
const longTimerMs = 6 * dayMs;
const longTimerStepMs = 3 * dayMs;
const maxActions = 100_000;
const createTimer = 5;
const whenAll = 12;

const refused: Readonly<Record<number, string>> = {
  7: 'callEntity',
  8: 'callHttp',
  9: 'signalEntity',
  13: 'entity locks',
  14: 'entity locks',
};

/** Ends the simulation: the instance fails at once, whatever is open. */
class Fatal extends Error {}

/** The output of a failed instance (OutOfProcOrchestrationShim.cs). */
export const orchestratorFailed = (name: string, message: string): string =>
  `Orchestrator function '${name}' failed: ${message}`;

/** Where the reply has a timer without a time: .NET cannot read such a reply. */
const timeless = (actions: readonly Action[], path: string): string | undefined => {
  for (const [index, { actionType, fireAt, compoundActions }] of actions.entries()) {
    const here = `${path}[${index}]`;
    if (actionType === createTimer && Number.isNaN(Date.parse(fireAt ?? ''))) return `${here}.fireAt`;
    const below = timeless(compoundActions ?? [], `${here}.compoundActions`);
    if (below !== undefined) return below;
  }
  return undefined;
};

const notScheduled = "the current replay execution hasn't (yet?) scheduled this task";
const nonDeterministic = (event: HistoryEvent, what: string, now: string): string => {
  const { EventId, Name, InstanceId, Version } = event;
  const child = InstanceId === undefined ? '' : `, instance ID '${InstanceId}'`;
  const named = Name === undefined ? '' : ` and name '${Name}' (version '${Version ?? ''}'${child})`;
  return `Non-Deterministic workflow detected: A previous execution of this orchestration scheduled ${what} with sequence ID ${EventId}${named}, but ${now}. Was a change made to the orchestrator code after this instance had already started running?`;
};
const scheduling: Readonly<Record<number, string>> = {
  [eventType.TaskScheduled]: 'an activity task',
  [eventType.SubOrchestrationInstanceCreated]: 'a sub-orchestration task',
  [eventType.TimerCreated]: 'a timer task',
};

/** Why an orchestrator fails that answers with nothing: what its history has scheduled is scheduled no more. */
export const answersNothing = (history: readonly HistoryEvent[]): string | undefined => {
  const first = history.find(({ EventType }) => scheduling[EventType] !== undefined);
  return first && nonDeterministic(first, scheduling[first.EventType] ?? '', notScheduled);
};

const hangs = (remedy: string): string => `In Azure this orchestration would hang for ever: give it ${remedy}.`;

const newTask = (extra: Partial<Task> = {}): Task => ({ state: 'open', waiting: [], ...extra });
const doneTask: Task = { state: 'done', waiting: [] };

const settle = (task: Task, state: 'done' | 'failed'): void => {
  if (task.state !== 'open') return;
  task.state = state;
  for (const resume of task.waiting.splice(0)) resume();
};

const then = (task: Task, resume: () => void): void => {
  if (task.state === 'open') task.waiting.push(resume);
  else resume();
};

const mayRetry = (task: Task): boolean =>
  task.state === 'open' && (task.retries === true || (task.parts ?? []).some(mayRetry));

/** Replays the reply against the history and says what is new and whether the instance has ended. */
export const simulate = ({ functionName, instanceId, executionId, history, reply, has }: ShimInput): Verdict => {
  const actions = reply.actions[0] ?? [];
  const pending = new Map<number, Decision>();
  const open = new Map<number, Task>();
  const waits: { readonly name: string; readonly task: Task }[] = [];
  const early: string[] = [];
  const carried: HistoryEvent[] = [];
  const warnings: string[] = [];
  let nextId = 0;
  let nowMs = 0;
  /** The action whose task is awaited, and that task; all actions are done when the index is past the last. */
  let current = { index: 0, task: doneTask };
  let continueInput: string | undefined;
  let terminated: string | null | undefined;
  /** What has come since it was suspended. */
  let held: HistoryEvent[] | undefined;

  const schedule = (decide: (id: number) => Decision): Task => {
    const id = nextId++;
    const task = newTask();
    pending.set(id, decide(id));
    open.set(id, task);
    return task;
  };

  // In Azure the error is swallowed with the task, and the orchestration hangs without a word.
  const need = (kind: 'activity' | 'orchestration', name: string): string => {
    if (has(kind, name)) return name;
    throw new Fatal(
      `The function '${name}' doesn't exist, is disabled, or is not an ${kind} function. ${hangs('a function of that name')}`,
    );
  };

  const activity = (action: Action): Task => {
    const name = need('activity', action.functionName ?? '');
    if (typeof action.input === 'boolean') warnings.push(hazard.booleanInput(name));
    return schedule((id) => ({ kind: 'activity', id, name, input: JSON.stringify([action.input ?? null]) }));
  };

  const child = (action: Action): Task => {
    const name = need('orchestration', action.functionName ?? '');
    if (action.instanceId?.startsWith('@') || (action.instanceId && action.instanceId === instanceId))
      throw new Fatal(
        `The sub-orchestration '${action.instanceId}' is never run. ${hangs('an id of its own that does not begin with @')}`,
      );
    const input = action.input === undefined ? null : JSON.stringify(action.input);
    const version = action.version ?? null;
    return schedule((id) => {
      return { kind: 'child', id, name, instanceId: action.instanceId || `${executionId}:${id}`, input, version };
    });
  };

  const timer = (fireAtMs: number, isCanceled = false): Task => {
    if (fireAtMs - nowMs > longTimerMs) return longTimer(fireAtMs, isCanceled);
    const id = nextId;
    const task = schedule(() => ({ kind: 'timer', id, fireAtMs }));
    if (isCanceled) finish(id, 'failed');
    return task;
  };

  // Azure Storage cannot hide a message for longer than 7 days: longer timers are chains of 3 days.
  const longTimer = (fireAtMs: number, isCanceled: boolean): Task => {
    const whole = newTask();
    then(timer(nowMs + longTimerStepMs, isCanceled), () => {
      if (isCanceled) settle(whole, 'failed');
      else then(timer(fireAtMs), () => settle(whole, 'done'));
    });
    return whole;
  };

  // durabletask, RetryInterceptor.cs: retries belong to the framework, and the last failure still takes a timer (due at
  // once), which durable-functions expects.
  const retry = (action: Action, attempt: (action: Action) => Task): Task => {
    const policy = action.retryOptions as RetryPolicy;
    if (policy.maxNumberOfAttempts < 1)
      throw new Fatal(
        `'${action.functionName}' is never called. ${hangs('at least one attempt (maxNumberOfAttempts)')}`,
      );
    const { retryTimeoutInMilliseconds: timeoutMs, maxRetryIntervalInMilliseconds: maxMs = longTimerMs } = policy;
    if (timeoutMs !== undefined) warnings.push(hazard.retryTimeout(action.functionName ?? ''));
    const whole = newTask({ retries: true });
    const firstMs = nowMs;
    const run = (number: number): void => {
      const task = attempt(action);
      then(task, () => {
        if (task.state === 'done') return settle(whole, 'done');
        const isLast = number === policy.maxNumberOfAttempts;
        if (!isLast && timeoutMs !== undefined && nowMs >= firstMs + timeoutMs) return settle(whole, 'failed');
        const delayMs = policy.firstRetryIntervalInMilliseconds * (policy.backoffCoefficient ?? 1) ** (number - 1);
        then(timer(nowMs + (isLast ? 0 : Math.min(delayMs, maxMs))), () => {
          if (isLast) settle(whole, 'failed');
          else run(number + 1);
        });
      });
    };
    run(1);
    return whole;
  };

  // Names are compared without case here and with case in durable-functions. Waits are a stack, early events a queue.
  const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  const deliver = (raised: string, awaited: string): void => {
    if (raised !== awaited) warnings.push(hazard.eventCase(raised, awaited));
  };

  const waitForEvent = (name: string): Task => {
    const index = early.findIndex((raised) => isSame(raised, name));
    if (index >= 0) {
      deliver(early.splice(index, 1)[0] ?? '', name);
      return doneTask;
    }
    const task = newTask();
    waits.push({ name, task });
    return task;
  };

  const raise = (event: HistoryEvent): void => {
    const raised = event.Name ?? '';
    if (continueInput !== undefined) return void carried.push(event);
    const index = waits.findLastIndex(({ name }) => isSame(name, raised));
    const [wait] = index < 0 ? [] : waits.splice(index, 1);
    if (!wait) return void early.push(raised);
    deliver(raised, wait.name);
    settle(wait.task, 'done');
  };

  const all = (parts: readonly Task[]): Task => {
    const whole = newTask({ parts });
    let left = parts.length;
    for (const part of parts) then(part, () => --left === 0 && settle(whole, 'done'));
    return whole;
  };

  const any = (parts: readonly Task[]): Task => {
    const whole = newTask({ parts });
    for (const part of parts) then(part, () => settle(whole, 'done'));
    return whole;
  };

  const invoke = (action: Action): Task => {
    switch (action.actionType) {
      case 0:
        return activity(action);
      case 1:
        return retry(action, activity);
      case 2:
        return child(action);
      case 3:
        return retry(action, child);
      case 4:
        // A string arrives as JSON text already (durable-functions, Utils.processInput).
        continueInput = typeof action.input === 'string' ? action.input : JSON.stringify(action.input ?? null);
        return doneTask;
      case createTimer:
        return timer(Date.parse(action.fireAt ?? ''), action.isCanceled);
      case 6:
        return waitForEvent(action.externalEventName ?? '');
      case 11:
        return any((action.compoundActions ?? []).map(invoke));
      case whenAll:
        return all((action.compoundActions ?? []).map(invoke));
      default:
        throw new Fatal(
          `this local host does not run ${refused[action.actionType] ?? `actions of type ${action.actionType}`}: the Durable extension in Azure does; run the app there, or do without`,
        );
    }
  };

  const advance = (from: number): void => {
    for (let index = from; index < actions.length; index += 1) {
      const task = invoke(actions[index] as Action);
      current = { index, task };
      if (task.state === 'open') return void task.waiting.push(() => advance(index + 1));
    }
    current = { index: actions.length, task: doneTask };
  };

  const confirm = (event: HistoryEvent, kind: Decision['kind']): void => {
    const what = scheduling[event.EventType] ?? '';
    const decision = pending.get(event.EventId);
    const name = decision && decision.kind !== 'timer' ? decision.name : undefined;
    if (decision?.kind === kind && isSame(name ?? '', event.Name ?? '')) return void pending.delete(event.EventId);
    const now = !decision
      ? notScheduled
      : `the current orchestration replay instead scheduled a ${decision.kind}${name ? ` named '${name}'` : ''}`;
    throw new Fatal(nonDeterministic(event, what, now));
  };

  /** No task of that id is open when its end is late, or a duplicate. */
  const finish = (id: number | undefined, state: 'done' | 'failed'): void => {
    const task = open.get(id ?? -1);
    open.delete(id ?? -1);
    if (task) settle(task, state);
  };

  const apply = (event: HistoryEvent): void => {
    switch (event.EventType) {
      case eventType.OrchestratorStarted:
        nowMs = Date.parse(event.Timestamp);
        return;
      case eventType.ExecutionStarted:
        return advance(0);
      case eventType.TaskScheduled:
        return confirm(event, 'activity');
      case eventType.SubOrchestrationInstanceCreated:
        return confirm(event, 'child');
      case eventType.TimerCreated:
        return confirm(event, 'timer');
      case eventType.TaskCompleted:
      case eventType.SubOrchestrationInstanceCompleted:
        return finish(event.TaskScheduledId, 'done');
      case eventType.TaskFailed:
      case eventType.SubOrchestrationInstanceFailed:
        return finish(event.TaskScheduledId, 'failed');
      case eventType.TimerFired:
        return finish(event.TimerId, 'done');
      case eventType.EventRaised:
        return raise(event);
      case eventType.ExecutionTerminated:
        if (terminated === undefined) terminated = event.Input ?? null;
    }
  };

  // durabletask, TaskOrchestrationExecutor.cs: a suspended orchestration sees nothing but its resumption and its end.
  const receive = (event: HistoryEvent): void => {
    if (event.EventType === eventType.ExecutionSuspended) held ??= [];
    else if (event.EventType === eventType.ExecutionResumed) {
      const missed = held ?? [];
      held = undefined;
      for (const one of missed) apply(one);
    } else if (held === undefined || event.EventType === eventType.ExecutionTerminated) apply(event);
    else held.push(event);
  };

  const outcome = (): Outcome => {
    if (terminated !== undefined) return { kind: 'Terminated', text: terminated };
    const isFinished = current.index === actions.length;
    if (isFinished && (reply.error || reply.isDone)) {
      if (open.size > 0) {
        warnings.push(hazard.openTasks(functionName, [...open.keys()]));
        return { kind: 'Running' };
      }
      if (reply.error) return { kind: 'Failed', text: orchestratorFailed(functionName, reply.error) };
      if (continueInput === undefined)
        return { kind: 'Completed', text: withoutType(JSON.stringify(reply.output ?? null)) };
      if (early.length > 0) warnings.push(hazard.lostEvents(functionName, early));
      return { kind: 'Continued', text: continueInput, carried };
    }
    if (open.size === 0 && waits.length === 0) warnings.push(hazard.stuck(functionName));
    const isOvertaken = current.index < actions.length - 1 && actions[current.index]?.actionType === whenAll;
    if (isOvertaken && mayRetry(current.task)) warnings.push(hazard.overtaken(functionName));
    return { kind: 'Running' };
  };

  try {
    const unread = timeless(actions, 'actions[0]');
    if (unread !== undefined) {
      const why = `Error converting value {null} to type 'System.DateTime'. Path '${unread}'.`;
      throw new Fatal(orchestratorFailed(functionName, why));
    }
    for (const event of history) receive(event);
    if (nextId > maxActions)
      throw new Fatal(`Maximum amount of orchestration actions (${maxActions}) has been reached`);
    const found = outcome();
    return { decisions: [...pending.values()], outcome: found, isSuspended: held !== undefined, nextId, warnings };
  } catch (error: unknown) {
    if (!(error instanceof Fatal)) throw error;
    return { decisions: [], outcome: { kind: 'Failed', text: error.message }, isSuspended: false, nextId, warnings };
  }
};
