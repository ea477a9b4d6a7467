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
    'fuzz',
    'infra',
    'mlflow',
    'package',
    'reliability',
  ],
  // test:scenarios
  ...['e2e/borrowed', 'e2e/ending-early-', 'e2e/monitoring', 'e2e/placement', 'telemetry', 'upgrades/changed-code'],
  // test:processes
  ...['api/docs', 'e2e/kill', 'local/commands', 'local/host/command', 'scripts/help'],
];
const left = OWN_SCRIPT.filter((prefix) => !process.argv.some((argument) => argument.includes(`test/${prefix}`)));
const exclude = [
  ...configDefaults.exclude,
  ...left.flatMap((prefix) => [`test/${prefix}/**`, `test/${prefix}*.test.ts`]),
];

/** Pure code, which shares processes: each file that starts a cloud or an app needs a process of its own. */
const pure = ['lab', 'drift', 'http', 'scripts'].map((folder) => `test/${folder}/**/*.test.ts`);

/** Files whose worlds have the same options, by the text of these: they share the world of a worker, whose app loads once. */
const worlds = Map.groupBy(
  globSync('test/**/*.test.ts').map((file) => file.replaceAll('\\', '/')),
  (file) => /^const world = useWorld\((.*)\);$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 'none',
);
worlds.delete('none');
const shared = [...worlds.values()].filter((files) => files.length > 1);

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
      { extends: true, test: { name: 'pure', include: pure, exclude, isolate: false } },
      ...shared.map((include, index) => ({
        extends: true as const,
        test: { name: `world ${index + 1}`, include, exclude, isolate: false, execArgv: ROOM },
      })),
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/**/*.test.ts'],
          exclude: [...exclude, ...pure, ...shared.flat()],
          execArgv: ROOM,
        },
      },
    ],
  },
});
