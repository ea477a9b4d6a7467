/** The hooks of azd: what they ask, in what order they give up, and what a person reads. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { workspaceId } from '../../src/lab/arm-ids.ts';
import { resourceNames } from '../../src/lab/names.ts';
import { TAGS } from '../../src/lab/tags.ts';
import { endLabs } from '../../scripts/azd/end-labs.ts';
import { listLabs } from '../../scripts/azd/list-labs.ts';
import { missingFrom } from '../../scripts/azd/package-app.ts';
import { prepareSubscriptions } from '../../scripts/azd/prepare-subscriptions.ts';
import { reconcileRights } from '../../scripts/azd/reconcile-rights.ts';
import { removeRights } from '../../scripts/azd/remove-rights.ts';
import { rolesOf } from '../../scripts/azd/rights.ts';
import {
  deletes,
  deps,
  group,
  KEY,
  lab,
  OTHER_SUBSCRIPTION as OTHER,
  patches,
  refOf,
  tagsSignedFor,
  said,
  STARTED,
  SUBSCRIPTION,
  useHookWorld,
  world,
} from './hook-world.ts';

useHookWorld();
const OTHER_LETTERS = 'abcdefab-2222-3333-4444-555555555555';

describe('before azd down', () => {
  it('ends every lab once, waits for the slowest, and tells what each is doing', async () => {
    world.labs = [lab('one', 1), lab('two', 5)];
    await endLabs(deps());
    expect(world.labs).toEqual([]);
    expect(deletes()).toEqual(['DELETE /api/labs/one', 'DELETE /api/labs/two']);
    expect(said).toContain('  two: tearing-down, remove-workspace in eastus2 (0 s)');
    expect(said.slice(-2)).toEqual(['All labs have ended.', 'Azure holds nothing of a lab of this installation.']);
  });

  it('ends a lab that was started while it waited', async () => {
    world.labs = [lab('one', 2)];
    const steps = deps();
    await endLabs({
      ...steps,
      sleep: async (ms) => {
        if (world.nowMs === 0) world.labs.push(lab('late', 1));
        await steps.sleep(ms);
      },
    });
    expect(deletes()).toEqual(['DELETE /api/labs/one', 'DELETE /api/labs/late']);
  });

  it('asks a lab again that does not end, then refuses to go on and says which', async () => {
    world.labs = [lab('stuck', null)];
    await expect(endLabs(deps())).rejects.toThrow(/stuck \(owner ann\): tearing-down, remove-workspace in eastus2/);
    expect(deletes()).toHaveLength(9);
  });

  it('refuses to go on while Azure still holds something of ours that the app does not know', async () => {
    world.tagged = [`/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-lab-lost`];
    await expect(endLabs(deps())).rejects.toThrow(`/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-lab-lost`);
  });

  it('waits for lists of Azure that lag behind', async () => {
    world.tagged = [`/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-lab-gone`];
    const steps = deps();
    await endLabs({ ...steps, sleep: async (ms) => void ((world.tagged = []), await steps.sleep(ms)) });
    expect(said.at(-1)).toBe('Azure holds nothing of a lab of this installation.');
  });

  it('goes on regardless only when told to, and lists what stays behind', async () => {
    world.labs = [lab('stuck', null)];
    world.tagged = [`/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-lab-stuck`];
    await endLabs(deps({ LAB_DOWN_ANYWAY: 'true' }));
    expect(said.at(-1)).toContain(`/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-lab-stuck`);
  });

  it('asks Azure itself when the app is broken: nothing left lets it go on, something left does not', async () => {
    world.app = 'down';
    await endLabs(deps());
    expect(said[0]).toContain('The app does not answer');
    world.tagged = [`/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-lab-lost`];
    await expect(endLabs(deps())).rejects.toThrow('The app, which would remove them, does not answer.');
  });

  it.each([
    ['no deployment', {}, { APP_FUNCTION_ID: '', APP_INSTALLATION: '' }],
    ['no function app', { site: false }, {}],
    ['no code', { app: 'empty' as const }, {}],
  ])('has nothing to end where there is %s', async (_, change, env) => {
    Object.assign(world, change);
    await endLabs(deps(env));
    expect(said[0]).toMatch(/^No app to ask for labs/);
  });

  describe('with sign-in on, where no function key opens the app,', () => {
    it.each(['sign-in', 'login-page'] as const)(
      'asks for the end of each lab, and the sweep ends them (%s)',
      async (app) => {
        world.app = app;
        world.groups = [group('one', 2), group('two', 20)];
        await endLabs(deps());
        expect(world.groups).toEqual([]);
        expect(patches(), 'one write for each lab').toHaveLength(2);
        expect(said[0]).toMatch(/refuses the function key/);
        expect(said).toContain('  two: its end is asked for: the next sweep ends it (15 s)');
        expect(said.slice(-2)).toEqual(['All labs have ended.', 'Azure holds nothing of a lab of this installation.']);
      },
    );

    it('asks once, or the sweep could never tell a stuck lab', async () => {
      world.app = 'sign-in';
      world.groups = [group('one', 30)];
      await endLabs(deps());
      expect(patches()).toHaveLength(1);
    });

    it('asks again at once where the app has written the tags of the group meanwhile', async () => {
      world.app = 'sign-in';
      world.groups = [group('one', 5)];
      const steps = deps();
      await endLabs({
        ...steps,
        sleep: async (ms) => {
          if (world.nowMs === 15_000) delete world.groups[0]!.tags[TAGS.end];
          await steps.sleep(ms);
        },
      });
      expect(patches()).toHaveLength(2);
      expect(world.nowMs).toBeLessThan(3 * 60_000);
    });

    it('writes nothing to a group that Databricks made, which carries the tags of its workspace, and goes not on without it', async () => {
      world.app = 'sign-in';
      const ref = refOf('one');
      const { workspace, managedGroup } = resourceNames(ref, 1);
      const tags = tagsSignedFor(workspaceId(ref.subscriptionId, ref.group, workspace), 'one');
      world.groups = [{ name: managedGroup, dies: null, tags }];
      await expect(endLabs(deps())).rejects.toThrow(managedGroup);
      expect(patches()).toEqual([]);
    });

    it('neither asks for the end of what somebody else has tagged, nor waits for it', async () => {
      world.app = 'sign-in';
      const forged = group('one', null);
      world.groups = [{ ...forged, tags: { ...forged.tags, [TAGS.lab]: 'two' } }];
      await endLabs(deps());
      expect(patches()).toEqual([]);
    });

    it('refuses at once where the sweep only rehearses, for nobody would end the labs', async () => {
      world.app = 'sign-in';
      world.groups = [group('one', null)];
      await expect(endLabs(deps({ LAB_SWEEP_DRY_RUN: 'true' }))).rejects.toThrow('LAB_SWEEP_DRY_RUN');
      expect(world.nowMs).toBe(0);
    });

    it('refuses to go on when the sweep does not end a lab, and says which', async () => {
      world.app = 'sign-in';
      world.groups = [group('stuck', null)];
      await expect(endLabs(deps())).rejects.toThrow(/stuck \(owner ann\): its end is asked for/);
    });
  });

  it('expects no sweep of an app that is stopped, and says how to start it', async () => {
    world.stopped = true;
    world.app = 'sign-in';
    world.groups = [group('one', null)];
    await expect(endLabs(deps())).rejects.toThrow('Nothing was deleted');
    expect(said[0]).toContain('az functionapp start');
    expect(patches()).toEqual([]);
  });

  it('never prints the function key', async () => {
    world.labs = [lab('one', 1)];
    await endLabs(deps());
    expect(said.join('\n')).not.toContain(KEY);
  });
});

describe('before a deployment', () => {
  it('lists the labs that live', async () => {
    world.labs = [lab('one', null)];
    await listLabs(deps());
    expect(said).toEqual(['1 lab lives and will go on with the new code:', '  one: watching, owner ann, since then']);
  });

  it('lists them by their groups where no function key opens the app', async () => {
    world.app = 'sign-in';
    world.groups = [group('one', null)];
    await listLabs(deps());
    expect(said).toEqual([
      '1 lab lives and will go on with the new code:',
      `  one: its lease runs, owner ann, since ${STARTED}`,
    ]);
  });

  it('stops nothing when the app cannot be asked', async () => {
    world.app = 'down';
    await listLabs(deps());
    expect(said).toEqual([expect.stringMatching(/^No labs to list: the app answered 503/)]);
  });

  it('knows a package that is not whole', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'package-'));
    writeFileSync(path.join(folder, 'host.json'), '{}');
    writeFileSync(path.join(folder, 'package.json'), '{"main":"dist/index.js"}');
    const missing = missingFrom(folder);
    rmSync(folder, { recursive: true });
    expect(missing).toEqual(['notebook/llmops-lab.py', 'dist/index.js']);
  });
});

describe('before provisioning', () => {
  it('registers what is not registered, and waits for it', async () => {
    world.registered.set('Microsoft.Databricks', 3);
    await prepareSubscriptions(deps());
    expect(world.calls.filter((it) => it.startsWith('POST'))).toEqual([
      `POST /subscriptions/${SUBSCRIPTION}/providers/Microsoft.Databricks/register`,
    ]);
    expect(world.nowMs).toBeGreaterThan(0);
  });

  it('refuses a region that has no Flex Consumption, and one without the scheduler where that is chosen', async () => {
    await expect(prepareSubscriptions(deps({ AZURE_LOCATION: 'westus9' }))).rejects.toThrow(
      /region westus9 .*Flex Consumption/,
    );
    await prepareSubscriptions(deps({ AZURE_LOCATION: 'eastus2' }));
    const env = { AZURE_LOCATION: 'eastus2', LAB_DURABLE_BACKEND: 'durableTaskScheduler' };
    await expect(prepareSubscriptions(deps(env))).rejects.toThrow(/region eastus2 .*no Durable Task Scheduler/);
  });

  it('refuses a given group that does not exist', async () => {
    world.group = false;
    const env = { LAB_RIGHTS: 'group', LAB_RESOURCE_GROUP: 'rg-given' };
    await expect(prepareSubscriptions(deps(env))).rejects.toThrow('"rg-given" of LAB_RESOURCE_GROUP does not exist');
  });
});

describe('settings that would deploy, and keep the app from starting,', () => {
  it.each([
    [{ LAB_RIGHTS: 'groups' }, 'LAB_RIGHTS'],
    [{ LAB_RIGHTS: 'group' }, 'LAB_RESOURCE_GROUP must name'],
    [
      { LAB_RIGHTS: 'group', LAB_RESOURCE_GROUP: 'rg-given', LAB_ALLOWED_SUBSCRIPTION_IDS: OTHER },
      'LAB_ALLOWED_SUBSCRIPTION_IDS must be empty',
    ],
    [{ LAB_RESOURCE_GROUP: 'ends with a dot.' }, 'LAB_RESOURCE_GROUP must be the name'],
    [{ LAB_DURABLE_BACKEND: 'netherite' }, 'LAB_DURABLE_BACKEND'],
    [{ LAB_NODE_VERSION: '20' }, 'LAB_NODE_VERSION'],
    [{ LAB_PARTICIPANTS: 'yes' }, 'LAB_PARTICIPANTS'],
    [{ LAB_ALERT_EMAIL: 'me' }, 'LAB_ALERT_EMAIL must be an e-mail address'],
    [{ LAB_SWEEP_SCHEDULE: '*/5 * * * *' }, 'LAB_SWEEP_SCHEDULE must be an NCRONTAB expression of six fields'],
    [{ LAB_SWEEP_SCHEDULE: '0 61 * * * *' }, 'LAB_SWEEP_SCHEDULE'],
    [{ LAB_SUBSCRIPTION_ID: 'my-subscription' }, 'must be subscription ids: my-subscription'],
    [{ LAB_ALLOWED_SUBSCRIPTION_IDS: `${OTHER};${SUBSCRIPTION}` }, 'must be subscription ids'],
    [{ LAB_INSTALLATION: 'Mine' }, 'LAB_INSTALLATION must be 3-40'],
    [{ LAB_REGIONS: 'East US 2' }, 'LAB_REGIONS'],
    [{ LAB_LEASE_MINUTES: '5' }, 'LAB_LEASE_MINUTES'],
    [{ LAB_OWNER_MAX_LABS: 'many' }, 'LAB_OWNER_MAX_LABS'],
    [{ LAB_PRICES_ENDPOINT: 'prices.azure.com' }, 'LAB_PRICES_ENDPOINT must be an https URL'],
    [{ LAB_SWEEP_DRY_RUN: 'perhaps' }, 'LAB_SWEEP_DRY_RUN'],
  ])('%j are refused before anything is made', async (env, said) => {
    await expect(prepareSubscriptions(deps(env as unknown as Record<string, string>))).rejects.toThrow(said);
    expect(world.calls).toEqual([]);
  });

  it('are told all at once', async () => {
    const env = { LAB_RIGHTS: 'all', LAB_LEASE_MINUTES: '5', LAB_WARN_MINUTES: '0' };
    await expect(prepareSubscriptions(deps(env))).rejects.toThrow(
      /LAB_RIGHTS .*\n.*LAB_LEASE_MINUTES .*\n.*LAB_WARN_MINUTES /,
    );
  });

  it.each([
    { LAB_RIGHTS: '', LAB_LEASE_MINUTES: '', LAB_ALLOWED_SUBSCRIPTION_IDS: ',' },
    { LAB_SUBSCRIPTION_ID: OTHER_LETTERS.toUpperCase(), LAB_ALLOWED_SUBSCRIPTION_IDS: `${OTHER_LETTERS}, ${OTHER},` },
    { AZURE_CLIENT_ID: 'of a pipeline, not of the app', ARM_ENDPOINT: 'of somebody else' },
  ])('are not these: %j', async (env) => {
    await prepareSubscriptions(deps(env));
    expect(said.at(-1)).toMatch(/^Resource providers of labs are registered/);
  });
});

