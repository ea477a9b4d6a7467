/** A worker's start in a process of its own: loads the app of a folder as the Functions worker does, sends one request to one of its HTTP functions, and prints what that took. */
import { createClock } from '../local/clock.ts';
import { loadApp } from '../local/host/app.ts';
import { clientBinding } from '../local/host/durable/client-urls.ts';
import { createCall } from '../local/host/worker.ts';

const [folder = '', functionName = ''] = process.argv.slice(2);
const rssBefore = process.memoryUsage.rss();
const cpuBefore = process.cpuUsage();
const from = performance.now();

const app = await loadApp(folder, undefined);
const importMs = performance.now() - from;
const cpu = process.cpuUsage(cpuBefore);

const target = app.functions.find((it) => it.name === functionName);
if (target === undefined) throw new Error(`the app registers no ${functionName}`);
const clientText = clientBinding('Bench', 'none', 'http://localhost:7071/hook', 'http://127.0.0.1:17071/durabletask/');
const call = createCall(app, createClock({ kind: 'real' }), () => undefined, clientText);
const response = await call(target, {
  http: {
    method: 'POST',
    url: 'http://localhost:7071/api',
    nullableHeaders: { 'content-type': { value: 'application/json' } },
    nullableParams: {},
    nullableQuery: {},
    body: { bytes: Buffer.from('{"idleMinutes":"twenty"}') },
  },
});
const firstAnswerMs = performance.now() - from;
const firstAnswerCpu = process.cpuUsage(cpuBefore);
if (response?.http?.statusCode !== '400') throw new Error(`${functionName} answered ${response?.http?.statusCode}`);

const MB = 1_000_000;
console.log(
  JSON.stringify({
    importMs,
    importCpuMs: (cpu.user + cpu.system) / 1_000,
    firstAnswerMs,
    firstAnswerCpuMs: (firstAnswerCpu.user + firstAnswerCpu.system) / 1_000,
    rssMb: process.memoryUsage.rss() / MB,
    ownRssMb: (process.memoryUsage.rss() - rssBefore) / MB,
  }),
);
