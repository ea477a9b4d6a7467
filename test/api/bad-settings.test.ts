// A bad setting fails the start on Azure with its message only if the app has registered a function by then (see src/index.ts); else the host answers 404 for everything.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const WORKER = `
  import { installCoreModule } from './local/host/functions-core.ts';
  const registrations = installCoreModule();
  const failure = await import('./src/index.ts').then(() => 'none', (error) => error.message);
  console.log(JSON.stringify({ failure, registered: [...registrations.functions.keys()] }));
`;

it('a bad setting is refused after a first function was registered', () => {
  const env = { PATH: process.env.PATH, LAB_INSTALLATION: 'x', LAB_LEASE_MINUTES: '240' };
  const worker = spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', WORKER], {
    env,
    encoding: 'utf8',
  });
  expect(worker.stderr.replaceAll(/^.*Warning.*$/gm, '')).not.toContain('Error');
  const { failure, registered } = JSON.parse(worker.stdout) as { failure: string; registered: string[] };
  expect(failure).toMatch(/^Bad app settings: .*LAB_LEASE_MINUTES/);
  expect(registered).toEqual(['health']);
});
