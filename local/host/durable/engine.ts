// Runs orchestrations: takes what is due from an instance's inbox, invokes the orchestrator function, asks the shim what it
// decided, commits, and dispatches what follows at once. No polling: every wake-up is caused by a commit or by the alarm.
//
// Invariants
// E1  One episode of an instance at a time; different instances interleave.
// E2  One transaction per episode: inbox, history, queued activities, timers, children, the parent's message, the instance.
//     Nothing leaves the process before its commit, so a crash repeats the episode from the same messages.
// E3  Messages carry the execution they are for; those of an earlier execution, or for an ended instance, are dropped.
// E4  The clock is told of work from the moment that something is ready until nothing is.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { LogLevel } from '../functions-core.ts';
import { eventType, historyEvent, isTerminal, type HistoryEvent, type Message } from './history.ts';
import { orchestratorFailed, simulate, type Decision, type Outcome, type Reply, type Verdict } from './shim.ts';
import type { InboxRow, Instance, QueuedActivity, Store } from './store.ts';

/** How the engine reaches the app's functions. Names are compared without case. */
export type FunctionRunner = {
  readonly hasOrchestrator: (name: string) => boolean;
  readonly hasActivity: (name: string) => boolean;
  /** Runs one episode; `payload` is the trigger's JSON text. Returns the reply's JSON text; throws what the function threw. */
  readonly orchestrate: (name: string, instanceId: string, payload: string) => Promise<string>;
  /** Runs an activity on its input (JSON text of a one-element array). Returns the result's JSON text, or null. */
  readonly runActivity: (name: string, instanceId: string, input: string) => Promise<string | null>;
};

export type EngineOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly runner: FunctionRunner;
  readonly defaultVersion: string | null;
  readonly maxOrchestrators: number;
  readonly maxActivities: number;
  readonly log: (level: LogLevel, message: string, instanceId: string, functionName: string) => void;
  /** Told of every message that becomes due later. */
  readonly onDueLater: (dueMs: number) => void;
};

export type StartRequest = {
  readonly name: string;
  readonly id?: string;
  readonly input: string | null;
  readonly version?: string;
};
export type Engine = ReturnType<typeof createEngine>;

type Live = { readonly instance: Instance; history: HistoryEvent[]; texts: string[]; gone: boolean };

const customStatusMaxChars = 8192; // 16 KB of UTF-16
const outOfProcLabel = '$OutOfProcData$:';
const newExecutionId = (): string => randomUUID().replaceAll('-', '');
const played = (event: HistoryEvent): string => JSON.stringify({ ...event, IsPlayed: true });