describe('before provisioning without a subscription, as the first "azd provision" runs it,', () => {
  it('tells how to choose one', async () => {
    await expect(prepareSubscriptions(deps({ AZURE_SUBSCRIPTION_ID: '' }))).rejects.toThrow('run "azd up"');
    expect(world.calls).toEqual([]);
  });
});

describe('after azd down', () => {
  const mine = { environmentName: 'dev', subscriptionId: SUBSCRIPTION };
  const assignment = (at: string, name: string, roleDefinitionId: string) => ({
    id: `/subscriptions/${at}/providers/Microsoft.Authorization/roleAssignments/${name}`,
    properties: { roleDefinitionId, scope: `/subscriptions/${at}` },
  });
  beforeEach(() => void (world.group = false));

  it("removes the app's own roles with their assignments, also when Azure still counts one, and no other", async () => {
    const { lab: role } = rolesOf(mine, SUBSCRIPTION);
    const { lab: production } = rolesOf({ ...mine, environmentName: 'production' }, SUBSCRIPTION);
    world.roles = [role, production];
    world.assignments = [
      assignment(SUBSCRIPTION, 'a1', role.id.toUpperCase()),
      assignment(SUBSCRIPTION, 'a2', production.id),
    ];
    world.roleRefusals = 2;
    await removeRights(deps());
    expect(world.roles).toEqual([production]);
    expect(world.assignments.map((it) => it.properties.roleDefinitionId)).toEqual([production.id]);
  });

  it("leaves the rights of an app of the same name in another subscription, whose labs are in this app's", async () => {
    const theirs = Object.values(rolesOf({ ...mine, subscriptionId: OTHER }, OTHER));
    const ours = Object.values(rolesOf(mine, OTHER));
    world.roles = [...theirs, ...ours];
    world.assignments = [...theirs, ...ours].map((it, index) => assignment(OTHER, `a${index}`, it.id));
    await removeRights(deps({ LAB_SUBSCRIPTION_ID: OTHER }));
    expect(world.roles).toEqual(theirs);
    expect(world.assignments.map((it) => it.properties.roleDefinitionId)).toEqual(theirs.map((it) => it.id));
  });

  it('takes the assignments in every subscription before a role that lies in one of them', async () => {
    const { participant } = rolesOf(mine, SUBSCRIPTION);
    world.roles = [participant];
    world.assignments = [assignment(OTHER, 'a1', participant.id)];
    await removeRights(deps({ LAB_ALLOWED_SUBSCRIPTION_IDS: `${OTHER.toUpperCase()},` }));
    expect([world.roles, world.assignments]).toEqual([[], []]);
    expect(deletes()).toHaveLength(2);
  });

  it('keeps a role that has the id of one of ours and not its name, and says so', async () => {
    const { lab: role } = rolesOf(mine, SUBSCRIPTION);
    world.roles = [{ ...role, properties: { roleName: 'Somebody else made this' } }];
    await removeRights(deps());
    expect(deletes()).toEqual([]);
    expect(said[0]).toContain('"Somebody else made this"');
  });

  it('keeps the rights of an app that is still there', async () => {
    world.group = true;
    world.roles = Object.values(rolesOf(mine, SUBSCRIPTION));
    await removeRights(deps());
    expect(deletes()).toEqual([]);
  });
});

