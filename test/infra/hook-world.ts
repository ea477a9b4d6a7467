/** A small stand-in for Resource Manager and for the deployed app, and what a hook of azd is given to meet it. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { createAzure } from '../../scripts/azd/azure.ts';
import type { HookDeps } from '../../scripts/azd/hook.ts';
import { LAB_PROVIDERS } from '../../scripts/azd/prepare-subscriptions.ts';
import { createOwnership } from '../../src/clients/arm/ownership.ts';
import { groupName, type LabRef } from '../../src/lab/names.ts';
import { TAGS } from '../../src/lab/tags.ts';

export const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555';
export const TAG_KEY = 'a key for the hooks, which guards nothing at all';
const SITE = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-llmops-lab-dev/providers/Microsoft.Web/sites/func`;
export const OTHER_SUBSCRIPTION = '99999999-2222-3333-4444-555555555555';
export const KEY = 'not-a-real-function-key';

/** A lab dies after so many looks since it was asked to end; null: never. */
type FakeLab = { id: string; dies: number | null; asked: boolean };
/** A lab's own group, or another with the tags of one. Where the lease has passed, the sweep ends it within so many looks; null: never. */
type FakeGroup = { name: string; tags: Record<string, string>; dies: number | null };

export const world = {
  labs: [] as FakeLab[],
  site: true,
  stopped: false,
  app: 'up' as 'up' | 'down' | 'empty' | 'sign-in' | 'login-page',
  tagged: [] as string[],
  groups: [] as FakeGroup[],
  group: true,
  /** Regions with Flex Consumption, and with the scheduler, as their services write them. */
  flexRegions: ['Sweden Central', 'East US 2'],
  schedulerRegions: ['Sweden Central'],
  registered: new Map<string, number>(),
  roles: [] as { id: string; properties: { roleName: string } }[],
  assignments: [] as { id: string; properties: { roleDefinitionId: string; scope: string } }[],
  /** A subscription that may be seen and whose roles may not be listed. */
  unreadable: '',
  /** Refusals of the deletion of a role that are still to come. */
  roleRefusals: 0,
  calls: [] as string[],
  nowMs: 0,
};

let server: Server;
let endpoint = '';
export const said: string[] = [];

/** Runs the stand-in for the tests of a file, empty before each. */
export function useHookWorld(): void {
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
      unreadable: '',
      calls: [],
      nowMs: 0,
    });
    said.length = 0;
  });
}

function answer(request: IncomingMessage, body: unknown): [number, unknown?] {
  const url = new URL(request.url ?? '/', endpoint);
  const call = `${request.method} ${url.pathname}`;
  world.calls.push(call);
  if (url.pathname.startsWith('/api/')) return answerAsApp(request, url.pathname);
  if (request.headers.authorization !== 'Bearer azd-token') return [401, { error: { code: 'NoToken' } }];
  if (call === 'GET /subscriptions') {
    return [200, { value: [SUBSCRIPTION, OTHER_SUBSCRIPTION].map((subscriptionId) => ({ subscriptionId })) }];
  }
  if (call === `GET ${SITE}`) {
    return world.site ? [200, { id: SITE, properties: { state: world.stopped ? 'Stopped' : 'Running' } }] : [404, {}];
  }
  if (call === `POST ${SITE}/host/default/listkeys`) return [200, { functionKeys: { default: KEY } }];
  if (/\/(?:resourcegroups|resources)$/.test(url.pathname)) {
    if (url.pathname.endsWith('/resources')) return [200, { value: [] }];
    expect(url.searchParams.get('$filter')).toBe(`tagName eq '${TAGS.installation}' and tagValue eq 'mine'`);
    return [200, { value: listGroups(url.pathname.split('/')[2]!) }];
  }
  const tagged = /^PATCH (.*\/resourceGroups\/([^/]+))\/providers\/Microsoft\.Resources\/tags\/default$/.exec(call);
  if (tagged) return mergeTags(tagged[2]!, body as { operation: string; properties: { tags: Record<string, string> } });
  if (url.pathname.endsWith('/deletedAccounts')) {
    return [200, { value: [{ id: '/foreign', tags: { [TAGS.installation]: 'theirs' } }] }];
  }
  if (/^GET .*\/resourcegroups\/rg-[^/]+$/i.test(call)) return world.group ? [200, {}] : [404, {}];
  if (url.pathname.endsWith('/Microsoft.Web/geoRegions')) {
    expect(url.searchParams.get('sku')).toBe('FlexConsumption');
    return [200, { value: world.flexRegions.map((name) => ({ name })) }];
  }
  if (url.pathname.endsWith('/providers/Microsoft.DurableTask')) {
    return [200, { resourceTypes: [{ resourceType: 'schedulers', locations: world.schedulerRegions }] }];
  }
  const provider = /\/providers\/(Microsoft\.\w+)(\/register)?$/.exec(url.pathname);
  if (provider) return answerAsProvider(provider[1]!, provider[2] !== undefined);
  return answerAsRights(call);
}

