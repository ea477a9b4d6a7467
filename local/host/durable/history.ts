// The history of an orchestration, as the Durable extension stores and sends it
// (Azure/durabletask, src/DurableTask.Core/History).

/** The kinds of event: the name in the management API and the number in the history. */
export const eventType = {
  ExecutionStarted: 0,
  ExecutionCompleted: 1,
  ExecutionTerminated: 3,
  TaskScheduled: 4,
  TaskCompleted: 5,
  TaskFailed: 6,
  SubOrchestrationInstanceCreated: 7,
  SubOrchestrationInstanceCompleted: 8,
  SubOrchestrationInstanceFailed: 9,
  TimerCreated: 10,
  TimerFired: 11,
  OrchestratorStarted: 12,
  OrchestratorCompleted: 13,
  EventRaised: 15,
  ExecutionSuspended: 19,
  ExecutionResumed: 20,
  ExecutionRewound: 21,
} as const;

export const eventNames: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(eventType).map(([name, number]) => [number, name]),
);

/**
 * One event. `EventId` is the sequence number of what schedules work and -1 for the rest; `TaskScheduledId` and `TimerId`
 * point back to it. `Input` and `Result` are JSON text. Times are ISO 8601.
 */
export type HistoryEvent = {
  readonly EventType: number;
  readonly EventId: number;
  readonly Timestamp: string;
  readonly IsPlayed: boolean;
  readonly Name?: string;
  readonly Version?: string | null;
  readonly Input?: string | null;
  readonly Result?: string | null;
  readonly Reason?: string;
  readonly Details?: string;
  readonly TaskScheduledId?: number;
  readonly TimerId?: number;
  readonly FireAt?: string;
  readonly InstanceId?: string;
  readonly OrchestrationStatus?: string;
  readonly OrchestrationInstance?: { readonly InstanceId: string; readonly ExecutionId: string };
  readonly ParentInstance?: object | null;
};

/** An event that waits in an instance's inbox: everything but what the episode that consumes it adds. */
export type Message = Omit<HistoryEvent, 'Timestamp' | 'IsPlayed' | 'EventId'>;

export const historyEvent = (atMs: number, event: Message & { readonly EventId?: number }): HistoryEvent => ({
  EventId: -1,
  ...event,
  IsPlayed: false,
  Timestamp: new Date(atMs).toISOString(),
});

export type RuntimeStatus = 'Pending' | 'Running' | 'Suspended' | 'Completed' | 'Failed' | 'Terminated';
export const isTerminal = (status: RuntimeStatus): boolean =>
  status === 'Completed' || status === 'Failed' || status === 'Terminated';
