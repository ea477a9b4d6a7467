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
  ...['e2e/borrowed', 'e2e/monitoring', 'e2e/placement', 'telemetry'],
];
const left = OWN_SCRIPT.filter((prefix) => !process.argv.some((argument) => argument.includes(`test/${prefix}`)));
const exclude = [
  ...configDefaults.exclude,
  ...left.flatMap((prefix) => [`test/${prefix}/**`, `test/${prefix}*.test.ts`]),
];

/** Pure code, which shares one process: each file that starts a world of its own needs a process of its own. */
const pure = ['lab', 'drift', 'http', 'scripts'].map((folder) => `test/${folder}/**/*.test.ts`);

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
      {
        extends: true,
        test: {
          name: 'worlds',
          include: ['test/**/*.test.ts'],
          exclude: [...exclude, ...pure],
          // A world makes much that is forgotten at once: with room for it, a lab costs an eighth less time of the processor.
          execArgv: ['--max-semi-space-size=64'],
        },
      },
    ],
  },
});
