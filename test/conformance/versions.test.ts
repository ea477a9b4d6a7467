// Which instances an app runs, by their version (durabletask, TaskOrchestrationDispatcher.cs; the settings of host.json are
// described at learn.microsoft.com/azure/azure-functions/durable/durable-functions-orchestration-versioning).
import { describe, expect, it } from 'vitest';
import { compareVersions } from '../../local/host/durable/versions.ts';
import { startMs, useDriver, type Driver } from './driver.ts';

const setting = (name: string): string => `AzureFunctionsJobHost__extensions__durableTask__${name}`;
const failing = { [setting('versionFailureStrategy')]: 'Fail' };
const begin = async ({ start, settle }: Driver, id: string, version: string): Promise<void> => {
  await start('returnsNothing', id, null, `?version=${version}`);
  await settle();
};

describe('a version above the default of host.json', () => {
  const durable = useDriver();

  it('waits, and is warned of once, for an app that takes it on', async () => {
    await begin(durable, 'a', '1.1');
    await durable.raise('a', 'go');
    await durable.settle();
    expect((await durable.status('a')).runtimeStatus).toBe('Pending');
    expect(durable.warnings()).toEqual([expect.stringContaining("does not take on version '1.1'")]);
  });

  it('makes a sub-orchestration wait as well, and its parent with it', async () => {
    await durable.start('parentOfNewer', 'a');
    await durable.settle();
    expect([(await durable.status('a')).runtimeStatus, (await durable.status('a.child')).runtimeStatus]).toEqual([
      'Running',
      'Pending',
    ]);
  });

  it('can be purged by a filter', async () => {
    await begin(durable, 'a', '1.1');
    expect((await durable.request('DELETE', '/instances?createdTimeFrom=2000-01-01T00:00:00Z')).status).toBe(200);
    expect(durable.host.storeText()).not.toContain('returnsNothing');
  });
});

describe('a version above the default where versionFailureStrategy is Fail', () => {
  const durable = useDriver(failing);

  it('fails, and fails the call of its parent', async () => {
    await begin(durable, 'a', '1.1');
    expect(durable.trace('a').at(-1)).toBe(
      '0 ExecutionCompleted Failed VersionMismatch: Orchestration version did not comply with Worker Versioning',
    );
    expect((await durable.run('parentOfNewer', 'b')).output).toContain('VersionMismatch');
    expect(durable.clock.now()).toBe(startMs);
  });
});

describe('versionMatchStrategy', () => {
  describe('Strict', () => {
    const durable = useDriver({ ...failing, [setting('versionMatchStrategy')]: 'strict' });
    it('takes on the default version only', async () => {
      for (const version of ['1.0', '0.9', '1.1']) await begin(durable, version, version);
      const found = ['1.0', '0.9', '1.1'].map(async (id) => (await durable.status(id)).runtimeStatus);
      expect(await Promise.all(found)).toEqual(['Completed', 'Failed', 'Failed']);
    });
  });

  describe('None', () => {
    const durable = useDriver({ ...failing, [setting('versionMatchStrategy')]: 'None' });
    it('takes on all', async () => {
      await begin(durable, 'a', '99');
      expect((await durable.status('a')).runtimeStatus).toBe('Completed');
    });
  });
});

it.each([
  ['', '', 0],
  ['', '1', -1],
  ['1', '', 1],
  ['1.10', '1.9', 1],
  ['1.0', '1.0.0', -1],
  ['10', '9', -1],
  ['Beta', 'beta', 0],
])('version "%s" against "%s": %i', (a, b, expected) => expect(compareVersions(a, b)).toBe(expected));
