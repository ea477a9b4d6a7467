/**
 * `npm run record:histories`: records the task hub's histories of whole labs on the local host, for the tests that replay them on later code. What one release has
 * recorded stays: a release that changes orchestrators raises "defaultVersion" in host.json and records beside it (docs/operations.md).
 *
 * 1. A recording holds every instance of its hub, from the lab to the last chain of its teardown, with all events: each prefix of episodes is a checkpoint.
 * 2. Nothing of the machine or of a secret is in it: ports and execution ids are replaced by names, and a recording with a key in it is not written.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FaultRule } from '../local/cloud/core/faults.ts';
import type { HistoryEvent } from '../local/host/durable/history.ts';
import { startRig, type Rig } from '../local/rig.ts';
import { StartError } from '../local/start-error.ts';
import { command } from '../local/terminal/command.ts';
import type { LabView } from '../src/hub/lab-view.ts';
import { armOf } from '../local/cloud/arm/tables.ts';

type Instance = { id: string; name: string; events: HistoryEvent[] };
type Scenario = {
  name: string;
  request: Record<string, unknown>;
  faults?: FaultRule[];
  /** What is done to the living lab. */
  meanwhile?: (rig: Rig, until: Until) => Promise<void>;
};
type Until = (predicate: (view: LabView) => boolean) => Promise<void>;

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LAB = 'recorded';
const START_MS = Date.UTC(2026, 10, 23, 9);
const JSON_BODY = { 'content-type': 'application/json' };

const refusal = (pattern: string, status: number, code: string, fire: number): FaultRule => ({
  kind: 'status',
  pattern,
  status,
  body: { error: { code, message: `Recorded refusal: ${code}.` } },
  fire,
});

/** Keys of the accounts that the labs had, and of the machine's identity: a recording that holds one is not written. */
const secrets = new Set<string>();

const SCENARIOS: Scenario[] = [
  {
    name: 'healthy',
    request: { monitorEveryMinutes: 30, idleMinutes: 60 },
    meanwhile: async (rig, until) => {
      await until((view) => view.phase === 'watching');
      await post(rig, 'completions', { prompts: ['Why is the sky blue?', 'Why is the sea?'] });
      await rig.host.until(rig.clock.now() + 10 * 60_000);
      await post(rig, 'keepalive', {});
    },
  },
  { name: 'failed', request: {}, faults: [refusal('PUT */accounts/*', 403, 'AuthorizationFailed', 100)] },
  { name: 'gave-up', request: {}, faults: [refusal('PUT */accounts/*', 500, 'InternalServerError', 7)] },
  { name: 'moved', request: {}, faults: [refusal('PUT */deployments/*', 400, 'InsufficientQuota', 1)] },
  {
    name: 'ended-early',
    request: {},
    meanwhile: async (rig, until) => {
      await until((view) => view.steps.some((it) => it.name === 'cluster'));
      await rig.host.fetch(`/api/labs/${LAB}`, { method: 'DELETE' });
    },
  },
  {
    name: 'hard-to-remove',
    request: { idleMinutes: 5 },
    faults: [refusal('DELETE */accounts/*', 409, 'ScopeLocked', 3)],
  },
];

