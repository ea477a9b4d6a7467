/**
 * `npm run demo`: a whole lab on this machine, from an empty request to an empty subscription, with windows of completions that drift is measured on. Exits 0 only
 * when the lab was healthy, both completions were verified, drift was found where there is some and not judged on too little, its teardown reports nothing left,
 * and the local cloud itself holds nothing of it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as realDelay } from 'node:timers/promises';
import type { LabView } from '../src/hub/lab-view.ts';
import { wallNow } from './clock.ts';
import type { PythonKernel } from './cloud/notebook/real-python.ts';
import { checkModelServer } from './cloud/openai/forward.ts';
import { CATALOGUE_NAMES } from './cloud/catalogue.ts';
import { startRig, type Rig } from './rig.ts';
import { choiceOption, command, numberOption, untilStopped } from './terminal/command.ts';
import { createProgressPrinter } from './terminal/progress.ts';
import { duration, plain, seconds } from './terminal/format.ts';
import { monitor, type Monitored } from './terminal/monitoring.ts';
import { printReport } from './terminal/report.ts';

const HELP = `Runs a whole LLMOps lab on this machine: no Azure is contacted, nothing is billed.

usage: npm run demo -- [options]

  --speed N        lab seconds per second of real time (default 90, at most 600)
  --catalog YEAR   model catalogue of the local cloud: 2026 (default), or 2024, in which the lab's own gpt-35-turbo still deploys
  --kernel python  run the notebook in real Python with the real mlflow and openai packages, against a real MLflow server; needs python3 (3.11
                   to 3.13) and, once, PyPI. Lab time passes as real time does while Python works
  --packaged       run what is deployed instead of the sources; it is made first where it is missing or old
  --keep           keep the store and the logs, and say where they are
  --json           print one JSON document at the end, and nothing else
  --help           this text

LOCAL_CLOUD_MODEL_URL names a model server of your own that answers in place of the built-in one, such as http://127.0.0.1:8080/v1; see docs/real-parts.md.

Exits 0 when the lab was built, answered twice, was verified, monitored and removed, and nothing is left; 1 when not; 2 for a bad option; 130 when you stop it.`;

type Options = {
  speed: number;
  catalogue: '2026' | '2024';
  kernel: 'simulated' | 'python';
  packaged: boolean;
  keep: boolean;
  json: boolean;
};

type Stage = {
  dataDir: string;
  /** What has been started, in order. */
  closing: (() => Promise<void>)[];
  wallSeconds: () => number;
  say: (line: string) => void;
};