describe('after provisioning', () => {
  const mine = { environmentName: 'dev', subscriptionId: SUBSCRIPTION };
  const here = rolesOf(mine, SUBSCRIPTION);
  const there = rolesOf(mine, OTHER);
  const at = (scope: string, role: { id: string }) => ({
    id: `${scope}/providers/Microsoft.Authorization/roleAssignments/of-${role.id.slice(-12)}`,
    properties: { roleDefinitionId: role.id, scope },
  });
  const subscription = (id: string) => `/subscriptions/${id}`;
  const group = (name: string) => `${subscription(SUBSCRIPTION)}/resourceGroups/${name}`;
  const scopes = () => world.assignments.map((it) => it.properties.scope);

  beforeEach(() => {
    world.roles = [here.lab];
    world.assignments = [at(subscription(SUBSCRIPTION), here.lab)];
  });

  it('leaves what the settings grant', async () => {
    await reconcileRights(deps());
    expect(deletes()).toEqual([]);
  });

  it('takes back the rights in a subscription that is no longer named', async () => {
    world.roles.push(there.lab);
    world.assignments.push(at(subscription(OTHER), there.lab));
    await reconcileRights(deps({ LAB_ALLOWED_SUBSCRIPTION_IDS: `${OTHER.toUpperCase()},` }));
    expect(deletes()).toEqual([]);
    await reconcileRights(deps());
    expect(world.roles).toEqual([here.lab]);
    expect(scopes()).toEqual([subscription(SUBSCRIPTION)]);
  });

  it('takes back the rights in a group that another one has taken the place of, and in any where none is given', async () => {
    world.roles.push(here.group);
    world.assignments.push(at(group('rg-old'), here.group), at(group('rg-new'), here.group));
    await reconcileRights(deps({ LAB_RIGHTS: 'group', LAB_RESOURCE_GROUP: 'RG-new' }));
    expect(scopes()).toEqual([subscription(SUBSCRIPTION), group('rg-new')]);
    await reconcileRights(deps());
    expect(world.roles).toEqual([here.lab]);
    expect(scopes()).toEqual([subscription(SUBSCRIPTION)]);
  });

  it('takes back the right to admit people, and their role once nobody has it', async () => {
    const workspace = `${group('rg-lab-one')}/providers/Microsoft.Databricks/workspaces/w`;
    world.roles.push(here.access, here.participant);
    world.assignments.push(at(subscription(SUBSCRIPTION), here.access), at(workspace, here.participant));
    await reconcileRights(deps());
    expect(world.roles).toEqual([here.lab, here.participant]);
    expect(scopes()).toEqual([subscription(SUBSCRIPTION), workspace]);
    expect(said.join('\n')).toContain('is kept for the labs that people are in');
    world.assignments.pop();
    await reconcileRights(deps());
    expect(world.roles).toEqual([here.lab]);
  });

  it('leaves them where something of a lab is left, which the app has to remove', async () => {
    world.roles.push(there.lab);
    world.assignments.push(at(subscription(OTHER), there.lab));
    world.tagged = [`${subscription(OTHER)}/resourceGroups/rg-lab-one`];
    await reconcileRights(deps());
    expect(deletes()).toEqual([]);
    expect(said.join('\n')).toContain(`is left in ${subscription(OTHER)}`);
  });

  it('passes by a subscription that it may see and not read, unless the settings name it', async () => {
    world.unreadable = OTHER;
    await reconcileRights(deps());
    await expect(reconcileRights(deps({ LAB_ALLOWED_SUBSCRIPTION_IDS: OTHER }))).rejects.toThrow('403');
  });
});