/** What a thrown value says, as the worker reports it. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : typeof error === 'string' ? error : JSON.stringify(error);

export const createEngine = (options: EngineOptions) => {
  const { store, clock, runner, log } = options;
  const lives = new Map<string, Live>();
  const ready = new Set<string>();
  const running = new Set<string>();
  const queue: QueuedActivity[] = [];
  let activeActivities = 0;
  let leave: (() => void) | undefined;
  let draining = false;
  let closed = false;
  let drained: (() => void) | undefined;

  const load = (id: string): Live | undefined => {
    const known = lives.get(id);
    if (known) return known;
    const instance = store.instance(id);
    if (!instance || isTerminal(instance.status)) return undefined;
    const history = store.history(id);
    const live: Live = { instance, history, texts: history.map(played), gone: false };
    lives.set(id, live);
    return live;
  };

  const forget = (id: string): void => {
    const live = lives.get(id);
    if (live) live.gone = true;
    lives.delete(id);
  };

  const send = (instanceId: string, executionId: string | null, visibleMs: number, message: Message): void => {
    store.send(instanceId, executionId, visibleMs, message);
    if (visibleMs > clock.now()) options.onDueLater(visibleMs);
    else wake(instanceId);
  };

  const wake = (id: string): void => {
    ready.add(id);
    pump();
  };

  // Deferred by a microtask, so that what a transaction wakes runs after its commit.
  let pumping = false;
  const pump = (): void => {
    leave ??= clock.enter();
    if (pumping) return;
    pumping = true;
    queueMicrotask(dispatch);
  };

  const dispatch = (): void => {
    pumping = false;
    if (!draining) {
      for (const id of ready) {
        if (running.size >= options.maxOrchestrators) break;
        if (running.has(id)) continue;
        ready.delete(id);
        running.add(id);
        void work(id);
      }
      while (activeActivities < options.maxActivities && queue.length > 0) {
        const activity = queue.shift();
        if (activity) void execute(activity);
      }
    }
    const busy = running.size > 0 || activeActivities > 0;
    if (busy || (!draining && ready.size > 0)) return;
    leave?.();
    leave = undefined;
    drained?.();
  };

  const work = async (id: string): Promise<void> => {
    try {
      await episode(id);
    } catch (error: unknown) {
      // Only a bug of the host or a broken store gets here: the messages are still in the inbox.
      log(
        'critical',
        `episode abandoned: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        id,
        '',
      );
    } finally {
      running.delete(id);
      pump();
    }
  };

  const episode = async (id: string): Promise<void> => {
    const live = load(id);
    const nowMs = clock.now();
    const rows = store.inbox(id, nowMs);
    if (rows.length === 0) return;
    const current = rows.filter((row) => !row.executionId || row.executionId === live?.instance.executionId);
    if (!live || current.length === 0) return store.deleteInbox(rows);
    const messages = current.map((row) => row.message);
    const startFirst = (message: Message): number => (message.EventType === eventType.executionStarted ? 0 : 1);
    messages.sort((a, b) => startFirst(a) - startFirst(b));

    // Continue-as-new runs again within the same work item, under a new execution and an empty history.
    let run: Run = { executionId: live.instance.executionId, input: live.instance.input, past: live, fresh: [] };
    run.fresh.push(historyEvent(nowMs, { EventType: eventType.orchestratorStarted }));
    run.fresh.push(...messages.map((message) => historyEvent(nowMs, message)));
    let answer = await decide(live.instance, run);
    while (answer.verdict.outcome.kind === 'continued') {
      const { input, carried } = answer.verdict.outcome;
      const executionId = newExecutionId();
      run = {
        executionId,
        input,
        past: { history: [], texts: [] },
        fresh: [
          historyEvent(nowMs, { EventType: eventType.orchestratorStarted }),
          historyEvent(nowMs, startedMessage(live.instance, executionId, input)),
          ...carried.map((event) => ({ ...event, IsPlayed: false })),
        ],
      };
      answer = await decide(live.instance, run);
    }
    if (live.gone || closed) return; // Purged or replaced meanwhile, or the store is closing.
    commit(live, run, rows, answer.verdict, answer.customStatus);
  };

  type Run = {
    executionId: string;
    input: string | null;
    past: { history: HistoryEvent[]; texts: string[] };
    fresh: HistoryEvent[];
  };
  type Answer = { verdict: Verdict; customStatus?: string };

  const decide = async (instance: Instance, run: Run): Promise<Answer> => {
    const { name } = instance;
    const history = [...run.past.history, ...run.fresh];
    const fail = (reason: string): Answer => {
      const stop = run.fresh.find((event) => event.EventType === eventType.executionTerminated);
      const outcome: Outcome = stop ? { kind: 'terminated', reason: stop.Input ?? '' } : { kind: 'failed', reason };
      return { verdict: { decisions: [], outcome, nextId: history.length, warnings: [] } };
    };
    if (!runner.hasOrchestrator(name))
      return fail(`The function '${name}' doesn't exist, is disabled, or is not an orchestrator function.`);
    let reply: Reply & { customStatus?: unknown };
    try {
      reply = JSON.parse(await runner.orchestrate(name, instance.id, triggerPayload(instance, run))) as Reply;
    } catch (error: unknown) {
      const message = messageOf(error);
      const label = message.indexOf(outOfProcLabel);
      if (label < 0) return fail(orchestratorFailed(name, message));
      const failed = JSON.parse(message.slice(label + outOfProcLabel.length)) as Reply;
      reply = { ...failed, error: failed.error ?? '' };
    }
    const customStatus = reply.customStatus === undefined ? undefined : JSON.stringify(reply.customStatus);
    if (customStatus !== undefined && customStatus.length > customStatusMaxChars) {
      const sizeKb = Math.ceil((customStatus.length * 2) / 1024);
      const tooLarge = `The UTF-16 size of the JSON-serialized payload must not exceed 16 KB. The current size is ${sizeKb} KB. (Parameter 'customStatusObject')`;
      return fail(orchestratorFailed(name, tooLarge));
    }
    const { executionId } = run;
    const verdict = simulate({ functionName: name, executionId, history, reply, hasActivity: runner.hasActivity });
    return customStatus === undefined ? { verdict } : { verdict, customStatus };
  };

  const commit = (live: Live, run: Run, rows: InboxRow[], verdict: Verdict, customStatus: string | undefined): void => {
    const { instance } = live;
    const { outcome } = verdict;
    const nowMs = clock.now();
    const ended = ending(outcome);
    const added = [...run.fresh, ...verdict.decisions.map((decision) => scheduled(nowMs, decision))];
    if (ended)
      added.push(
        historyEvent(nowMs, {
          EventType: eventType.executionCompleted,
          EventId: verdict.nextId,
          OrchestrationStatus: ended.status,
          Result: ended.output,
        }),
      );
    added.push(historyEvent(nowMs, { EventType: eventType.orchestratorCompleted }));
    const next: Instance = {
      ...instance,
      executionId: run.executionId,
      input: run.input,
      status: ended?.status ?? 'Running',
      output: ended?.output ?? null,
      customStatus: customStatus ?? instance.customStatus,
      updatedMs: nowMs,
    };
    const queued: QueuedActivity[] = [];
    store.transaction(() => {
      markTime(nowMs);
      store.deleteInbox(rows);
      if (run.executionId !== instance.executionId) store.clearHistory(instance.id);
      store.appendHistory(instance.id, run.past.history.length, added);
      store.putInstance(next);
      for (const decision of verdict.decisions) carryOut(next, decision, nowMs, ended !== undefined, queued);
      if (ended) {
        store.clearInbox(instance.id);
        notifyParent(next, ended, nowMs);
      }
    });
    for (const warning of verdict.warnings) log('warning', warning, instance.id, instance.name);
    if (ended) {
      log(
        ended.status === 'Failed' ? 'error' : 'information',
        `${ended.status}: ${instance.name}`,
        instance.id,
        instance.name,
      );
      forget(instance.id);
    } else {
      Object.assign(instance, next);
      live.history = run.past.history;
      live.texts = run.past.texts;
      for (const event of added) {
        live.history.push(event);
        live.texts.push(played(event));
      }
    }
    queue.push(...queued);
    pump();
  };

  const carryOut = (
    from: Instance,
    decision: Decision,
    nowMs: number,
    ended: boolean,
    queued: QueuedActivity[],
  ): void => {
    const { id: instanceId, executionId } = from;
    if (decision.kind === 'activity') {
      const { id: taskId, name, input } = decision;
      queued.push(store.queueActivity({ instanceId, executionId, taskId, name, input }));
    } else if (decision.kind === 'child') {
      startChild(from, decision, nowMs);
    } else if (!ended) {
      const FireAt = new Date(decision.fireAtMs).toISOString();
      send(instanceId, executionId, decision.fireAtMs, {
        EventType: eventType.timerFired,
        TimerId: decision.id,
        FireAt,
      });
    }
  };

  const startChild = (parent: Instance, child: Decision & { kind: 'child' }, nowMs: number): void => {
    const existing = store.instance(child.instanceId);
    if (existing && !isTerminal(existing.status)) {
      const Reason = `An Orchestration instance with the status ${existing.status} already exists.`;
      log(
        'warning',
        `sub-orchestration '${child.instanceId}' is alive already; this call fails. ${Reason}`,
        parent.id,
        parent.name,
      );
      const message = { EventType: eventType.subOrchestrationFailed, TaskScheduledId: child.id, Reason, Details: '' };
      return send(parent.id, parent.executionId, nowMs, message);
    }
    create(
      {
        name: child.name,
        id: child.instanceId,
        input: child.input,
        ...(child.version ? { version: child.version } : {}),
      },
      nowMs,
      { parentId: parent.id, parentExecutionId: parent.executionId, parentTaskId: child.id },
      parent.name,
    );
  };

  const create = (
    request: StartRequest & { id: string },
    nowMs: number,
    parent: Pick<Instance, 'parentId' | 'parentExecutionId' | 'parentTaskId'>,
    parentName: string | null,
  ): void => {
    const instance: Instance = {
      id: request.id,
      name: request.name,
      version: request.version ?? options.defaultVersion,
      executionId: newExecutionId(),
      status: 'Pending',
      input: request.input,
      output: null,
      customStatus: null,
      createdMs: nowMs,
      updatedMs: nowMs,
      ...parent,
    };
    store.deleteInstance(instance.id);
    store.putInstance(instance);
    send(
      instance.id,
      instance.executionId,
      nowMs,
      startedMessage(instance, instance.executionId, request.input, parentName),
    );
  };

  const notifyParent = (child: Instance, end: Ending, nowMs: number): void => {
    if (child.parentId === null || child.parentTaskId === null) return;
    const message: Message =
      end.status === 'Completed'
        ? {
            EventType: eventType.subOrchestrationCompleted,
            TaskScheduledId: child.parentTaskId,
            Result: end.output,
          }
        : {
            EventType: eventType.subOrchestrationFailed,
            TaskScheduledId: child.parentTaskId,
            Reason: end.output,
            Details: end.status === 'Failed' ? failureDetails(end.output) : '',
          };
    send(child.parentId, child.parentExecutionId, nowMs, message);
  };

  const execute = async (activity: QueuedActivity): Promise<void> => {
    activeActivities += 1;
    let message: Message;
    const about = { TaskScheduledId: activity.taskId };
    try {
      const Result = await runner.runActivity(activity.name, activity.instanceId, activity.input);
      message = { EventType: eventType.taskCompleted, ...about, Result };
    } catch (error: unknown) {
      const text = messageOf(error);
      const Reason = `Activity function '${activity.name}' failed:  ${text}`;
      log('warning', Reason, activity.instanceId, activity.name);
      message = { EventType: eventType.taskFailed, ...about, Reason, Details: failureDetails(text) };
    }
    try {
      if (!closed) settleActivity(activity, message);
    } finally {
      activeActivities -= 1;
      pump();
    }
  };

  const settleActivity = (activity: QueuedActivity, message: Message): void => {
    store.transaction(() => {
      const { instance } = load(activity.instanceId) ?? {};
      if (!store.finishActivity(activity.seq) || instance?.executionId !== activity.executionId) {
        log('debug', `late result of activity '${activity.name}' dropped`, activity.instanceId, activity.name);
        return;
      }
      markTime(clock.now());
      send(activity.instanceId, activity.executionId, clock.now(), message);
    });
  };

  // Lab time must not go back over a restart; real time keeps itself.
  const markTime = (nowMs: number): void => {
    if (clock.mode.kind !== 'real') store.setMeta('labNowMs', String(nowMs));
  };

  const alive = (id: string): 'ok' | 'missing' | 'ended' => {
    const instance = store.instance(id);
    return !instance ? 'missing' : isTerminal(instance.status) ? 'ended' : 'ok';
  };

  const tell = (id: string, message: Message): 'ok' | 'missing' | 'ended' => {
    const state = alive(id);
    if (state === 'ok')
      store.transaction(() => {
        markTime(clock.now());
        send(id, null, clock.now(), message);
      });
    return state;
  };

  return {
    /** Takes up what a former process left: queued activities and due messages. */
    resume: (): void => {
      queue.push(...store.activities());
      for (const id of store.due(clock.now())) ready.add(id);
      pump();
    },
    /** Wakes every instance with a due message. */
    fireDue: (): void => {
      for (const id of store.due(clock.now())) wake(id);
    },
    nextDueMs: (): number | undefined => store.nextDueMs(clock.now()),
    /** Starts an instance, replacing an ended one of the same id; `conflict` when that id is alive. */
    start: (request: StartRequest): { kind: 'started'; id: string } | { kind: 'conflict'; status: string } => {
      const id = request.id ?? newExecutionId();
      const existing = store.instance(id);
      if (existing && !isTerminal(existing.status)) return { kind: 'conflict', status: existing.status };
      store.transaction(() => {
        markTime(clock.now());
        create({ ...request, id }, clock.now(), { parentId: null, parentExecutionId: null, parentTaskId: null }, null);
      });
      return { kind: 'started', id };
    },
    raiseEvent: (id: string, name: string, input: string) =>
      tell(id, { EventType: eventType.eventRaised, Name: name, Input: input }),
    terminate: (id: string, reason: string) => tell(id, { EventType: eventType.executionTerminated, Input: reason }),
    /** Deletes an instance whatever its state, as Azure Storage does. False when there is none. */
    purge: (id: string): boolean => {
      forget(id);
      return store.transaction(() => store.deleteInstance(id));
    },
    /** Forgets everything, as a lost task hub. In-flight activities run on and their results find nobody. */
    drop: (id?: string): void => {
      for (const known of id === undefined ? [...lives.keys()] : [id]) forget(known);
      for (let index = queue.length - 1; index >= 0; index -= 1)
        if (id === undefined || queue[index]?.instanceId === id) queue.splice(index, 1);
      store.transaction(() => {
        if (id === undefined) return store.clear();
        store.deleteInstance(id);
        store.deleteActivitiesOf(id);
      });
    },
    /** Starts nothing new and waits for what runs, at most `graceMs` real milliseconds; unfinished work is run again later. */
    stop: async (graceMs: number): Promise<void> => {
      draining = true;
      await new Promise<void>((resolve) => {
        const abandon = setTimeout(resolve, graceMs);
        drained = () => {
          clearTimeout(abandon);
          resolve();
        };
        pump();
      });
      closed = true;
      leave?.();
    },
  };
};

