// Histories as lines to read.
import { eventNames, eventType, type HistoryEvent } from '../../local/host/durable/history.ts';

/** When the virtual clock of every conformance test begins. */
export const startMs = Date.UTC(2030, 0, 1);

/** One line per event: id, kind, and what matters of it. Execution ids, 32 hexadecimal digits, read as X. */
const line = (event: HistoryEvent): string => {
  const { EventType, EventId, TaskScheduledId, TimerId, Name, Input, Result, Reason, FireAt, InstanceId } = event;
  const offset = FireAt === undefined ? undefined : `+${(Date.parse(FireAt) - startMs) / 1000}s`;
  const id = EventId >= 0 ? EventId : (TaskScheduledId ?? TimerId);
  const parts = [id, eventNames[EventType], Name, InstanceId, event.OrchestrationStatus, Input, Result, Reason, offset];
  return parts
    .filter((part) => part !== undefined && part !== null)
    .join(' ')
    .replace(/\b[0-9a-f]{32}\b/g, 'X');
};

export const linesOf = (history: readonly HistoryEvent[], withTurns = false): string[] =>
  history.flatMap((event) => {
    if (event.EventType === eventType.OrchestratorStarted) return withTurns ? ['['] : [];
    if (event.EventType === eventType.OrchestratorCompleted) return withTurns ? [']'] : [];
    return [line(event)];
  });
