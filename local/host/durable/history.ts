// The history of an orchestration, as the Durable extension stores and sends it
// (Azure/durabletask, src/DurableTask.Core/History).

export const eventType = {
  executionStarted: 0,
  executionCompleted: 1,
  executionTerminated: 3,
  taskScheduled: 4,
  taskCompleted: 5,
  taskFailed: 6,
  subOrchestrationCreated: 7,
  subOrchestrationCompleted: 8,
  subOrchestrationFailed: 9,
  timerCreated: 10,
  timerFired: 11,
  orchestratorStarted: 12,
  orchestratorCompleted: 13,
  eventSent: 14,
  eventRaised: 15,
} as const;

/** The event's name in the management API, by number. */
export const eventNames: Readonly<Record<number, string>> = {
  0: 'ExecutionStarted',
  1: 'ExecutionCompleted',
  3: 'ExecutionTerminated',
  4: 'TaskScheduled',
  5: 'TaskCompleted',
  6: 'TaskFailed',
  7: 'SubOrchestrationInstanceCreated',
  8: 'SubOrchestrationInstanceCompleted',
  9: 'SubOrchestrationInstanceFailed',
  10: 'TimerCreated',
  11: 'TimerFired',
  12: 'OrchestratorStarted',
  13: 'OrchestratorCompleted',
  14: 'EventSent',
  15: 'EventRaised',
};

/**
 * One event. `EventId` is the sequence number of what schedules work and -1 for the rest; `TaskScheduledId` and `TimerId`
 * point back to it. `Input` and `Result` are JSON text. Times are ISO 8601.
 */
export type HistoryEvent = {
  readonly EventType: number;
  readonly EventId: number;
  readonly Timestamp: string;
  IsPlayed: boolean;
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
  readonly ParentInstance?: ParentInstance | null;
};

export type ParentInstance = {
  readonly TaskScheduleId: number;
  readonly Name: string;
  readonly OrchestrationInstance: { readonly InstanceId: string; readonly ExecutionId: string };
};

/** An event that waits in an instance's inbox: everything but what the episode that consumes it adds. */
export type Message = Omit<HistoryEvent, 'Timestamp' | 'IsPlayed' | 'EventId'>;

export const historyEvent = (atMs: number, event: Message & { readonly EventId?: number }): HistoryEvent => ({
  EventId: -1,
  ...event,
  IsPlayed: false,
  Timestamp: new Date(atMs).toISOString(),
});

export type RuntimeStatus = 'Pending' | 'Running' | 'Completed' | 'Failed' | 'Terminated';
export const isTerminal = (status: RuntimeStatus): boolean => status !== 'Pending' && status !== 'Running';
