// Runs orchestrations: takes what is due from an instance's inbox, runs an episode, commits, and dispatches what follows at
// once. No polling: every wake-up is caused by a commit or by the alarm.
//
// Invariants
// E1  One episode of an instance at a time; different instances interleave.
// E2  One transaction per episode: inbox, history, queued activities, timers, children, the parent's message, the instance.
//     Nothing leaves the process before its commit, so a crash repeats the episode from the same messages.
// E3  Messages carry the execution they are for; those of an earlier execution, or for an ended instance, are dropped.
// E4  The clock is told of work from the moment that something is ready until nothing is.
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import { messageOf, sanitized, stackOf } from '../errors.ts';
import type { LogLevel } from '../functions-core.ts';
import { playedText, runEpisode, startedMessage, type Episode, type FunctionRunner, type Past } from './episode.ts';
import { hazard } from './hazards.ts';
import { eventType, isTerminal, type HistoryEvent, type Message } from './history.ts';
import type { Decision } from './shim.ts';
import type { Chance } from './strictness.ts';
import type { Versioning } from './versions.ts';
import { parseHistory, type InboxRow, type Instance, type QueuedActivity, type Store } from './store.ts';

export type EngineOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly runner: FunctionRunner;
  readonly versioning: Versioning;
  readonly maxOrchestrators: number;
  readonly maxActivities: number;
  readonly chance: Chance;
  readonly log: (level: LogLevel, message: string, instanceId: string, functionName: string) => void;
  /** Told of every message that becomes due later. */
  readonly onDueLater: (dueMs: number) => void;
};

type Parent = Pick<Instance, 'parentId' | 'parentExecutionId' | 'parentTaskId'>;
export type StartRequest = {
  readonly name: string;
  readonly id: string;
  readonly input: string | null;
  readonly version: string | null;
};
export type Engine = ReturnType<typeof createEngine>;

/** `warned`: what has been said about it already; an episode replays all the former ones, and their warnings. */
type Live = { instance: Instance; past: Past; readonly warned: Set<string>; gone: boolean };

const storeRetryMs = 250;
const noParent: Parent = { parentId: null, parentExecutionId: null, parentTaskId: null };
/** 32 hexadecimal digits, as the extension makes them. */
export const newId = (): string => randomUUID().replaceAll('-', '');
const aliveAlready = (status: string): string => `An Orchestration instance with the status ${status} already exists.`;

