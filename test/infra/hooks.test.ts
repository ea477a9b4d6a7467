/** The hooks of azd against a small stand-in for Resource Manager and for the deployed app: what they ask, in what order they give up, and what a person reads. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { labTags } from '../../src/clients/ownership.ts';
import { groupName } from '../../src/lab/names.ts';
import { TAGS } from '../../src/lab/tags.ts';
import { createAzure } from '../../scripts/hooks/azure.ts';
import { endLabs } from '../../scripts/hooks/end-labs.ts';
import type { HookDeps } from '../../scripts/hooks/hook.ts';
import { listLabs } from '../../scripts/hooks/list-labs.ts';
import { missingFrom } from '../../scripts/hooks/package-app.ts';
import { LAB_PROVIDERS, prepareSubscriptions } from '../../scripts/hooks/prepare-subscriptions.ts';
import { removeRights } from '../../scripts/hooks/remove-rights.ts';

const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555';
const SITE = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-llmops-lab-dev/providers/Microsoft.Web/sites/func`;
const ROLE = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/r1`;
const KEY = 'not-a-real-function-key';

/** A lab dies after so many looks since it was asked to end; null: never. */
type FakeLab = { id: string; dies: number | null; asked: boolean };
/** A lab's own group, or another with the tags of one. Where the lease has passed, the sweep ends it within so many looks; null: never. */
type FakeGroup = { name: string; tags: Record<string, string>; dies: number | null };

const world = {
  labs: [] as FakeLab[],
  site: true,
  stopped: false,
  app: 'up' as 'up' | 'down' | 'empty' | 'sign-in' | 'login-page',
  tagged: [] as string[],
  groups: [] as FakeGroup[],
  group: true,
  registered: new Map<string, number>(),
  roles: [] as { id: string; properties: { roleName: string } }[],
  assignments: [] as { id: string; properties: { roleDefinitionId: string; scope: string } }[],
  /** Refusals of the deletion of a role that are still to come. */
  roleRefusals: 0,
  calls: [] as string[],
};

