/**
 * One life of the app and its cloud, as a process of its own: goes on with what the data folder holds, or starts a lab there, and lives until the lab has ended,
 * unless it is to die before or after a commit of the hub. `life.ts DATA_DIR LAB_ID [COMMIT MOMENT]`; what it prints at its end is JSON.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createClock } from '../../local/clock.ts';
import { trustCa } from '../../local/cloud/core/certificate.ts';
import { startCloud } from '../../local/cloud/cloud.ts';
import { startHost } from '../../local/host/host.ts';
import { labSettings } from '../../local/lab-settings.ts';
import { PROJECT_DIR } from '../../local/project.ts';
import type { LabView } from '../../src/hub/lab-view.ts';
import { watchMaking } from './made.ts';

const [dataDir = '', id = '', commit = '0', moment = ''] = process.argv.slice(2);
mkdirSync(dataDir, { recursive: true });
const store = join(dataDir, 'hub.sqlite');
const isFirst = !existsSync(store);

const clock = createClock({ kind: 'virtual', startMs: Date.UTC(2026, 10, 23, 9, 0, 0) });
clock.install();
const cloud = await startCloud({ clock, dataDir: join(dataDir, 'cloud') });
trustCa(cloud.caPem);
const made = watchMaking(cloud.state);
let commits = 0;
const host = await startHost({
  appDir: PROJECT_DIR,
  entry: 'src/index.ts',
  store,
  clock,
  settings: labSettings(cloud),
  onCommit: (at) => {
    if (at === 'before') commits += 1;
    if (commits === Number(commit) && at === moment) process.kill(process.pid, 'SIGKILL');
  },
});
if (isFirst) {
  await host.fetch('/api/labs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, idleMinutes: 5 }),
  });
}
await host.until(() => host.history(id).some((event) => event.EventType === 1), { ms: 12 * 3_600_000 });
const view = (await (await host.fetch(`/api/labs/${id}`)).json()) as LabView;
const left = cloud
  .inventory()
  .filter((it) => it.origin !== 'bystander')
  .map((it) => it.id);
console.log(JSON.stringify({ view, left, commits, extra: made.extra() } satisfies LifeEnd));
await host.close();
await cloud.close();

/** `extra`: what came to be more often than it should, what the lives before had left included. */
export type LifeEnd = { view: LabView; left: string[]; commits: number; extra: string[] };