await command(
  {
    help: HELP,
    options: {
      speed: { type: 'string', default: '90' },
      catalog: { type: 'string', default: '2026' },
      kernel: { type: 'string', default: 'simulated' },
      packaged: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  },
  async ({ packaged, keep, json, ...given }) => {
    const speed = numberOption('speed', given.speed, 1, 600);
    const catalogue = choiceOption('catalog', given.catalog, CATALOGUE_NAMES);
    const kernel = choiceOption('kernel', given.kernel, ['simulated', 'python']);
    await checkModelServer(process.env.LOCAL_CLOUD_MODEL_URL);
    return demonstrate({ speed, catalogue, kernel, packaged, keep, json });
  },
);

/** Cleans up whatever the end, one by a signal included. */
async function demonstrate(options: Options): Promise<number> {
  const startedAt = wallNow();
  const say = options.json ? () => undefined : (line: string) => console.log(line);
  say('Local simulation: no Azure is contacted.');
  const python = options.kernel === 'python' ? await realPython(say) : undefined;
  if (python === null) return 1;
  const stage: Stage = {
    dataDir: mkdtempSync(join(tmpdir(), 'llmops-lab-demo-')),
    closing: [],
    wallSeconds: () => (wallNow() - startedAt) / 1_000,
    say,
  };
  const code = await Promise.race([untilStopped(), perform(stage, options, python)]).finally(async () => {
    for (const close of stage.closing.toReversed()) await close();
    if (options.keep) console.error(`kept: ${stage.dataDir}`);
    else rmSync(stage.dataDir, { recursive: true, force: true });
  });
  if (code > 1) {
    if (process.stdout.isTTY) process.stdout.write('\r\x1b[K'); // The line that shows what runs.
    console.error(options.keep ? 'stopped' : 'stopped; nothing is kept');
    process.exit(code);
  }
  return code;
}

async function perform(stage: Stage, options: Options, python: string | undefined): Promise<number> {
  const warnings: string[] = [];
  const kernel = python === undefined ? undefined : await startKernel(stage, python);
  const rig = await startRig({
    clock: { kind: 'scaled', speed: options.speed },
    dataDir: stage.dataDir,
    catalogue: options.catalogue,
    ...(options.packaged ? await packagedApp() : {}),
    ...(kernel === undefined ? {} : { python: kernel }),
    log: (entry) => {
      if (entry.level === 'error' || entry.level === 'critical') warnings.push(entry.message);
    },
  });
  stage.closing.push(() => rig.close());
  const healthy = await rehearse(rig, options, stage.wallSeconds);
  if (!healthy && !options.json)
    for (const warning of warnings.slice(0, 10)) console.error(`log: ${plain(warning).slice(0, 300)}`);
  return healthy ? 0 : 1;
}

/** The Python of an environment for the notebook; null where this machine has none. */
async function realPython(say: (line: string) => void): Promise<string | null> {
  const { pythonEnvironment } = await import('./python/environment.ts');
  say('making the Python environment .venv/kernel, unless it is there');
  const environment = pythonEnvironment('kernel', 'test/mlflow/requirements.txt');
  if (environment.kind === 'ready') return environment.python;
  console.error(`no kernel: ${environment.reason}`);
  return null;
}

async function startKernel({ dataDir, closing, say }: Stage, python: string): Promise<PythonKernel> {
  const { startMlflowServer } = await import('./python/mlflow-server.ts');
  const server = await startMlflowServer(python, join(dataDir, 'mlflow'));
  closing.push(server.close);
  say(`a real MLflow server listens on ${server.url}`);
  const write = (text: string): void => {
    for (const line of text.split('\n')) if (line.trim() !== '') say(`  python | ${plain(line)}`);
  };
  return { python, mlflowServer: server.url, write };
}

/** The bundler is loaded only for this. */
async function packagedApp(): Promise<{ appDir: string; entry: string }> {
  const { freshPackage } = await import('../scripts/package/build.ts');
  return { appDir: await freshPackage(), entry: 'dist/main.js' };
}

async function rehearse(rig: Rig, options: Options, wallSeconds: () => number): Promise<boolean> {
  const response = await rig.host.fetch('/api/labs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  if (response.status !== 202) throw new Error(`POST /api/labs answered ${response.status}: ${await response.text()}`);
  const { id } = (await response.json()) as { id: string };
  if (!options.json) console.log(`POST /api/labs {}  ->  202, lab ${id}; 1 s here is ${options.speed} s of lab time\n`);

  const { view, monitored } = await follow(rig, id, options, wallSeconds);
  const left = rig.cloud.inventory().filter((item) => item.origin !== 'bystander');
  const verified = view.verifications?.length === 2;
  const healthy =
    view.report?.outcome === 'healthy' &&
    verified &&
    monitored?.asExpected === true &&
    view.report.receipt.left.length === 0 &&
    left.length === 0;
  if (options.json) {
    const drift = monitored && { windows: monitored.windows.text, few: monitored.few.text };
    console.log(JSON.stringify({ healthy, wallSeconds: wallSeconds(), drift, lab: view, left }, null, 2));
    return healthy;
  }
  printReport(view);
  for (const item of left) console.log(`  left: ${item.type} ${item.id}`);
  const labSeconds = seconds(view.startedAt, view.endedAt ?? view.startedAt);
  console.log(`\nlab time ${duration(labSeconds)}, wall time ${wallSeconds().toFixed(1)} s`);
  console.log(`${left.length} resources left`);
  return healthy;
}

/** Reads the status until the lab has ended, and prints each step as it ends; monitors the lab as soon as it is complete. */
async function follow(
  rig: Rig,
  id: string,
  options: Options,
  wallSeconds: () => number,
): Promise<{ view: LabView; monitored: Monitored | null }> {
  let printer: ReturnType<typeof createProgressPrinter> | null = null;
  let monitored: Monitored | null = null;
  let announced = false;
  for (;;) {
    const response = await rig.host.fetch(`/api/labs/${id}`);
    const view = (await response.json()) as LabView;
    if (!response.ok) throw new Error(`GET /api/labs/${id} answered ${response.status}`);
    if (!options.json) {
      printer ??= createProgressPrinter({
        out: process.stdout,
        startedAt: view.startedAt,
        idleMinutes: 20,
        wallSeconds,
      });
      const left = view.secondsLeft === undefined ? '' : `, ends in ${duration(view.secondsLeft)} unless it is used`;
      printer.show(view.steps, rig.clock.now(), `${view.phase}${left}`);
    }
    if (view.phase === 'watching' && monitored === null) {
      printer?.clear();
      const say = options.json ? () => undefined : (line: string) => console.log(line);
      say('\nthe lab is complete');
      monitored = await monitor(rig.host.fetch, id, say);
      continue;
    }
    if (view.phase === 'watching' && !announced && !options.json) {
      announced = true;
      printer?.clear();
      console.log(
        `\nnobody uses the lab any more, so it will end${view.deadlines ? ` at ${view.deadlines.endsAt} (${view.deadlines.endsBy})` : ''}\n`,
      );
    }
    if (view.phase === 'ended') {
      printer?.clear();
      return { view, monitored };
    }
    await realDelay(100);
  }
}