async function post(rig: Rig, path: string, body: unknown): Promise<void> {
  const response = await rig.host.fetch(`/api/labs/${LAB}/${path}`, {
    method: 'POST',
    headers: JSON_BODY,
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
}

async function record(rig: Rig, { request, faults, meanwhile }: Scenario): Promise<Instance[]> {
  for (const rule of faults ?? []) rig.cloud.faults.add(rule);
  const started = await rig.host.fetch('/api/labs', {
    method: 'POST',
    headers: JSON_BODY,
    body: JSON.stringify({ id: LAB, ...request }),
  });
  if (started.status !== 202) throw new Error(`POST /api/labs: ${started.status} ${await started.text()}`);
  const view = async () => {
    for (const { keys } of armOf(rig.cloud.state).accounts.values()) secrets.add(keys.key1).add(keys.key2);
    return (await (await rig.host.fetch(`/api/labs/${LAB}`)).json()) as LabView;
  };
  await meanwhile?.(rig, (predicate) => rig.host.until(async () => predicate(await view())));
  await rig.host.until(async () => (await view()).phase === 'ended', { ms: 3 * 86_400_000 });
  const all = await rig.host.fetch('/runtime/webhooks/durabletask/instances/?code=local&showInput=false&top=1000');
  const listed = (await all.json()) as { instanceId: string; name: string }[];
  return listed
    .map(({ instanceId, name }) => ({ id: instanceId, name, events: rig.host.history(instanceId) }))
    .filter(({ events }) => events.length > 0)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Lines of JSON: an instance, and then its events, so that a new recording can be compared with the old one. Left out is what a replay does not read: marks that every
 * event has, and the inputs of what was scheduled.
 */
function linesOf(instances: Instance[]): string {
  const lines = instances.flatMap(({ id, name, events }) => [
    JSON.stringify({ instance: id, name }),
    ...events.map(({ IsPlayed: _, EventId, Input, ...event }) =>
      JSON.stringify({
        ...(EventId === -1 ? {} : { EventId }),
        ...event,
        ...(EventId === -1 && Input !== undefined ? { Input } : {}),
      }),
    ),
  ]);
  return named(`${lines.join('\n')}\n`);
}

/** The same text with names for what is of this machine and this hour. */
function named(text: string): string {
  const names = new Map<string, string>();
  const nameOf = (found: string, kind: string): string => {
    const name = names.get(found) ?? `${kind}-${names.size + 1}`;
    names.set(found, name);
    return name;
  };
  return text
    .replaceAll(/(?<="ExecutionId":")[0-9a-f]{32}/g, (it) => nameOf(it, 'execution'))
    .replaceAll(/(?:127\.0\.0\.1|localhost):\d+/g, (it) => `${nameOf(it, 'service')}.example`);
}

const { extensions } = JSON.parse(readFileSync(join(ROOT, 'host.json'), 'utf8')) as {
  extensions: { durableTask: { defaultVersion: string } };
};
const version = extensions.durableTask.defaultVersion;
const folder = join(ROOT, 'test', 'upgrades', 'histories', `v${version}`);

const HELP = `Records the histories of whole labs, for the tests that replay them on later code.

usage: npm run record:histories -- [options]

  --force  overwrite the recordings of version ${version}: only while nothing that recorded them has been released
  --help   this text

A release that changes orchestrators raises "defaultVersion" in host.json and records beside the old one; see docs/operations.md.`;

await command({ help: HELP, options: { force: { type: 'boolean', default: false } } }, async ({ force }) => {
  if (existsSync(folder) && !force)
    throw new StartError(
      `version ${version} is recorded already: raise "defaultVersion" in host.json, or overwrite it with --force (see --help)`,
    );
  mkdirSync(folder, { recursive: true });
  const rig = await startRig({ clock: { kind: 'virtual', startMs: START_MS } });
  secrets.add(rig.cloud.state.identityHeader);
  try {
    for (const scenario of SCENARIOS) {
      write(scenario.name, await record(rig, scenario));
      rig.cloud.reset();
      await rig.renewHost('new');
    }
  } finally {
    await rig.close();
  }
});

function write(name: string, instances: Instance[]): void {
  const text = linesOf(instances);
  if ([...secrets].some((it) => text.includes(it))) throw new Error(`The recording of ${name} holds a secret`);
  writeFileSync(join(folder, `${name}.jsonl`), text);
  const events = instances.reduce((sum, it) => sum + it.events.length, 0);
  console.log(
    `v${version}/${name}.jsonl  ${instances.length} instances, ${events} events, ${(text.length / 1024).toFixed(0)} KB`,
  );
}