type Ending = { readonly status: 'Completed' | 'Failed' | 'Terminated'; readonly output: string };

const ending = (outcome: Outcome): Ending | undefined => {
  if (outcome.kind === 'completed') return { status: 'Completed', output: outcome.output };
  if (outcome.kind === 'failed') return { status: 'Failed', output: outcome.reason };
  if (outcome.kind === 'terminated') return { status: 'Terminated', output: outcome.reason };
  return undefined;
};

const failureDetails = (message: string): string =>
  JSON.stringify({
    $type: 'System.Exception, System.Private.CoreLib',
    ClassName: 'System.Exception',
    Message: message,
  });

const scheduled = (atMs: number, decision: Decision): HistoryEvent => {
  const EventId = decision.id;
  if (decision.kind === 'timer')
    return historyEvent(atMs, {
      EventType: eventType.timerCreated,
      EventId,
      FireAt: new Date(decision.fireAtMs).toISOString(),
    });
  const { name: Name, input: Input } = decision;
  if (decision.kind === 'activity')
    return historyEvent(atMs, { EventType: eventType.taskScheduled, EventId, Name, Version: '', Input });
  return historyEvent(atMs, {
    EventType: eventType.subOrchestrationCreated,
    EventId,
    Name,
    Version: decision.version,
    InstanceId: decision.instanceId,
    Input,
  });
};