let server: Server;
let endpoint = '';
const said: string[] = [];
let nowMs = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const [status, body] = answer(request, text === '' ? undefined : JSON.parse(text));
      response
        .writeHead(status, {
          'content-type': 'application/json',
          ...(status === 302 ? { location: `${endpoint}/login` } : {}),
        })
        .end(body === undefined ? '' : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
beforeEach(() => {
  Object.assign(world, {
    labs: [],
    site: true,
    stopped: false,
    app: 'up',
    tagged: [],
    groups: [],
    group: true,
    registered: new Map(LAB_PROVIDERS.map((it) => [it, 0])),
    roles: [],
    assignments: [],
    roleRefusals: 0,
    calls: [],
  });
  said.length = 0;
  nowMs = 0;
});

function answer(request: IncomingMessage, body: unknown): [number, unknown?] {
  const url = new URL(request.url ?? '/', endpoint);
  const call = `${request.method} ${url.pathname}`;
  world.calls.push(call);
  if (url.pathname.startsWith('/api/')) return answerAsApp(request, url.pathname);
  if (request.headers.authorization !== 'Bearer azd-token') return [401, { error: { code: 'NoToken' } }];
  if (call === `GET ${SITE}`) {
    return world.site ? [200, { id: SITE, properties: { state: world.stopped ? 'Stopped' : 'Running' } }] : [404, {}];
  }
  if (call === `POST ${SITE}/host/default/listkeys`) return [200, { functionKeys: { default: KEY } }];
  if (/\/(?:resourcegroups|resources)$/.test(url.pathname)) {
    expect(url.searchParams.get('$filter')).toBe(`tagName eq '${TAGS.installation}' and tagValue eq 'mine'`);
    return [200, { value: url.pathname.endsWith('s/resources') ? [] : listGroups() }];
  }
  const tagged = /^PATCH (.*\/resourceGroups\/([^/]+))\/providers\/Microsoft\.Resources\/tags\/default$/.exec(call);
  if (tagged) return mergeTags(tagged[2]!, body as { operation: string; properties: { tags: Record<string, string> } });
  if (url.pathname.endsWith('/deletedAccounts')) {
    return [200, { value: [{ id: '/foreign', tags: { [TAGS.installation]: 'theirs' } }] }];
  }
  if (/\/resourcegroups\/rg-/.test(url.pathname)) return world.group ? [200, {}] : [404, {}];
  const provider = /\/providers\/(Microsoft\.\w+)(\/register)?$/.exec(url.pathname);
  if (provider) return answerAsProvider(provider[1]!, provider[2] !== undefined);
  return answerAsRights(call);
}

function listGroups(): object[] {
  for (const it of world.groups) if (leaseOf(it) <= nowMs && it.dies !== null) it.dies -= 1;
  world.groups = world.groups.filter((it) => it.dies === null || it.dies >= 0);
  const at = `/subscriptions/${SUBSCRIPTION}/resourceGroups`;
  const groups = world.groups.map(({ name, tags }) => ({ id: `${at}/${name}`, name, tags }));
  return [...world.tagged.map((id) => ({ id, name: id.split('/').at(-1) })), ...groups];
}

const leaseOf = (group: FakeGroup): number => Date.parse(group.tags[TAGS.lease] ?? '');

/** https://learn.microsoft.com/rest/api/resources/tags/update-at-scope */
function mergeTags(name: string, body: { operation: string; properties: { tags: Record<string, string> } }): [number] {
  expect(body.operation).toBe('Merge');
  const group = world.groups.find((it) => it.name === name);
  if (group === undefined) return [404];
  Object.assign(group.tags, body.properties.tags);
  return [200];
}

function answerAsApp(request: IncomingMessage, pathname: string): [number, unknown?] {
  if (world.app === 'down') return [503, { title: 'The host is not running' }];
  if (world.app === 'empty') return [404];
  if (world.app === 'sign-in') return [401];
  if (world.app === 'login-page') return [302];
  if (request.headers['x-functions-key'] !== KEY) return [401];
  const id = pathname.split('/')[3];
  const lab = world.labs.find((it) => it.id === id);
  if (request.method === 'DELETE') {
    if (lab !== undefined) lab.asked = true;
    return [lab === undefined ? 404 : 202, {}];
  }
  if (id !== undefined) {
    if (lab === undefined) return [404];
    return [200, { phase: 'tearing-down', steps: [{ name: 'remove-workspace', state: 'running', region: 'eastus2' }] }];
  }
  for (const it of world.labs) if (it.asked && it.dies !== null) it.dies -= 1;
  world.labs = world.labs.filter((it) => it.dies === null || it.dies >= 0);
  const living = world.labs.map((it) => ({
    id: it.id,
    owner: 'ann',
    phase: 'watching',
    startedAt: 'then',
    lease: null,
  }));
  return [200, { living, ended: [] }];
}

function answerAsProvider(namespace: string, register: boolean): [number, unknown] {
  const left = world.registered.get(namespace) ?? 0;
  if (register) return [200, {}];
  world.registered.set(namespace, Math.max(0, left - 1));
  return [200, { registrationState: left === 0 ? 'Registered' : 'Registering' }];
}

function answerAsRights(call: string): [number, unknown?] {
  if (call.endsWith('/roleDefinitions')) return [200, { value: world.roles }];
  if (call.endsWith('/roleAssignments')) return [200, { value: world.assignments }];
  if (!call.startsWith('DELETE')) return [501, { error: { code: 'NotAsked', message: call } }];
  if (call.endsWith(ROLE) && world.roleRefusals > 0) {
    world.roleRefusals -= 1;
    return [400, { error: { code: 'RoleDefinitionHasAssignments' } }];
  }
  return [200, {}];
}

const deps = (env: Record<string, string> = {}): HookDeps => ({
  env: {
    AZURE_ENV_NAME: 'dev',
    AZURE_SUBSCRIPTION_ID: SUBSCRIPTION,
    APP_FUNCTION_ID: SITE,
    APP_ENDPOINT: endpoint,
    APP_INSTALLATION: 'mine',
    APP_LAB_SUBSCRIPTIONS: SUBSCRIPTION,
    ...env,
  },
  azure: createAzure(endpoint, async () => 'azd-token'),
  say: (line) => said.push(line),
  sleep: async (ms) => void (nowMs += ms),
  now: () => nowMs,
});

const lab = (id: string, dies: number | null): FakeLab => ({ id, dies, asked: false });
const STARTED = '1969-12-31T23:00:00.000Z';
const group = (id: string, dies: number | null, leaseMinutes = 60): FakeGroup => {
  const identity = { id, subscriptionId: SUBSCRIPTION, installation: 'mine', startedAt: STARTED };
  const name = groupName(identity);
  const tags = labTags({ ...identity, owner: 'ann', group: name, resourceGroup: name });
  return { name, dies, tags: { ...tags, [TAGS.lease]: new Date(leaseMinutes * 60_000).toISOString() } };
};
const patches = () => world.calls.filter((it) => it.startsWith('PATCH'));
const deletes = () => world.calls.filter((it) => it.startsWith('DELETE'));

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
        if (nowMs === 0) world.labs.push(lab('late', 1));
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
    world.tagged = ['/subscriptions/s/resourceGroups/rg-lab-lost'];
    await expect(endLabs(deps())).rejects.toThrow('/subscriptions/s/resourceGroups/rg-lab-lost');
  });

  it('waits for lists of Azure that lag behind', async () => {
    world.tagged = ['/subscriptions/s/resourceGroups/rg-lab-gone'];
    const steps = deps();
    await endLabs({ ...steps, sleep: async (ms) => void ((world.tagged = []), await steps.sleep(ms)) });
    expect(said.at(-1)).toBe('Azure holds nothing of a lab of this installation.');
  });

  it('goes on regardless only when told to, and lists what stays behind', async () => {
    world.labs = [lab('stuck', null)];
    world.tagged = ['/subscriptions/s/resourceGroups/rg-lab-stuck'];
    await endLabs(deps({ LAB_DOWN_ANYWAY: 'true' }));
    expect(said.at(-1)).toContain('/subscriptions/s/resourceGroups/rg-lab-stuck');
  });

  it('asks Azure itself when the app is broken: nothing left lets it go on, something left does not', async () => {
    world.app = 'down';
    await endLabs(deps());
    expect(said[0]).toContain('The app does not answer');
    world.tagged = ['/subscriptions/s/resourceGroups/rg-lab-lost'];
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
    it.each(['sign-in', 'login-page'] as const)('expires the leases, and the sweep ends the labs (%s)', async (app) => {
      world.app = app;
      world.groups = [group('one', 2), group('two', 20)];
      await endLabs(deps());
      expect(world.groups).toEqual([]);
      expect(patches(), 'one write for each lab').toHaveLength(2);
      expect(said[0]).toMatch(/refuses the function key.*lease/);
      expect(said).toContain('  two: its lease has passed: the next sweep ends it (15 s)');
      expect(said.slice(-2)).toEqual(['All labs have ended.', 'Azure holds nothing of a lab of this installation.']);
    });

    it('leaves a lease that has passed as it is, or the sweep could never tell a stuck lab', async () => {
      world.app = 'sign-in';
      world.groups = [group('one', 3, -5)];
      await endLabs(deps());
      expect(patches()).toEqual([]);
    });

    it('expires at once the lease that a lab in use has renewed', async () => {
      world.app = 'sign-in';
      world.groups = [group('one', 5)];
      const steps = deps();
      await endLabs({
        ...steps,
        sleep: async (ms) => {
          if (nowMs === 15_000) world.groups[0]!.tags[TAGS.lease] = new Date(90 * 60_000).toISOString();
          await steps.sleep(ms);
        },
      });
      expect(patches()).toHaveLength(2);
      expect(nowMs).toBeLessThan(3 * 60_000);
    });

    it('writes no lease to a group that Databricks made, which carries the tags of its lab', async () => {
      world.app = 'sign-in';
      const managed = { ...group('one', null), name: 'rg-dbw-one' };
      world.groups = [managed];
      await expect(endLabs(deps())).rejects.toThrow('rg-dbw-one');
      expect(patches()).toEqual([]);
    });

    it('refuses at once where the sweep only rehearses, for nobody would end the labs', async () => {
      world.app = 'sign-in';
      world.groups = [group('one', null)];
      await expect(endLabs(deps({ LAB_SWEEP_DRY_RUN: 'true' }))).rejects.toThrow('LAB_SWEEP_DRY_RUN');
      expect(nowMs).toBe(0);
    });

    it('refuses to go on when the sweep does not end a lab, and says which', async () => {
      world.app = 'sign-in';
      world.groups = [group('stuck', null)];
      await expect(endLabs(deps())).rejects.toThrow(/stuck \(owner ann\): its lease has passed/);
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
    expect(nowMs).toBeGreaterThan(0);
  });

  it('refuses the mode of a given group without a group, and with one that does not exist', async () => {
    await expect(prepareSubscriptions(deps({ LAB_RIGHTS: 'group' }))).rejects.toThrow('LAB_RESOURCE_GROUP must name');
    world.group = false;
    const env = { LAB_RIGHTS: 'group', LAB_RESOURCE_GROUP: 'rg-given' };
    await expect(prepareSubscriptions(deps(env))).rejects.toThrow('"rg-given" of LAB_RESOURCE_GROUP does not exist');
  });
});

