import { configDefaults, defineConfig } from 'vitest/config';

/** Suites that are long, or need more than Node and npm, have a script of their own; they run when their folder is named. */
const OWN_SCRIPT = ['azure', 'browser', 'clients-python', 'conformance', 'infra', 'mlflow', 'package', 'reliability'];
const left = OWN_SCRIPT.filter((folder) => !process.argv.some((argument) => argument.includes(`test/${folder}`)));

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...left.map((folder) => `test/${folder}/**`)],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