const startedMessage = (
  instance: Instance,
  executionId: string,
  input: string | null,
  parentName?: string | null,
): Message => ({
  EventType: eventType.executionStarted,
  Name: instance.name,
  Version: instance.version ?? '',
  Input: input,
  OrchestrationInstance: { InstanceId: instance.id, ExecutionId: executionId },
  ParentInstance:
    instance.parentId === null
      ? null
      : {
          TaskScheduleId: instance.parentTaskId ?? 0,
          Name: parentName ?? '',
          OrchestrationInstance: { InstanceId: instance.parentId, ExecutionId: instance.parentExecutionId ?? '' },
        },
});

// The fields durable-functions reads; the durations are those of the Azure Storage provider.
const triggerPayload = (
  instance: Instance,
  run: { input: string | null; past: { texts: string[] }; fresh: HistoryEvent[] },
): string => {
  const events = [...run.past.texts, ...run.fresh.map((event) => JSON.stringify(event))].join(',');
  const rest = JSON.stringify({
    instanceId: instance.id,
    isReplaying: run.past.texts.length > 0,
    parentInstanceId: instance.parentId,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 3,
    longRunningTimerIntervalDuration: '3.00:00:00',
    maximumShortTimerDuration: '6.00:00:00',
    defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
  });
  return `{"history":[${events}],"input":${run.input ?? 'null'},${rest.slice(1)}`;
};
