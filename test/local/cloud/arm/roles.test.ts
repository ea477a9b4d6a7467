// Role assignments are held to what Azure says of them: names, principals, roles, scopes and filters.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startAzure, type Azure } from './azure.ts';

let azure: Azure;
let group: string;
const ANA = 'aaaaaaaa-1111-4111-8111-111111111111';
const NOBODY = '99999999-1111-4111-8111-111111111111';
const READER = 'acdd72a7-3385-48ef-bd42-f606fba81ae7';
const NAME = '1b671a64-40d5-491e-99b0-da01ff1f3341';

beforeAll(async () => {
  azure = await startAzure();
  azure.cloud.bystanders.person({ objectId: ANA, userName: 'ana@example.org' });
});
beforeEach(async () => {
  group = `/subscriptions/${azure.subscription}/resourceGroups/rg-a`;
  await azure.arm('PUT', `${group}?api-version=2025-04-01`, { location: 'eastus2' });
});
afterEach(() => {
  expect(azure.cloud.unknownRoutes).toEqual([]);
  azure.cloud.reset();
});
afterAll(async () => {
  await azure.cloud.close();
  azure.clock.restore();
});

const pathOf = (name: string, scope = group): string =>
  `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}?api-version=2022-04-01`;
const definition = (role = READER): string =>
  `/subscriptions/${azure.subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`;
const assign = (properties: object, name = NAME, scope = group) =>
  azure.arm('PUT', pathOf(name, scope), {
    properties: { roleDefinitionId: definition(), principalId: ANA, ...properties },
  });
const list = async (scope: string, filter = ''): Promise<string[]> => {
  const query = filter === '' ? '' : `&$filter=${encodeURIComponent(filter)}`;
  const answer = await azure.arm(
    'GET',
    `${scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01${query}`,
  );
  return (answer.json.value as { name: string }[]).map((it) => it.name);
};

describe('an assignment is refused', () => {
  it.each([
    ['under a name that is no GUID', {}, 'my-role', 'InvalidRoleAssignmentId'],
    ['for a principal that is no GUID', { principalId: 'nobody' }, NAME, 'InvalidPrincipalId'],
    ['for a principal that the directory does not have', { principalId: NOBODY }, NAME, 'PrincipalNotFound'],
    ['for a person called a service', { principalType: 'ServicePrincipal' }, NAME, 'UnmatchedPrincipalType'],
    ['for what is no type of principal', { principalType: 'Ghost' }, NAME, 'InvalidRequestContent'],
  ])('%s', async (_what, properties, name, code) => {
    expect(await assign(properties, name)).toMatchObject({ status: 400, code });
    expect(azure.cloud.inventory().filter((it) => it.origin === 'ours')).toHaveLength(1);
  });

  it('for a role that nobody has defined', async () => {
    expect(await assign({ roleDefinitionId: definition(NOBODY) })).toMatchObject({
      status: 400,
      code: 'RoleDefinitionDoesNotExist',
    });
  });

  it('on a group or a resource that does not exist', async () => {
    expect(await assign({}, NAME, group.replace('rg-a', 'rg-b'))).toMatchObject({ code: 'ResourceGroupNotFound' });
    const missing = `${group}/providers/Microsoft.Databricks/workspaces/none`;
    expect(await assign({}, NAME, missing)).toMatchObject({ status: 404, code: 'ResourceNotFound' });
  });

  it('for deletion under a name that is no GUID, and is nothing where it is gone', async () => {
    expect(await azure.arm('DELETE', pathOf('my-role'))).toMatchObject({
      status: 400,
      code: 'InvalidRoleAssignmentId',
    });
    expect((await azure.arm('DELETE', pathOf(NAME))).status).toBe(204);
  });
});

describe('an assignment', () => {
  it('may be for a principal too new to be seen, once its type is told', async () => {
    expect((await assign({ principalId: NOBODY, principalType: 'User' })).status).toBe(201);
  });

  it('keeps the type of its principal, and says when and by whom it was made', async () => {
    const { json } = await assign({});
    expect(json.properties).toMatchObject({
      principalType: 'User',
      createdOn: new Date(azure.clock.now()).toISOString(),
      createdBy: azure.cloud.state.identity.objectId,
    });
  });
});

describe('lists', () => {
  const BELOW = '2b671a64-40d5-491e-99b0-da01ff1f3341';
  const ABOVE = '3b671a64-40d5-491e-99b0-da01ff1f3341';
  const SEEDED = '00000000-0000-4000-8000-000000000001';
  let subscription: string;
  beforeEach(async () => {
    subscription = `/subscriptions/${azure.subscription}`;
    const { id } = await azure.cloud.bystanders.workspace({ group: 'rg-a' });
    await assign({}, BELOW, id);
    await assign({ roleDefinitionId: definition() }, NAME);
    await assign({}, ABOVE, subscription);
  });

  it('show what is at, above and below the scope', async () => {
    expect((await list(group)).toSorted()).toEqual([SEEDED, NAME, BELOW, ABOVE].toSorted());
  });

  it('leave out what is below, by atScope()', async () => {
    expect((await list(group, 'atScope()')).toSorted()).toEqual([SEEDED, NAME, ABOVE].toSorted());
  });

  it.each([`principalId eq '${ANA}'`, `assignedTo('${ANA}')`])('leave out other principals, by %s', async (filter) => {
    expect((await list(group, filter)).toSorted()).toEqual([NAME, BELOW, ABOVE].toSorted());
    expect((await list(group, `atScope() and ${filter}`)).toSorted()).toEqual([NAME, ABOVE].toSorted());
  });

  it('refuse a filter that is none', async () => {
    const answer = await azure.arm(
      'GET',
      `${group}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=nonsense`,
    );
    expect(answer.status).toBe(400);
  });
});
