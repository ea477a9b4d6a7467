/** The whole life of an installation, by the hooks alone: what azd does around them is played from its source, and the labs live on the local cloud. */
import { LOCAL_TAG_KEY } from '../../local/lab-settings.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { labSettings } from '../../local/lab-settings.ts';
import { createAzure } from '../../scripts/azd/azure.ts';
import { useWorld } from '../e2e/world.ts';
import { down, up, type Environment } from './azd.ts';
import { Subscriptions } from './subscriptions.ts';

const world = useWorld();
const ONE = '11111111-2222-3333-4444-555555555555';
const TWO = '99999999-2222-3333-4444-555555555555';
let subscriptions: Subscriptions;
let said: string[];

/** Where labs are built: the local cloud's own subscription. */
const labs = () => labSettings(world.rig.cloud)['LAB_SUBSCRIPTION_ID']!;

beforeEach(() => {
  subscriptions = new Subscriptions([ONE, TWO], [labs()]);
  said = [];
});

function environment(subscriptionId: string, variables: Record<string, string> = {}): Environment {
  const { cloud, host, clock } = world.rig;
  const elsewhere = createAzure(cloud.settings()['ARM_ENDPOINT']!, async () =>
    cloud.state.issueToken('https://management.azure.com/'),
  );
  const env: Record<string, string> = {
    AZURE_ENV_NAME: 'dev',
    AZURE_LOCATION: 'swedencentral',
    AZURE_SUBSCRIPTION_ID: subscriptionId,
    LAB_SUBSCRIPTION_ID: labs(),
    LAB_TAG_KEY: LOCAL_TAG_KEY,
    ...variables,
  };
  return {
    env,
    subscriptions,
    deps: {
      azure: subscriptions.azure(elsewhere, 'a-key'),
      keep: async () => undefined,
      say: (line) => said.push(line),
      sleep: async (ms) => void (await host.until(clock.now() + ms)),
      now: () => clock.now(),
    },
    platform: {
      endpoint: host.url,
      principalId: `principal in ${subscriptionId}`,
      clientId: subscriptionId.replaceAll('-2222-', '-cccc-'),
    },
  };
}

const settingsOf = ({ env }: Environment) => subscriptions.settings.get(env['APP_FUNCTION_ID']!)!;
const roleNames = () =>
  subscriptions
    .all('Microsoft.Authorization/roleDefinitions')
    .map((it) => (it.body['properties'] as { roleName: string }).roleName);
const of = (subscriptionId: string) => (name: string) => name.includes(`(dev of ${subscriptionId})`);
const groups = () => subscriptions.all('Microsoft.Resources/resourceGroups').map((it) => it.id);

describe('an installation', () => {
  it('keeps across "azd up" what a person has set in the portal: a setting, and sign-in with its secret', async () => {
    const app = environment(ONE);
    await up(app);
    const site = app.env['APP_FUNCTION_ID']!;
    const portal = { MICROSOFT_PROVIDER_AUTHENTICATION_SECRET: 'a secret', WEBSITE_TIME_ZONE: 'Europe/Lisbon' };
    subscriptions.settings.set(site, { ...settingsOf(app), ...portal });
    subscriptions.signIn.set(site, { platform: { enabled: true } });
    const before = settingsOf(app);
    await up(app);
    expect(settingsOf(app)).toEqual(before);
    expect(subscriptions.signIn.get(site)).toEqual({ platform: { enabled: true } });
  });

  it('goes to the scheduler and back, package and settings together', async () => {
    const app = environment(ONE);
    await up(app);
    const before = settingsOf(app);
    app.env['LAB_DURABLE_BACKEND'] = 'durableTaskScheduler';
    await up(app);
    expect(app.deployed).toBe('azureManaged');
    expect(settingsOf(app)).toHaveProperty('DURABLE_TASK_SCHEDULER_CONNECTION_STRING');
    app.env['LAB_DURABLE_BACKEND'] = '';
    await up(app);
    expect(app.deployed).toBe('AzureStorage');
    expect(settingsOf(app)).toEqual(before);
  });

  it('loses its rights in a subscription that is no longer named, and in a group that another has taken the place of', async () => {
    const app = environment(ONE, { LAB_ALLOWED_SUBSCRIPTION_IDS: `${TWO.toUpperCase()},` });
    await up(app);
    expect(roleNames().filter((it) => it.endsWith(TWO))).toHaveLength(1);
    app.env['LAB_ALLOWED_SUBSCRIPTION_IDS'] = '';
    await up(app);
    expect(roleNames()).toHaveLength(1);
    const assigned = () => subscriptions.all('Microsoft.Authorization/roleAssignments').map((it) => it.scope);
    expect(assigned().filter((it) => it.includes(TWO))).toEqual([]);

    world.rig.cloud.bystanders.group({ name: 'rg-first' });
    world.rig.cloud.bystanders.group({ name: 'rg-second' });
    const given = () => assigned().filter((it) => /rg-(?:first|second)$/.test(it));
    Object.assign(app.env, { LAB_RIGHTS: 'group', LAB_RESOURCE_GROUP: 'rg-first' });
    await up(app);
    expect(given()).toEqual([`/subscriptions/${labs()}/resourceGroups/rg-first`]);
    app.env['LAB_RESOURCE_GROUP'] = 'rg-second';
    await up(app);
    expect(given()).toEqual([`/subscriptions/${labs()}/resourceGroups/rg-second`]);
  });

  it('does not start with settings that the app would refuse', async () => {
    const app = environment(ONE, { LAB_LEASE_MINUTES: '5' });
    await expect(up(app)).rejects.toThrow('LAB_LEASE_MINUTES');
    expect(subscriptions.resources.size).toBe(0);
  });

  it('beside another of its name in a second subscription, with labs in one: each goes by itself, and its labs with it', async () => {
    const installation = {
      LAB_INSTALLATION: labSettings(world.rig.cloud)['LAB_INSTALLATION']!,
      LAB_PARTICIPANTS: 'true',
    };
    const one = environment(ONE, installation);
    const two = environment(TWO, { LAB_PARTICIPANTS: 'true' });
    await up(two);
    await up(one);
    const theirs = roleNames().filter(of(TWO));
    expect(roleNames().filter(of(ONE))).toHaveLength(theirs.length);

    const lab = await world.start({});
    await world.until(lab, (view) => view.phase === 'watching');
    await down(one);
    expect(world.left()).toEqual([]);
    expect((await world.ended(lab)).report?.outcome).toBe('healthy');
    expect(roleNames()).toEqual(theirs);
    expect(groups()).toEqual([`/subscriptions/${TWO}/resourceGroups/rg-llmops-lab-dev`]);
    expect(said).toContain('The lab has ended.');

    await down(two);
    expect(subscriptions.resources.size).toBe(0);
  });

  it('leaves alone the group of another project with an environment of the same name, deployed later', async () => {
    const app = environment(ONE);
    await up(app);
    const foreign = `/subscriptions/${ONE}/resourceGroups/rg-shop`;
    subscriptions.deploy([
      {
        type: 'Microsoft.Resources/resourceGroups',
        apiVersion: '',
        id: foreign,
        name: 'rg-shop',
        scope: '',
        file: '',
        after: [],
        body: {},
      },
    ]);
    subscriptions.deployments.push({
      tags: { 'azd-env-name': 'dev', 'azd-project-name': 'shop' },
      subscriptionId: ONE,
      groups: [foreign],
      outputs: [],
    });
    await down(app);
    expect(groups()).toEqual([foreign]);
    expect(roleNames()).toEqual([]);
  });
});
