/** Whole labs of a checkout, in a process of its own: prints the CPU time of each but the first, which loads the SDKs, in ms. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as RigModule from '../local/rig.ts';

const [folder = '.', labs = '5'] = process.argv.slice(2);
const file = pathToFileURL(resolve(folder, 'local/rig.ts')).href;
const { startRig } = (await import(file)) as typeof RigModule;

const rig = await startRig({ clock: { kind: 'virtual', startMs: Date.UTC(2026, 10, 23, 9) } });
const took: number[] = [];
for (let lab = 0; lab <= Number(labs); lab++) {
  rig.cloud.reset();
  await rig.renewHost('new');
  const from = process.cpuUsage();
  const headers = { 'content-type': 'application/json' };
  const response = await rig.host.fetch('/api/labs', { method: 'POST', headers, body: '{}' });
  const { id } = (await response.json()) as { id: string };
  await rig.host.until(() => rig.host.history(id).some((it) => it.EventType === 1));
  const { user, system } = process.cpuUsage(from);
  const view = await (await rig.host.fetch(`/api/labs/${id}`)).json();
  const { outcome } = (view as { report: { outcome: string } }).report;
  if (outcome !== 'healthy') throw new Error(`the lab ended ${outcome}`);
  took.push((user + system) / 1_000);
}
console.log(JSON.stringify(took.slice(1)));
await rig.close();
process.exit(0);
