import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

/** Suites that are long, or need more than Node and npm, have a script of their own; they run when a path that begins so is named. */
const OWN_SCRIPT = [
  ...[
    'azure',
    'browser',
    'clients-python',
    'conformance',
    'extension',
    'failures',
    'fuzz',
    'infra',
    'mlflow',
    'package',
    'reliability',
    'security',
  ],
  // test:scenarios
  ...['e2e/borrowed', 'e2e/ending-early-', 'e2e/monitoring', 'e2e/placement', 'telemetry', 'upgrades/changed-code'],
  // test:processes
  ...['docs/snippets', 'e2e/kill', 'local/commands', 'local/host/command', 'scripts/help'],
];
const left = OWN_SCRIPT.filter((prefix) => !process.argv.some((argument) => argument.includes(`test/${prefix}`)));
const exclude = [
  ...configDefaults.exclude,
  ...left.flatMap((prefix) => [`test/${prefix}/**`, `test/${prefix}*.test.ts`]),
];

const below = (...folders: string[]): string[] => folders.map((folder) => `test/${folder}/**/*.test.ts`);

/** Files that leave nothing behind, or share a cloud, by what they load: their processes go on to the next file. Whoever starts an app needs a process of its own. */
const sharing: Record<string, string[]> = {
  pure: below('lab', 'drift', 'http', 'scripts', 'contracts'),
  cloud: below('local/cloud/databricks', 'local/cloud/mlflow', 'local/cloud/openai', 'local/cloud/notebook'),
  clients: below('activities', 'clients'),
};

/** Files whose worlds have the same options, by the text of these: they share the world of a worker, whose app loads once. */
const worlds = Map.groupBy(
  globSync('test/**/*.test.ts').map((file) => file.replaceAll('\\', '/')),
  (file) => /^const world = useWorld\((.*)\);$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 'none',
);
worlds.delete('none');
for (const [options, files] of worlds) if (files.length > 1) sharing[`worlds (${options})`] = files;

/** A world makes much that is forgotten at once: with room for it, a lab costs an eighth less time of the processor. */
const ROOM = ['--max-semi-space-size=64'];

/** Its matrices of faults wait more than they work. */
const waits = process.argv.some((argument) => argument.includes('test/reliability'));

export default defineConfig({
  test: {
    // vitest keeps one processor free, which of two is half the machine.
    maxWorkers: Math.max(2, availableParallelism() - 1) + (waits ? 1 : 0),
    // Guards against hanging, with room for a machine that has other things to do: speed is not tested here.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      ...Object.entries(sharing).map(([name, include]) => ({
        extends: true as const,
        test: { name, include, exclude, isolate: false, execArgv: ROOM },
      })),
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/**/*.test.ts'],
          exclude: [...exclude, ...Object.values(sharing).flat()],
          execArgv: ROOM,
        },
      },
    ],
  },
});