function listGroups(subscriptionId: string): object[] {
  for (const it of world.groups) if (endAskedFor(it) && it.dies !== null) it.dies -= 1;
  world.groups = world.groups.filter((it) => it.dies === null || it.dies >= 0);
  const at = `/subscriptions/${SUBSCRIPTION}/resourceGroups`;
  const groups = world.groups.map(({ name, tags }) => ({ id: `${at}/${name}`, name, tags }));
  const here = [...world.tagged.map((id) => ({ id, name: id.split('/').at(-1), tags: tagsSignedFor(id) })), ...groups];
  return here.filter(({ id }) => id.split('/')[2] === subscriptionId);
}

/** Tags of a lab, signed for whatever has this id. */
export const tagsSignedFor = (id: string, labId = 'lost'): Record<string, string> =>
  ownership.tagsFor(refOf(labId), id);

const ownership = createOwnership('mine', { current: TAG_KEY }, () => new Date(world.nowMs));
const endAskedFor = ({ name, tags }: FakeGroup): boolean =>
  ownership.endRequestedAt({ id: `/subscriptions/${SUBSCRIPTION}/resourceGroups/${name}`, tags }) !== null;

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

/** Roles and assignments lie in subscriptions: https://learn.microsoft.com/rest/api/authorization/role-definitions */
function answerAsRights(call: string): [number, unknown?] {
  const [method, path = ''] = call.split(' ');
  if (path.endsWith('/roleAssignments')) {
    const at = path.split('/providers/')[0]!;
    return [200, { value: world.assignments.filter((it) => it.id.startsWith(at)) }];
  }
  if (path.endsWith('/roleDefinitions')) {
    const at = path.split('/providers/')[0]!;
    if (world.unreadable !== '' && at.includes(world.unreadable))
      return [403, { error: { code: 'AuthorizationFailed' } }];
    return [200, { value: world.roles.filter((it) => it.id.startsWith(`${at}/`)) }];
  }
  const role = world.roles.find((it) => it.id === path);
  if (method !== 'DELETE') return [501, { error: { code: 'NotAsked', message: call } }];
  const assigned = world.assignments.some((it) => it.properties.roleDefinitionId.toLowerCase() === path.toLowerCase());
  if (role !== undefined && (assigned || world.roleRefusals > 0)) {
    world.roleRefusals -= 1;
    return [400, { error: { code: 'RoleDefinitionHasAssignments' } }];
  }
  world.roles = world.roles.filter((it) => it !== role);
  world.assignments = world.assignments.filter((it) => it.id !== path);
  return [200, {}];
}

export const deps = (env: Record<string, string> = {}): HookDeps => ({
  env: {
    AZURE_ENV_NAME: 'dev',
    AZURE_LOCATION: 'swedencentral',
    AZURE_SUBSCRIPTION_ID: SUBSCRIPTION,
    APP_FUNCTION_ID: SITE,
    APP_ENDPOINT: endpoint,
    APP_INSTALLATION: 'mine',
    LAB_TAG_KEY: TAG_KEY,
    APP_LAB_SUBSCRIPTIONS: SUBSCRIPTION,
    ...env,
  },
  azure: createAzure(endpoint, async () => 'azd-token'),
  keep: async (name, value) => void kept.set(name, value),
  say: (line) => said.push(line),
  sleep: async (ms) => void (world.nowMs += ms),
  now: () => world.nowMs,
});

export const lab = (id: string, dies: number | null): FakeLab => ({ id, dies, asked: false });
export const STARTED = '1969-12-31T23:00:00.000Z';
export function refOf(id: string): LabRef {
  const identity = { id, subscriptionId: SUBSCRIPTION, installation: 'mine', startedAt: STARTED };
  const name = groupName(identity);
  return { ...identity, owner: 'ann', group: name, resourceGroup: name };
}
export const group = (id: string, dies: number | null, leaseMinutes = 60): FakeGroup => {
  const ref = refOf(id);
  const { group: name } = ref;
  const lease = new Date(leaseMinutes * 60_000).toISOString();
  return { name, dies, tags: ownership.groupTags(ref, { lease, borrowed: {} }) };
};
export const kept = new Map<string, string>();
export const patches = () => world.calls.filter((it) => it.startsWith('PATCH'));
export const deletes = () => world.calls.filter((it) => it.startsWith('DELETE'));
