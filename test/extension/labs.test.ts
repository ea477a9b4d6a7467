// Whole labs on Microsoft's own extension, side by side, in real time: whatever happens to host and worker, each ends and leaves nothing.
import { setTimeout as realDelay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabView } from '../../src/hub/lab-view.ts';
import { startLabHub, type LabHub } from './lab-hub.ts';
import { PARTS } from './parts.ts';

const PATIENCE_MS = 40 * 60_000;
const KILLS = 6;
/** A message that a killed host has taken is hidden for five minutes by default; many kills cannot wait for each, and less than one minute is refused. */
const storage = 'AzureFunctionsJobHost__extensions__durableTask__storageProvider__';
const SHORT_HIDING = {
  [`${storage}controlQueueVisibilityTimeout`]: '00:01:00',
  [`${storage}workItemQueueVisibilityTimeout`]: '00:01:00',
};

const hubs: LabHub[] = [];
const newHub = async (settings: Record<string, string> = {}): Promise<LabHub> => {
  if (PARTS.kind === 'unavailable') throw new Error(PARTS.reason);
  const hub = await startLabHub(PARTS, settings);
  hubs.push(hub);
  return hub;
};
afterAll(() => Promise.all(hubs.map((hub) => hub.close())), 120_000);

const ended = async (hub: LabHub, id: string): Promise<LabView> => {
  const view = await hub.until(id, (it) => it.phase === 'ended');
  expect(view.report?.receipt.left).toEqual([]);
  expect(hub.left(id)).toEqual([]);
  expect(hub.cloud.unknownRoutes).toEqual([]);
  return view;
};
const seconds = (from: string, to: string | undefined): number =>
  Math.round((Date.parse(to ?? '') - Date.parse(from)) / 1000);

describe
  .skipIf(PARTS.kind === 'unavailable')
  .concurrent('a lab on the Durable extension', { timeout: PATIENCE_MS }, () => {
    let shared: LabHub;
    beforeAll(async () => {
      shared = await newHub();
      await shared.startHost('shared');
    }, 300_000);

    it('that is healthy falls idle and leaves nothing', async () => {
      const hub = await newHub();
      await hub.startHost('alone');
      const before = hub.storageRequests();
      await hub.start('healthy');
      const watching = await hub.until('healthy', (it) => it.phase === 'watching');
      const requests = hub.storageRequests() - before;
      const view = await ended(hub, 'healthy');
      expect(view.report).toMatchObject({ outcome: 'healthy', end: { reason: 'idle' } });
      const ready = seconds(watching.startedAt, watching.steps.at(-1)?.endedAt ?? undefined);
      const rows = await hub.historyRows('healthy');
      console.log(
        `on the extension: ready after ${ready} s, ${requests} storage requests until then, ${rows} history rows in all`,
      );
    });

    it('that is ended while it is provisioned', async () => {
      await shared.start('early');
      await shared.until('early', (it) => it.steps.some((step) => step.name === 'workspace'));
      expect((await shared.insist('/api/labs/early', { method: 'DELETE' })).status).toBe(202);
      expect((await ended(shared, 'early')).report?.end.reason).toBe('asked');
    });

    it('whose hub instance is terminated is swept', async () => {
      await shared.start('terminated');
      await shared.until('terminated', (it) => it.steps.some((step) => step.name === 'workspace'));
      const instance = '/runtime/webhooks/durabletask/instances/terminated';
      expect((await shared.insist(`${instance}/terminate?reason=operator`, { method: 'POST' })).status).toBe(202);
      await ended(shared, 'terminated');
    });

    it('that answers 120 completions', async () => {
      await shared.start('many');
      await shared.until('many', (it) => it.phase === 'watching');
      const body = JSON.stringify({ prompt: 'Why?', n: 120 });
      const asked = await shared.insist('/api/labs/many/completions', { method: 'POST', body });
      expect(asked.status).toBe(202);
      const { id } = (await asked.json()) as { id: string };
      const batch = async (): Promise<{ state: string; tally: { answered: number } }> =>
        (await (await shared.insist(`/api/labs/many/completions/${id}`)).json()) as never;
      while ((await batch()).state === 'running') await realDelay(2000);
      expect(await batch()).toMatchObject({ state: 'done', tally: { answered: 120 } });
      await ended(shared, 'many');
    });

    it('whose host and worker are killed again and again', async () => {
      const hub = await newHub(SHORT_HIDING);
      let host = await hub.startHost('killed');
      await hub.start('killed');
      for (let kill = 0; kill < KILLS; kill += 1) {
        await realDelay(10_000 + Math.random() * 30_000);
        await host.kill();
        host = await hub.startHost('killed');
      }
      expect((await ended(hub, 'killed')).report?.outcome).toBe('healthy');
    });

    it('with two hosts on one hub, of which one dies', async () => {
      const hub = await newHub(SHORT_HIDING);
      const first = await hub.startHost('first');
      await hub.startHost('second');
      await hub.start('two');
      await hub.until('two', (it) => it.steps.some((step) => step.name === 'workspace'));
      await first.kill();
      expect((await ended(hub, 'two')).report?.outcome).toBe('healthy');
    });

    it('whose host is down past the idle end', async () => {
      const hub = await newHub();
      const host = await hub.startHost('down');
      await hub.start('down');
      await hub.until('down', (it) => it.phase === 'watching');
      await host.stop();
      await realDelay(6 * 60_000);
      await hub.startHost('down');
      expect((await ended(hub, 'down')).report?.end.reason).toBe('idle');
    });
  });
