/** People in a lab: let into its workspace, handed its cluster, and gone with it. */
import { beforeAll, describe, expect, it } from 'vitest';
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import { assignmentName } from '../../src/lab/participants.ts';
import { english } from '../../src/pages/words/en.ts';
import { portuguese } from '../../src/pages/words/pt-br.ts';
import { useWorld } from './world.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

const ROLE = '5a1c9e0e-2f64-4b2c-9a51-0c8d3f6e7b10';
const ANA = 'aaaaaaaa-1111-4111-8111-111111111111';
const RUI = 'bbbbbbbb-2222-4222-8222-222222222222';
const NOBODY = 'cccccccc-3333-4333-8333-333333333333';
const UPN = 'ana@example.org';

const world = useWorld({ settings: { LAB_PARTICIPANT_ROLE_ID: ROLE } });
const cloud = () => world.rig.cloud;
beforeAll(() => {
  cloud().bystanders.person({ objectId: ANA, userName: UPN });
  cloud().bystanders.person({ objectId: RUI, userName: 'rui@example.org' });
});
const rolesGiven = () =>
  armOf(cloud().state)
    .roleAssignments.values()
    .filter((it) => it.maker === 'ours');
const workspaceId = () => armOf(cloud().state).workspaces.values()[0]?.id ?? '';
const clusters = () => databricksOf(cloud().state).clusters.values();
const acls = () => Object.assign({}, ...databricksOf(cloud().state).acls.values()) as Record<string, string>;
const watching = (id: string) => world.until(id, (view) => view.phase === 'watching');
const pageOf = async (id: string, language = 'en'): Promise<string> => {
  const headers = { accept: 'text/html', 'accept-language': language };
  return (await world.rig.host.fetch(`/api/labs/${id}/report`, { headers })).text();
};
const deny = (action: string) =>
  cloud().faults.add({
    pattern: 'PUT *roleAssignments/*',
    kind: 'status',
    status: 403,
    body: { error: { code: 'AuthorizationFailed', message: `The client may not perform action '${action}'.` } },
    fire: 100,
  });

