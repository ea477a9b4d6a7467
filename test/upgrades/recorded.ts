/** Histories that earlier releases recorded (`npm run record:histories`), read back, and replayed episode by episode on the code of now. */
import { readdirSync, readFileSync } from 'node:fs';
import { playedText, runEpisode, type Episode, type FunctionRunner } from '../../local/host/durable/episode.ts';
import { eventType, type HistoryEvent } from '../../local/host/durable/history.ts';

export type Recorded = { release: string; scenario: string; id: string; name: string; events: HistoryEvent[] };

const FOLDER = new URL('histories/', import.meta.url);

export const textOf = (release: string, file: string): string =>
  readFileSync(new URL(`${release}/${file}`, FOLDER), 'utf8');

export const recordings = (): { release: string; file: string }[] =>
  readdirSync(FOLDER).flatMap((release) =>
    readdirSync(new URL(`${release}/`, FOLDER)).map((file) => ({ release, file })),
  );

export function readRecorded(release: string, file: string): Recorded[] {
  const instances: Recorded[] = [];
  for (const line of textOf(release, file).trimEnd().split('\n')) {
    const read = JSON.parse(line) as { instance: string; name: string } | Omit<HistoryEvent, 'IsPlayed' | 'EventId'>;
    if ('instance' in read)
      instances.push({ release, scenario: file.replace('.jsonl', ''), id: read.instance, name: read.name, events: [] });
    else instances.at(-1)?.events.push({ EventId: -1, ...read, IsPlayed: true });
  }
  return instances;
}

/** What the code of now makes of each checkpoint of an instance: of its history up to the end of each of its episodes. */
export async function replayCheckpoints(runner: FunctionRunner, { id, name, events }: Recorded): Promise<Episode[]> {
  const started = events.find((it) => it.EventType === eventType.ExecutionStarted);
  const ends = events.flatMap((it, index) => (it.EventType === eventType.OrchestratorCompleted ? [index + 1] : []));
  const instance = {
    id,
    name,
    version: started?.Version ?? null,
    executionId: started?.OrchestrationInstance?.ExecutionId ?? '',
    status: 'Running' as const,
    input: started?.Input ?? null,
    output: null,
    customStatus: null,
    createdMs: 0,
    updatedMs: 0,
    parentId: null,
    parentExecutionId: null,
    parentTaskId: null,
  };
  const replayed: Episode[] = [];
  for (const end of ends) {
    const past = events.slice(0, end);
    const nowMs = Date.parse(past.findLast((it) => it.EventType === eventType.OrchestratorStarted)?.Timestamp ?? '');
    replayed.push(
      await runEpisode(runner, instance, { events: past, texts: [playedText(past)] }, [], nowMs, () => 'again'),
    );
  }
  return replayed;
}
