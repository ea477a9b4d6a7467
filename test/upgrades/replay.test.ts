/**
 * A deployment goes over labs that live. What they have lived through is replayed on the new code: if the new code would have done otherwise, Durable ends the
 * instance, and the sweep the lab. A change that breaks this test needs a version of its own (docs/operations.md, "Deploying over living labs").
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createClock } from '../../local/clock.ts';
import { loadApp } from '../../local/host/app.ts';
import { eventType, type HistoryEvent } from '../../local/host/durable/history.ts';
import type { FunctionRunner } from '../../local/host/durable/episode.ts';
import { compareVersions } from '../../local/host/durable/versions.ts';
import { createCall, createRunner } from '../../local/host/worker.ts';
import { redact } from '../../src/lab/redact.ts';
import { readRecorded, recordings, replayCheckpoints, textOf, type Recorded } from './recorded.ts';

let runner: FunctionRunner;

beforeAll(async () => {
  Object.assign(process.env, {
    LAB_INSTALLATION: 'replays',
    LAB_SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000001',
  });
  const app = await loadApp(process.cwd(), join('src', 'index.ts'));
  runner = createRunner(
    app,
    createCall(app, createClock({ kind: 'real' }), () => undefined, ''),
    { accepts: () => true, defaultVersion: null },
  );
});

const all = recordings().flatMap(({ release, file }) => readRecorded(release, file));

describe('recorded histories', () => {
  it('are there: labs that were healthy and labs that were not, each with its branches, its teardown and its report', () => {
    for (const { release, file } of recordings()) {
      const names = new Set(readRecorded(release, file).map((it) => it.name));
      expect([...names], `${release}/${file}`).toEqual(
        expect.arrayContaining(['lab', 'openai', 'databricks', 'teardown', 'remove', 'report']),
      );
    }
    const outcomes = all.filter((it) => it.name === 'lab').map((it) => resultOf(it.events)['outcome']);
    expect(new Set(outcomes)).toEqual(new Set(['healthy', 'failed', 'ended-early']));
  });

  it.each(recordings())('hold no secret and nothing of a machine: $release/$file', ({ release, file }) => {
    const text = textOf(release, file);
    // The redaction itself finds nothing more to hide. Ids of runs in lists have the shape of an old key; the recorder has looked for the keys themselves.
    for (const line of text.replaceAll(/(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/g, 'id').split('\n'))
      expect(redact(line)).toBe(line);
    expect(text).not.toMatch(/127\.0\.0\.1|localhost:\d|eyJ[\w-]{8}|[?&]sig=/);
    expect(text).not.toContain(process.cwd());
  });
});

it('a release raised again and again stays newer than the ones before: its version has two numbers, which compare as numbers', () => {
  const { extensions } = JSON.parse(readFileSync('host.json', 'utf8')) as {
    extensions: { durableTask: { defaultVersion: string } };
  };
  expect(extensions.durableTask.defaultVersion).toMatch(/^\d+\.\d+$/);
  const [major, minor] = extensions.durableTask.defaultVersion.split('.').map(Number);
  const raised = [0, 1, 8, 9, 10, 99].map((by) => `${major}.${(minor ?? 0) + by}`);
  expect(raised.toSorted(compareVersions)).toEqual(raised);
  expect(recordings().map(({ release }) => release)).toContain(`v${extensions.durableTask.defaultVersion}`);
});

describe.each(all)('$release/$scenario: $id', (recorded) => {
  it('replays on this code from every checkpoint', async () => {
    const replayed = await replayCheckpoints(runner, recorded);
    expect(replayed.length).toBeGreaterThan(0);
    for (const [index, { outcome, decisions }] of replayed.entries()) {
      const where = `episode ${index + 1} of ${replayed.length}`;
      const isLast = index === replayed.length - 1;
      expect({ where, ...outcome }).toMatchObject({ where, kind: isLast ? 'Completed' : 'Running' });
      expect({ where, decisions }, 'work that this code would have begun and the recorded one did not').toEqual({
        where,
        decisions: [],
      });
    }
  });
});

describe('a replay', () => {
  const healthy = all.find((it) => it.name === 'lab' && it.scenario === 'healthy') as Recorded;
  const changed = (change: (event: HistoryEvent, index: number) => HistoryEvent[]): Recorded => ({
    ...healthy,
    events: healthy.events.flatMap(change),
  });

  it.each([
    [
      'another activity',
      (it: HistoryEvent) => [
        it.EventType === eventType.TaskScheduled && it.EventId === 0 ? { ...it, Name: 'other' } : it,
      ],
    ],
    [
      'an activity where a timer was',
      (it: HistoryEvent) => [
        it.EventType === eventType.TaskScheduled ? { ...it, EventType: eventType.TimerCreated } : it,
      ],
    ],
    ['one step less', (it: HistoryEvent) => (it.EventType === eventType.TaskScheduled && it.EventId === 0 ? [] : [it])],
  ])('of code that would have done %s is refused, so that a passing one means something', async (_name, change) => {
    const outcomes = (await replayCheckpoints(runner, changed(change))).map((it) =>
      it.decisions.length > 0 ? 'other work' : it.outcome.kind,
    );
    expect(outcomes.some((it) => it === 'Failed' || it === 'other work')).toBe(true);
  });
});

function resultOf(events: HistoryEvent[]): Record<string, unknown> {
  const end = events.find((it) => it.EventType === eventType.ExecutionCompleted);
  return JSON.parse(end?.Result ?? '{}') as Record<string, unknown>;
}