describe('participants', () => {
  it('get the one role on the workspace resource and nowhere else, once each, and lose it with the lab', async () => {
    const id = await world.start({ participants: [ANA, RUI, ANA.toUpperCase()] });
    const view = await watching(id);
    expect(view.access).toEqual({ admitted: 2, refused: [] });
    const scope = workspaceId();
    expect(rolesGiven().map((it) => [it.scope, it.principalId, it.roleId])).toEqual([
      [scope, ANA, ROLE],
      [scope, RUI, ROLE],
    ]);
    expect(rolesGiven().map((it) => it.id.split('/').at(-1))).toEqual(
      [ANA, RUI].map((principalId) => assignmentName({ workspaceId: scope, principalId, roleId: ROLE })),
    );
    expect(acls()).toMatchObject({ 'group_name:users': 'CAN_READ' });
    expect(view.links.portal).toBe(`https://portal.azure.com/#resource${scope}`);
    const ended = await world.ended(id);
    expect(ended.report?.facts?.access).toEqual({ admitted: [ANA, RUI], refused: [] });
    expect(rolesGiven()).toEqual([]);
    expect(world.left()).toEqual([]);
  });

  it('are let in once when the answer to letting them in was lost', async () => {
    cloud().faults.add({ pattern: 'PUT *roleAssignments/*', kind: 'reset', when: 'after' });
    await watching(await world.start({ participants: [ANA] }));
    expect(rolesGiven()).toHaveLength(1);
  });

  it('who are nobody to Entra are told of, and the others are let in', async () => {
    const view = await watching(await world.start({ participants: [NOBODY, RUI] }));
    expect(view.access?.admitted).toBe(1);
    expect(view.access?.refused).toEqual([{ id: NOBODY, why: expect.stringContaining('PrincipalNotFound') as string }]);
    const page = await pageOf(view.id);
    expect(page).toContain(english.report.access.admitted(1));
    expect(page).toContain(english.report.access.refused);
    expect(page).toMatch(new RegExp(`${NOBODY}</code>: .*PrincipalNotFound`));
  });

  it('cannot be let in where the app lacks the right, which the plan says before anything is made', async () => {
    const { state } = cloud();
    state.landscape.denied = [{ action: 'Microsoft.Authorization/roleAssignments/write' }];
    const view = await world.ended(await world.start({ participants: [ANA] }));
    expect(view.problem).toMatchObject({ code: 'missing-right' });
    expect(view.problem?.message).toContain('Microsoft.Authorization/roleAssignments/write');
    expect(world.creations(/^PUT .*\/workspaces\/[^/]+$/)).toBe(0);
  });

  it('whose role is refused at the last moment do without, and so does the lab', async () => {
    deny('Microsoft.Authorization/roleAssignments/write');
    const id = await world.start({ participants: [ANA] });
    expect((await watching(id)).access).toMatchObject({ admitted: 0, refused: [{ id: ANA }] });
    await world.end(id);
    expect((await world.ended(id)).report?.outcome).toBe('healthy');
  });

  it('keep no workspace alive whose roles cannot be withdrawn', async () => {
    cloud().faults.add({ pattern: 'GET *roleAssignments*', kind: 'status', status: 403, fire: 100 });
    const id = await world.start({ participants: [ANA] });
    await watching(id);
    await world.end(id);
    await world.ended(id);
    expect(armOf(cloud().state).workspaces.values()).toEqual([]);
  });

  it('leave other people’s roles on the workspace alone', async () => {
    const id = await world.start({ participants: [ANA] });
    await watching(id);
    const theirs = `${workspaceId()}/providers/Microsoft.Authorization/roleAssignments/11111111-0000-4000-8000-000000000000`;
    const role = { id: theirs, scope: workspaceId(), roleId: ROLE, principalId: RUI, createdAt: 0, createdBy: RUI };
    armOf(cloud().state).roleAssignments.put(theirs.toLowerCase(), {
      ...role,
      principalType: 'User',
      maker: 'bystander',
    });
    await world.end(id);
    await world.ended(id);
    const deleted = cloud().requests.filter((it) => it.method === 'DELETE' && it.path.includes('roleAssignments'));
    expect(deleted.map((it) => it.path.includes('11111111-0000'))).toEqual([false]);
  });

  it('of a given workspace are refused by name: whom it admits is its owner’s to say', async () => {
    const workspace = `/subscriptions/${cloud().state.subscriptionIds[0]}/resourceGroups/rg/providers/Microsoft.Databricks/workspaces/given`;
    const response = await world.post({ participants: [ANA], databricks: { workspaceId: workspace } });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ field: 'participants' }] });
  });
});

