/** `azd down` of an app that nobody opens with a key: the hook itself, against the local cloud and the app with sign-in on. */
import { describe, expect, it } from 'vitest';
import { labSettings } from '../../local/lab-settings.ts';
import { createAzure, type Azure } from '../../scripts/azd/azure.ts';
import { endLabs } from '../../scripts/azd/end-labs.ts';
import type { LabView } from '../../src/hub/lab-view.ts';
import { ADMIN, ANA, callsOf, RUI } from './people-signed-in.ts';
import { useWorld } from './world.ts';

const world = useWorld({ settings: { WEBSITE_AUTH_ENABLED: 'True' } });
const { send, read, until } = callsOf(world);
const SWEEP_MS = 5 * 60_000;
const SITE = '/subscriptions/s/resourceGroups/rg-app/providers/Microsoft.Web/sites/func';

/** The platform answers for the function app, which the local cloud does not hold; everything else is asked of the local cloud. */
function azure(): Azure {
  const { cloud } = world.rig;
  const endpoint = cloud.settings()['ARM_ENDPOINT']!;
  const real = createAzure(endpoint, async () => cloud.state.issueToken('https://management.azure.com/'));
  return {
    ...real,
    call: async <T>(...[method, path, ...rest]: Parameters<Azure['call']>) =>
      path.startsWith(SITE)
        ? { status: 200, body: { functionKeys: { default: 'a-key' } } as T }
        : real.call<T>(method, path, ...rest),
  };
}

async function takeDown(beforeEachLook: () => Promise<void> = async () => undefined): Promise<string[]> {
  const said: string[] = [];
  const { host, clock, cloud } = world.rig;
  const settings = labSettings(cloud);
  await endLabs({
    env: {
      APP_FUNCTION_ID: SITE,
      APP_ENDPOINT: host.url,
      APP_INSTALLATION: settings['LAB_INSTALLATION'],
      LAB_TAG_KEY: settings['LAB_TAG_KEY'],
      APP_LAB_SUBSCRIPTIONS: settings['LAB_SUBSCRIPTION_ID'],
    },
    azure: azure(),
    keep: async () => undefined,
    say: (line) => said.push(line),
    sleep: async (ms) => {
      await beforeEachLook();
      await host.until(clock.now() + ms);
    },
    now: () => clock.now(),
  });
  return said;
}

const start = async (person: typeof ANA, id: string, idleMinutes = 1_440) =>
  expect((await send(person, 'POST', '/labs', { id, maxHours: 72, idleMinutes })).status).toBe(202);

describe('taking down an app with sign-in on', () => {
  it('ends a lab that is watched and one that is being built, each by its own one teardown', async () => {
    await start(ANA, 'ana-lab');
    await until(ANA, 'ana-lab', 'watching');
    await start(RUI, 'rui-lab');
    await until(RUI, 'rui-lab', 'provisioning');
    await world.rig.host.until(() => world.left().some((it) => it.includes('/workspaces/dbw-rui-lab')));

    const said = await takeDown();
    expect(world.left()).toEqual([]);
    expect(said.at(-1)).toBe('Azure holds nothing of a lab of this installation.');
    for (const id of ['ana-lab', 'rui-lab']) {
      await until(ADMIN, id, 'ended');
      const { report } = await read<LabView>(ADMIN, `/labs/${id}`);
      expect(report?.end, id).toMatchObject({ reason: 'lease', by: 'sweep' });
      expect(report?.receipt.left, id).toEqual([]);
      const deleted = world.rig.cloud.requests.filter(
        (it) => it.method === 'DELETE' && it.status === 202 && it.path.includes(`/workspaces/dbw-${id}`),
      );
      expect(deleted, 'the workspace, once').toHaveLength(1);
    }
    // Its own orchestration ended it: nobody else knows that it was healthy.
    expect((await read<LabView>(ADMIN, '/labs/ana-lab')).report?.outcome).toBe('healthy');
  });

  it('ends a lab that somebody keeps alive meanwhile, which renews its lease and keeps the request to end', async () => {
    await start(ANA, 'busy', 60);
    await until(ANA, 'busy', 'watching');
    // Right after a sweep: until the next one she has time for more than one renewal, and a keepalive has something to move.
    const { host, clock } = world.rig;
    await host.until(Math.ceil(clock.now() / SWEEP_MS) * SWEEP_MS + 30_000);
    let kept = 0;
    await takeDown(async () => {
      if ((await send(ANA, 'POST', '/labs/busy/keepalive')).status < 300) kept += 1;
    });
    expect(kept).toBeGreaterThan(1);
    expect(world.left()).toEqual([]);
    await until(ADMIN, 'busy', 'ended');
    expect((await read<LabView>(ADMIN, '/labs/busy')).report?.end).toMatchObject({ reason: 'lease', by: 'sweep' });
  });
});
