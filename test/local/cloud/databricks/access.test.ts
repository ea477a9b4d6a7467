// Who can be named in a workspace's access lists, with what, and how somebody becomes known to it.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NODE_TYPE, runningCluster, singleNode, startLab, type Lab } from './workspace-harness.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
beforeEach(() => lab.renew());
afterEach(() => {
  expect(lab.cloud.unknownRoutes).toEqual([]);
});
afterAll(() => lab.close());

const UPN = 'ana@example.org';
const addUser = (userName: string) => lab.ws('POST', '/api/2.0/preview/scim/v2/Users', { userName });
const found = async (userName: string): Promise<unknown> =>
  (await lab.ws('GET', `/api/2.0/preview/scim/v2/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`)).json
    .totalResults;
type Entry = Record<string, unknown>;
const grant = (cluster: string, entry: Entry, method = 'PATCH') =>
  lab.ws(method, `/api/2.0/permissions/clusters/${cluster}`, { access_control_list: [entry] });

describe('a principal', () => {
  it('whom the workspace has never seen is given nothing', async () => {
    const cluster = await runningCluster(lab);
    for (const [entry, named] of [
      [{ user_name: UPN }, `UserName(${UPN})`],
      [{ group_name: 'students' }, 'GroupName(students)'],
      [{ service_principal_name: 'app' }, 'ServicePrincipalName(app)'],
    ] as const) {
      const answer = await grant(cluster, { ...entry, permission_level: 'CAN_RESTART' });
      expect(answer).toMatchObject({ status: 404, json: { message: `Principal: ${named} does not exist` } });
    }
  });

  it('is known once an admin has added it, and once only', async () => {
    const cluster = await runningCluster(lab);
    expect(await found(UPN)).toBe(0);
    expect((await addUser(UPN)).status).toBe(201);
    expect((await addUser(UPN.toUpperCase())).status).toBe(409);
    expect(await found(UPN)).toBe(1);
    expect((await grant(cluster, { user_name: UPN, permission_level: 'CAN_RESTART' })).status).toBe(200);
    expect((await addUser('nobody')).status).toBe(400);
  });

  it('is named in one way', async () => {
    const cluster = await runningCluster(lab);
    const entry = { user_name: UPN, group_name: 'users', permission_level: 'CAN_RESTART' };
    expect((await grant(cluster, entry)).status).toBe(400);
    expect((await grant(cluster, { permission_level: 'CAN_RESTART' })).status).toBe(400);
  });

  it('is no person where a service principal of that name is meant', async () => {
    const cluster = await runningCluster(lab);
    const entry = { user_name: lab.cloud.state.identity.clientId, permission_level: 'CAN_RESTART' };
    expect((await grant(cluster, entry)).status).toBe(404);
  });
});

it('an access list has the creator and the admins from the beginning', async () => {
  const cluster = await runningCluster(lab);
  const { json } = await lab.ws('GET', `/api/2.0/permissions/clusters/${cluster}`);
  expect(json.access_control_list).toEqual([
    {
      service_principal_name: lab.cloud.state.identity.clientId,
      all_permissions: [{ permission_level: 'CAN_MANAGE', inherited: false }],
    },
    {
      group_name: 'admins',
      all_permissions: [{ permission_level: 'CAN_MANAGE', inherited: true, inherited_from_object: ['/clusters/'] }],
    },
  ]);
});

describe('a run', () => {
  const submit = async (more: object, task: object = {}) =>
    lab.ws('POST', '/api/2.2/jobs/runs/submit', {
      tasks: [
        {
          task_key: 'a',
          existing_cluster_id: await runningCluster(lab),
          notebook_task: { notebook_path: '/Shared/n', source: 'WORKSPACE' },
          ...task,
        },
      ],
      ...more,
    });
  const access = (entry: Entry) => ({ access_control_list: [entry] });

  it.each([
    ['a level that runs do not have', access({ group_name: 'users', permission_level: 'CAN_RESTART' }), 400],
    ['a group that the workspace does not have', access({ group_name: 'students', permission_level: 'CAN_VIEW' }), 404],
    ['somebody unknown', access({ user_name: UPN, permission_level: 'CAN_VIEW' }), 404],
  ])('is not submitted with %s in its access list', async (_what, more, status) => {
    expect((await submit(more)).status).toBe(status);
    expect((await lab.ws('GET', '/api/2.2/jobs/runs/list')).json).toEqual({ has_more: false });
  });

  it('is submitted for everybody to see', async () => {
    expect((await submit(access({ group_name: 'users', permission_level: 'CAN_VIEW' }))).status).toBe(200);
  });

  it.each([
    [{ notebook_task: { notebook_path: 'Shared/n' } }, 'Only absolute paths are currently supported'],
    [{ notebook_task: { notebook_path: 'n', source: 'GIT' } }, 'notebooks of the workspace only'],
    [{ max_retries: 'x' }, 'max_retries'],
    [{ max_retries: -2 }, 'max_retries'],
  ])('is not submitted with the task %j', async (task, message) => {
    const answer = await submit({}, task);
    expect(answer.status).toBe(400);
    expect(answer.json.message).toContain(message);
  });
});

describe('a cluster', () => {
  const create = (more: object) => lab.ws('POST', '/api/2.1/clusters/create', singleNode({ ...more }));

  it.each([
    [{ num_workers: -1 }, 'num_workers'],
    [{ data_security_mode: 'NOPE' }, 'data_security_mode'],
    [{ single_user_name: UPN }, 'does not exist in the workspace'],
    [{ runtime_engine: 'STEAM' }, 'runtime_engine'],
    [{ idempotency_token: 'a'.repeat(65) }, 'at most 64 characters'],
  ])('is not made with %j', async (more, message) => {
    const answer = await create(more);
    expect(answer.status).toBe(400);
    expect(answer.json.message).toContain(message);
  });

  it('is made once for one token, and again when it has ended', async () => {
    const first = (await create({ idempotency_token: 't' })).json.cluster_id;
    expect((await create({ idempotency_token: 't' })).json.cluster_id).toBe(first);
    expect((await create({ idempotency_token: 'u' })).json.cluster_id).not.toBe(first);
    await lab.ws('POST', '/api/2.1/clusters/delete', { cluster_id: first });
    await lab.pass(60_000);
    expect((await create({ idempotency_token: 't' })).json.cluster_id).not.toBe(first);
  });

  it('says how its machines are bought, and is served under the older version too', async () => {
    const { cluster_id: id } = (await lab.ws('POST', '/api/2.0/clusters/create', singleNode())).json;
    const { json } = await lab.ws('GET', `/api/2.0/clusters/get?cluster_id=${String(id)}`);
    expect(json).toMatchObject({
      node_type_id: NODE_TYPE,
      azure_attributes: { availability: 'ON_DEMAND_AZURE', first_on_demand: 1, spot_bid_max_price: -1 },
    });
  });
});

it('a notebook that is not base64 is not imported', async () => {
  const body = { path: '/Shared/n', format: 'SOURCE', language: 'PYTHON', content: 'x = 1' };
  const answer = await lab.ws('POST', '/api/2.0/workspace/import', body);
  expect(answer).toMatchObject({ status: 400, json: { error_code: 'MALFORMED_REQUEST' } });
});

it('whoever has no credential is told which kind is wanted', async () => {
  const { headers } = await lab.ws('GET', '/api/2.0/preview/scim/v2/Me', undefined, { authorization: undefined });
  expect(headers.get('www-authenticate')).toContain('Bearer');
});