describe('the hand-over', () => {
  it('comes after the verification: the cluster restarts for its person, who may start it again', async () => {
    const id = await world.start({ handOver: UPN });
    const view = await watching(id);
    expect(view.access).toEqual({ admitted: 0, refused: [], handedOverTo: UPN });
    expect(clusters().map((it) => [it.singleUser, it.state])).toEqual([[UPN, 'RUNNING']]);
    expect(acls()).toMatchObject({ [`user_name:${UPN}`]: 'CAN_RESTART' });
    expect(await pageOf(id, 'pt-BR')).toContain(portuguese.report.access.handedOver(UPN));
    const done = view.steps.map((it) => it.name);
    expect(done.indexOf('hand-over')).toBeGreaterThan(done.indexOf('notebook-verification'));
    expect(world.creations(/^POST .*\/clusters\/edit$/)).toBe(1);
    expect(world.creations(/^POST .*\/clusters\/create$/)).toBe(1);
    await world.ended(id);
    expect(world.left()).toEqual([]);
  });

  it('edits once when the answer of the edit was lost', async () => {
    cloud().faults.add({ pattern: 'POST */clusters/edit', kind: 'reset', when: 'after' });
    const view = await watching(await world.start({ handOver: UPN }));
    expect(view.access?.handedOverTo).toBe(UPN);
    expect(cloud().requests.filter((it) => it.path.endsWith('/clusters/edit'))).toHaveLength(1);
  });

  it('makes somebody known to the workspace who has never signed in there, once, before the cluster restarts', async () => {
    cloud().faults.add({ pattern: 'POST */scim/v2/Users', kind: 'reset', when: 'after' });
    const view = await watching(await world.start({ handOver: UPN }));
    expect(view.access?.handedOverTo).toBe(UPN);
    const members = databricksOf(cloud().state).members.values();
    expect(members.filter((it) => it.userName === UPN)).toHaveLength(1);
    const calls = cloud().requests.map((it) => `${it.method} ${it.path}`);
    expect(calls.filter((it) => it === 'POST /api/2.0/preview/scim/v2/Users')).toHaveLength(1);
    expect(calls.indexOf('POST /api/2.0/preview/scim/v2/Users')).toBeLessThan(
      calls.indexOf('POST /api/2.1/clusters/edit'),
    );
  });

  it('adds nobody to a given workspace: its step says that the person must be known there', async () => {
    const given = await cloud().bystanders.workspace();
    const id = await world.start({ handOver: UPN, databricks: { workspaceId: given.id } });
    const step = (await watching(id)).steps.find((it) => it.name === 'hand-over');
    expect(step).toMatchObject({ state: 'failed', note: expect.stringContaining('person-not-in-workspace') as string });
    expect(world.creations(/^POST .*Users$/)).toBe(0);
    expect(world.creations(/^POST .*clusters\/edit$/)).toBe(0);
    expect(clusters().map((it) => it.singleUser)).toEqual([cloud().state.identity.clientId]);
  });

  it.each([
    [
      'may not add people',
      'POST */scim/v2/Users',
      403,
      { detail: 'Only admins can add users.', status: '403' },
      'person-not-in-workspace',
    ],
    [
      'finds the person gone again',
      'PATCH */permissions/clusters/*',
      404,
      { error_code: 'RESOURCE_DOES_NOT_EXIST', message: `Principal: UserName(${UPN}) does not exist` },
      'does not exist',
    ],
    [
      'has lost the right to give the cluster away',
      'PATCH */permissions/clusters/*',
      403,
      { error_code: 'PERMISSION_DENIED', message: 'You do not have permission to change access.' },
      'PERMISSION_DENIED',
    ],
  ])(
    'where the app %s is told by its step within minutes, and the lab goes on',
    async (_what, pattern, status, body, said) => {
      cloud().faults.add({ pattern, kind: 'status', status, body, fire: 100 });
      const id = await world.start({ handOver: UPN });
      const view = await watching(id);
      const step = view.steps.find((it) => it.name === 'hand-over');
      expect(step).toMatchObject({ state: 'failed', note: expect.stringContaining(said) as string });
      expect(Date.parse(step?.endedAt ?? '') - Date.parse(step?.startedAt ?? '')).toBeLessThan(15 * 60_000);
      await world.end(id);
      expect((await world.ended(id)).report?.outcome).toBe('healthy');
      expect(world.left()).toEqual([]);
    },
  );

  it('that is refused is told by its step, and the lab goes on as it was', async () => {
    cloud().faults.add({
      pattern: 'POST */clusters/edit',
      kind: 'status',
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message: `User ${UPN} does not exist` },
      // The second try is refused as well.
      fire: 2,
    });
    const view = await watching(await world.start({ handOver: UPN }));
    expect(view.access?.handedOverTo).toBeUndefined();
    expect(view.steps.find((it) => it.name === 'hand-over')).toMatchObject({ state: 'failed' });
  });

  it('hears of an end that comes while the cluster restarts', async () => {
    const id = await world.start({ handOver: UPN });
    await world.until(id, (view) => view.steps.some((it) => it.name === 'hand-over'));
    expect((await world.end(id)).status).toBe(202);
    const view = await world.ended(id);
    expect(view.report?.end.reason).toBe('asked');
    expect(world.left()).toEqual([]);
  });
});
