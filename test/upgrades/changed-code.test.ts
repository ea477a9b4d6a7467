/**
 * A deployment whose orchestrators do otherwise than the labs in flight remember. Durable then ends the instance ("Non-Deterministic workflow detected"); what the
 * lab has made must go, and nothing may hang. The change is put between the app and the host: an orchestrator that began before the deployment names another first
 * activity than its history does; one that begins afterwards is as ever.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { installCoreModule, type Callback } from '../../local/host/functions-core.ts';
import { startRig, type Rig } from '../../local/rig.ts';
import type { LabView } from '../../src/hub/lab-view.ts';

type Reply = { actions: { functionName?: string; compoundActions?: { functionName?: string }[] }[][] };

const HOUR = 3_600_000;
let rig: Rig;
let folder: string;
let restore: () => void;
const logs: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'llmops-upgrade-'));
  rig = await startRig({
    clock: { kind: 'virtual', startMs: Date.UTC(2026, 10, 23, 9) },
    dataDir: folder,
    log: ({ message }) => logs.push(message),
  });
});
beforeEach(async () => {
  logs.length = 0;
  restore = () => undefined;
  rig.cloud.reset();
  await rig.renewHost('new');
});
afterEach(() => {
  restore();
  expect(rig.cloud.unknownRoutes).toEqual([]);
});
afterAll(async () => {
  await rig.close();
  rmSync(folder, { recursive: true, force: true });
});

const left = (): string[] =>
  rig.cloud
    .inventory()
    .filter((it) => it.origin !== 'bystander')
    .map((it) => it.id);
const view = async (): Promise<LabView> => (await (await rig.host.fetch('/api/labs/in-flight')).json()) as LabView;
const statusOf = async (id: string): Promise<string> => {
  const response = await rig.host.fetch(`/runtime/webhooks/durabletask/instances/${id}?code=local`);
  return ((await response.json()) as { runtimeStatus: string }).runtimeStatus;
};

async function startLab(until: (it: LabView) => boolean): Promise<void> {
  const response = await rig.host.fetch('/api/labs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'in-flight' }),
  });
  expect(response.status).toBe(202);
  await rig.host.until(async () => until(await view()));
}

/** The same hub and the same cloud, with another code for the orchestrator `name`. */
async function deployOver(name: string): Promise<void> {
  const { functions } = installCoreModule();
  const registered = functions.get(name);
  if (registered === undefined) throw new Error(`no orchestrator ${name}`);
  // Lab time stands still while things happen: an instance of this very moment must count as begun before.
  await rig.host.until(rig.clock.now() + 1_000);
  const deployedAt = rig.clock.now();
  const callback: Callback = async (trigger, context) => {
    const reply = (await registered.callback(trigger, context)) as Reply;
    const [began] = (trigger as { history: { Timestamp: string | Date }[] }).history;
    const first = reply.actions[0]?.[0];
    if (first !== undefined && new Date(began?.Timestamp ?? 0).getTime() < deployedAt)
      first.functionName = 'renewLease';
    return reply;
  };
  functions.set(name, { ...registered, callback });
  restore = () => void functions.set(name, registered);
  await rig.renewHost('same');
}

const phase = (name: LabView['phase']) => (it: LabView) => it.phase === name;
const step = (name: string) => (it: LabView) => it.steps.some((one) => one.name === name);

describe('a lab in flight whose orchestrator is deployed anew and does otherwise', () => {
  it.each([
    ['lab', 'is watched', 'watching', phase('watching')],
    ['lab', 'is being built', 'cluster', step('cluster')],
    ['openai', 'is being built', 'account', step('account')],
    ['databricks', 'is being built', 'cluster', step('cluster')],
    ['teardown', 'is being taken down', 'remove-workspace', step('remove-workspace')],
    ['remove', 'is being taken down', 'remove-workspace', step('remove-workspace')],
  ])('%s, while it %s (%s): its instance ends, and nothing of it is left', async (name, _when, _step, reached) => {
    await startLab(reached);
    expect(left()).not.toEqual([]);
    await deployOver(name);
    await rig.host.until(() => left().length === 0, { ms: 6 * HOUR });
    expect(logs, 'the change was met').toContain(`Failed: ${name}`);
    // Nothing comes back, and nobody waits for anything any more.
    await rig.host.until(rig.clock.now() + 6 * HOUR);
    expect(left()).toEqual([]);
    expect(await statusOf('in-flight')).not.toBe('Running');
    const ended = await view();
    expect(ended).toMatchObject({ running: false, report: { receipt: { left: [] } } });
  });

  it('says in its status that the orchestration failed, and what happens now', async () => {
    await startLab(phase('watching'));
    await deployOver('lab');
    await rig.host.until(async () => (await statusOf('in-flight')) === 'Failed', { ms: 2 * HOUR });
    const { problem } = await view();
    expect(problem?.message).toContain('Non-Deterministic workflow detected');
    expect(problem?.suggestion).toContain('sweep');
  });
});