describe('before provisioning without a subscription, as the first "azd provision" runs it,', () => {
  it('tells how to choose one', async () => {
    await expect(prepareSubscriptions(deps({ AZURE_SUBSCRIPTION_ID: '' }))).rejects.toThrow('run "azd up"');
    expect(world.calls).toEqual([]);
  });
});

describe('after azd down', () => {
  const role = (id: string, roleName: string) => ({ id, properties: { roleName } });
  const assignment = (id: string, roleDefinitionId: string) => ({
    id,
    properties: { roleDefinitionId, scope: `/subscriptions/${SUBSCRIPTION}` },
  });

  it("removes the app's own role with its assignments, also when Azure still counts one, and no other", async () => {
    world.group = false;
    world.roles = [role(ROLE, 'LLMOps lab (dev 11111111)'), role('/other', 'LLMOps lab (production 11111111)')];
    world.assignments = [assignment('/a1', ROLE.toUpperCase()), assignment('/a2', '/other')];
    world.roleRefusals = 2;
    await removeRights(deps());
    expect([...new Set(deletes())]).toEqual(['DELETE /a1', `DELETE ${ROLE}`]);
  });

  it('keeps the rights of an app that is still there', async () => {
    world.roles = [role(ROLE, 'LLMOps lab (dev 11111111)')];
    await removeRights(deps());
    expect(deletes()).toEqual([]);
  });
});
