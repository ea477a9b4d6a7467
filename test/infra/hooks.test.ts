/** The hooks of azd against a small stand-in for Resource Manager and for the deployed app: what they ask, in what order they give up, and what a person reads. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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

const world = {
  labs: [] as FakeLab[],
  site: true,
  app: 'up' as 'up' | 'down' | 'empty',
  tagged: [] as string[],
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
    const [status, body] = answer(request);
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(body === undefined ? '' : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
beforeEach(() => {
  Object.assign(world, {
    labs: [],
    site: true,
    app: 'up',
    tagged: [],
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

function answer(request: IncomingMessage): [number, unknown?] {
  const url = new URL(request.url ?? '/', endpoint);
  const call = `${request.method} ${url.pathname}`;
  world.calls.push(call);
  if (url.pathname.startsWith('/api/')) return answerAsApp(request, url.pathname);
  if (request.headers.authorization !== 'Bearer azd-token') return [401, { error: { code: 'NoToken' } }];
  if (call === `GET ${SITE}`) return world.site ? [200, { id: SITE }] : [404, {}];
  if (call === `POST ${SITE}/host/default/listkeys`) return [200, { functionKeys: { default: KEY } }];
  if (/\/(?:resourcegroups|resources)$/.test(url.pathname)) {
    expect(url.searchParams.get('$filter')).toBe(`tagName eq '${TAGS.installation}' and tagValue eq 'mine'`);
    return [200, { value: url.pathname.endsWith('s/resources') ? [] : world.tagged.map((id) => ({ id })) }];
  }
  if (url.pathname.endsWith('/deletedAccounts')) {
    return [200, { value: [{ id: '/foreign', tags: { [TAGS.installation]: 'theirs' } }] }];
  }
  if (/\/resourcegroups\/rg-/.test(url.pathname)) return world.group ? [200, {}] : [404, {}];
  const provider = /\/providers\/(Microsoft\.\w+)(\/register)?$/.exec(url.pathname);
  if (provider) return answerAsProvider(provider[1]!, provider[2] !== undefined);
  return answerAsRights(call);
}

function answerAsApp(request: IncomingMessage, pathname: string): [number, unknown?] {
  if (world.app === 'down') return [503, { title: 'The host is not running' }];
  if (world.app === 'empty') return [404];
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