export const createEngine = (options: EngineOptions) => {
  const { store, clock, runner, versioning, chance, log } = options;
  const lives = new Map<string, Live>();
  const ready = new Set<string>();
  const running = new Set<string>();
  const queue: QueuedActivity[] = [];
  /** Starts under way, by id: accepted, and not yet run. */
  const starting = new Map<string, { left: number; readonly accepted: [Instance, ...Instance[]] }>();
  let activeActivities = 0;
  let leaveClock: (() => void) | undefined;
  let isPumping = false;
  let isDraining = false;
  let isClosed = false;
  let drained: (() => void) | undefined;

  const load = (id: string): Live | undefined => {
    const known = lives.get(id);
    if (known) return known;
    const instance = store.instance(id);
    if (!instance || isTerminal(instance.status)) return undefined;
    const texts = store.historyTexts(id);
    const live: Live = { instance, past: { events: parseHistory(texts), texts }, warned: new Set(), gone: false };
    lives.set(id, live);
    return live;
  };

  const forget = (id: string): void => {
    const live = lives.get(id);
    if (live) live.gone = true;
    lives.delete(id);
  };

  const commit = <T>(work: (nowMs: number) => T): T =>
    store.transaction(() => {
      const nowMs = clock.now();
      if (clock.mode.kind !== 'real') store.setLabNowMs(nowMs);
      return work(nowMs);
    });

  const wake = (id: string): void => {
    ready.add(id);
    pump();
  };

  const send = (instanceId: string, executionId: string | null, visibleMs: number, message: Message): void => {
    store.send(instanceId, executionId, visibleMs, message);
    if (visibleMs > clock.now()) options.onDueLater(visibleMs);
    else wake(instanceId);
  };

  // Deferred, so that what a transaction wakes runs after its commit, and that results which arrive together share an episode.
  const pump = (): void => {
    leaveClock ??= clock.enter();
    if (isPumping) return;
    isPumping = true;
    setImmediate(dispatch);
  };

  const dispatch = (): void => {
    isPumping = false;
    if (!isDraining) {
      for (const id of ready) {
        if (running.size >= options.maxOrchestrators) break;
        if (running.has(id)) continue;
        ready.delete(id);
        running.add(id);
        void work(id);
      }
      const free = options.maxActivities - activeActivities;
      for (const activity of queue.splice(0, free)) void execute(activity);
    }
    if (running.size > 0 || activeActivities > 0 || (!isDraining && ready.size > 0)) return;
    leaveClock?.();
    leaveClock = undefined;
    drained?.();
  };

  /** Does it again until the store takes it: a full disk or a locked file passes. */
  const persistently = async (id: string, attempt: () => unknown): Promise<void> => {
    while (!isClosed) {
      try {
        await attempt();
        return;
      } catch (error: unknown) {
        log('critical', `not stored, and tried again in ${storeRetryMs} ms: ${stackOf(error)}`, id, '');
        await setTimeout(storeRetryMs);
      }
    }
  };

  const work = async (id: string): Promise<void> => {
    await persistently(id, () => runDue(id));
    running.delete(id);
    pump();
  };

  const runDue = async (id: string): Promise<void> => {
    const live = load(id);
    const rows = store.inbox(id, clock.now());
    const current = rows.filter((row) => !row.executionId || row.executionId === live?.instance.executionId);
    if (!live || current.length === 0) return store.deleteInbox(rows);
    // Its messages stay where they are, for a host whose app takes it on.
    if (versioning.onMismatch === 'reject' && !versioning.accepts(live.instance.version))
      return warn(live, [hazard.versionRejected(live.instance.name, live.instance.version ?? '')]);
    const messages = current.map(({ message }) => message);
    const episode = await runEpisode(runner, live.instance, live.past, messages, clock.now(), newId);
    // It may have been purged or replaced meanwhile.
    if (!live.gone && !isClosed) settleEpisode(live, episode, rows);
  };

  const warn = ({ instance, warned }: Live, warnings: readonly string[]): void => {
    for (const warning of new Set(warnings))
      if (!warned.has(warning)) log('warning', warning, instance.id, instance.name);
    for (const warning of warnings) warned.add(warning);
  };

  const settleEpisode = (live: Live, episode: Episode, rows: InboxRow[]): void => {
    const { id, name, executionId: formerExecution, output } = live.instance;
    const { outcome, past, executionId, input } = episode;
    const end = outcome.kind === 'Running' || outcome.kind === 'Continued' ? undefined : outcome;
    const text = playedText(episode.added);
    const next: Instance = {
      ...live.instance,
      executionId,
      input,
      status: end?.kind ?? (episode.isSuspended ? 'Suspended' : 'Running'),
      output: end?.text ?? episode.reason ?? output,
      customStatus: episode.customStatus ?? null,
    };
    const queued: QueuedActivity[] = [];
    commit((nowMs) => {
      next.updatedMs = nowMs;
      // Its row is that of the execution (durabletask, AzureTableTrackingStore.cs).
      if (executionId !== formerExecution) next.createdMs = nowMs;
      store.deleteInbox(rows);
      if (executionId !== formerExecution) store.clearHistory(id);
      store.appendHistory(id, text);
      store.putInstance(next);
      for (const decision of episode.decisions) carryOut(next, decision, queued);
      if (end) {
        store.clearInbox(id);
        notifyParent(next, end.text);
      }
    });
    warn(live, episode.warnings);
    if (end) {
      log(end.kind === 'Failed' ? 'error' : 'information', `${end.kind}: ${name}`, id, name);
      forget(id);
    } else {
      live.instance = next;
      for (const event of episode.added) past.events.push(event);
      past.texts.push(text);
      live.past = past;
    }
    for (const activity of queued) queue.push(activity);
  };

  const carryOut = (from: Instance, decision: Decision, queued: QueuedActivity[]): void => {
    const { id: instanceId, executionId } = from;
    if (decision.kind === 'activity') {
      const { id: taskId, name, input } = decision;
      queued.push(store.queueActivity({ instanceId, executionId, taskId, name, input }));
    } else if (decision.kind === 'child') {
      startChild(from, decision);
    } else if (!isTerminal(from.status)) {
      const FireAt = new Date(decision.fireAtMs).toISOString();
      const fired = { EventType: eventType.TimerFired, TimerId: decision.id, FireAt };
      send(instanceId, executionId, chance.firesMs(decision.fireAtMs, clock.now()), fired);
    }
  };

  /** One of that id that runs is replaced: whoever waited for it waits for ever. */
  const startChild = (parent: Instance, child: Decision & { kind: 'child' }): void => {
    const { id: parentTaskId, instanceId: id, name, input, version } = child;
    const existing = store.instance(id);
    if (existing && !isTerminal(existing.status))
      log('warning', hazard.replacedChild(id, existing.parentId), parent.id, parent.name);
    run(
      born({ id, name, input, version }, { parentId: parent.id, parentExecutionId: parent.executionId, parentTaskId }),
    );
  };

  const born = (request: StartRequest, parent: Parent): Instance => {
    const nowMs = clock.now();
    return {
      ...request,
      version: request.version ?? options.versioning.defaultVersion,
      executionId: newId(),
      status: 'Pending',
      output: null,
      customStatus: null,
      createdMs: nowMs,
      updatedMs: nowMs,
      ...parent,
    };
  };

  /** Writes its row in the place of any other. */
  const put = (instance: Instance): void => {
    forget(instance.id);
    store.deleteInstance(instance.id);
    store.putInstance(instance);
  };

  const run = (instance: Instance): void => {
    put(instance);
    send(instance.id, instance.executionId, instance.createdMs, startedMessage(instance));
  };

  /** As the extension starts: a look, a message, a row, with time between them. */
  const raceFor = async (instance: Instance, realMs: number): Promise<void> => {
    const { id } = instance;
    const race = starting.get(id);
    if (race) {
      race.left += 1;
      race.accepted.push(instance);
    } else starting.set(id, { left: 1, accepted: [instance] });
    await setTimeout(realMs);
    const { left, accepted } = starting.get(id) ?? { left: 1, accepted: [instance] as [Instance] };
    if (left === 1) {
      starting.delete(id);
      commit(() => run(chance.pick(accepted)));
    } else {
      starting.set(id, { left: left - 1, accepted });
      commit(() => put(instance));
    }
  };

  const notifyParent = ({ status, parentId, parentExecutionId, parentTaskId }: Instance, text: string | null): void => {
    if (parentId === null || parentTaskId === null) return;
    const about = { TaskScheduledId: parentTaskId };
    const details = status === 'Failed' ? failureDetails(text ?? '') : chance.failsParents ? undefined : '';
    const failed = { ...about, Reason: text ?? '', ...(details === undefined ? {} : { Details: details }) };
    send(
      parentId,
      parentExecutionId,
      clock.now(),
      status === 'Completed'
        ? { EventType: eventType.SubOrchestrationInstanceCompleted, ...about, Result: text }
        : { EventType: eventType.SubOrchestrationInstanceFailed, ...failed },
    );
  };

  const execute = async (activity: QueuedActivity): Promise<void> => {
    const { seq, instanceId, executionId, taskId: TaskScheduledId, name, input } = activity;
    activeActivities += 1;
    let message: Message;
    try {
      const Result = await runner.runActivity(name, instanceId, input);
      message = { EventType: eventType.TaskCompleted, TaskScheduledId, Result };
    } catch (error: unknown) {
      const text = sanitized(messageOf(error));
      const Reason = `Activity function '${name}' failed:  ${text}`;
      log('warning', Reason, instanceId, name);
      message = { EventType: eventType.TaskFailed, TaskScheduledId, Reason, Details: failureDetails(text) };
    }
    const record = (nowMs: number): void => {
      const isAwaited = store.finishActivity(seq) && load(instanceId)?.instance.executionId === executionId;
      if (isAwaited) send(instanceId, executionId, nowMs, message);
      else log('debug', `late result of activity '${name}' dropped`, instanceId, name);
    };
    await persistently(instanceId, () => commit(record));
    activeActivities -= 1;
    pump();
  };

  // durabletask, AzureTableTrackingStore.cs, RewindHistoryAsync: what has failed leaves the history, so that its replay does it again.
  const rewind = (id: string, Reason: string, nowMs: number): void => {
    const instance = store.instance(id);
    if (instance?.status !== 'Failed') return;
    const events = parseHistory(store.historyTexts(id));
    const failed = (type: number): Set<number | undefined> =>
      new Set(events.filter(({ EventType }) => EventType === type).map(({ TaskScheduledId }) => TaskScheduledId));
    const activities = failed(eventType.TaskFailed);
    const children = failed(eventType.SubOrchestrationInstanceFailed);
    const isGone = ({ EventType, EventId }: HistoryEvent): boolean =>
      EventType === eventType.TaskFailed ||
      EventType === eventType.SubOrchestrationInstanceFailed ||
      EventType === eventType.ExecutionCompleted ||
      (EventType === eventType.TaskScheduled && activities.has(EventId));
    store.clearHistory(id);
    store.appendHistory(id, playedText(events.filter((event) => !isGone(event))));
    store.putInstance({ ...instance, status: 'Running', output: null, updatedMs: nowMs });
    send(id, instance.executionId, nowMs, { EventType: eventType.ExecutionRewound, Reason });
    for (const { EventId, InstanceId } of events)
      if (InstanceId !== undefined && children.has(EventId)) rewind(InstanceId, Reason, nowMs);
  };

  /** Sends a message to whatever execution is current. */
  const tell = (id: string, message: Message): 'ok' | 'missing' | 'ended' => {
    const instance = store.instance(id);
    if (!instance) return 'missing';
    if (isTerminal(instance.status)) return 'ended';
    commit((nowMs) => send(id, null, nowMs, message));
    return 'ok';
  };

  return {
    /** Takes up what a former process left: queued activities and due messages. */
    takeUp: (): void => {
      queue.push(...store.activities());
      for (const id of store.due(clock.now())) ready.add(id);
      pump();
    },
    /** Wakes every instance with a due message. */
    fireDue: (): void => {
      for (const id of store.due(clock.now())) wake(id);
    },
    nextDueMs: (): number | undefined => store.nextDueMs(clock.now()),
    /** Starts an instance, replacing an ended one of the same id. Answers with the reason when that id is alive. */
    start: async (request: StartRequest): Promise<string | undefined> => {
      const existing = store.instance(request.id);
      if (existing && !isTerminal(existing.status) && !starting.has(request.id)) return aliveAlready(existing.status);
      const realMs = starting.has(request.id) ? Math.max(1, chance.startMs()) : chance.startMs();
      const instance = born(request, noParent);
      if (realMs > 0) await raceFor(instance, realMs);
      else commit(() => run(instance));
      return undefined;
    },
    raiseEvent: (id: string, name: string, input: string) =>
      tell(id, { EventType: eventType.EventRaised, Name: name, Input: input }),
    terminate: (id: string, reason: string | null) =>
      tell(id, { EventType: eventType.ExecutionTerminated, Input: reason }),
    suspend: (id: string, reason: string | null) => tell(id, held(eventType.ExecutionSuspended, reason)),
    resume: (id: string, reason: string | null) => tell(id, held(eventType.ExecutionResumed, reason)),
    /** Lets what has failed of a failed instance happen again, that of its failed children included. */
    rewind: (id: string, Reason: string): void => {
      commit((nowMs) => rewind(id, Reason, nowMs));
    },
    /** Deletes an instance whatever its state. False when there is none. */
    purge: (id: string): boolean => {
      forget(id);
      return commit(() => store.deleteInstance(id));
    },
    /** Forgets one instance or, as if the task hub were lost, all. What runs goes on, and its results find nobody. */
    drop: (id?: string): void => {
      for (const known of id === undefined ? [...lives.keys()] : [id]) forget(known);
      const kept = queue.filter(({ instanceId }) => id !== undefined && instanceId !== id);
      queue.splice(0, Infinity, ...kept);
      commit(() => {
        if (id === undefined) return store.clear();
        store.deleteInstance(id);
        store.deleteActivitiesOf(id);
      });
    },
    history: (id: string): HistoryEvent[] => lives.get(id)?.past.events.slice() ?? parseHistory(store.historyTexts(id)),
    /** Starts nothing new; resolves when nothing runs any more. */
    drain: (): Promise<void> =>
      new Promise((resolve) => {
        isDraining = true;
        drained = resolve;
        pump();
      }),
    /** From now on nothing is written: what still runs is run again by the next host. */
    close: (): void => {
      isClosed = true;
      leaveClock?.();
    },
  };
};

const held = (EventType: number, reason: string | null): Message =>
  reason === null ? { EventType } : { EventType, Reason: reason };

const failureDetails = (message: string): string =>
  JSON.stringify({
    $type: 'System.Exception, System.Private.CoreLib',
    ClassName: 'System.Exception',
    Message: message,
  });
