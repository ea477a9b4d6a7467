// Who is let in, when, and how the refusals read: the errors that people report after ARM said Succeeded.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DATABRICKS_AUDIENCE } from '../../../../local/cloud/databricks/gate.ts';
import { armOf } from '../../../../local/cloud/arm/tables.ts';
import { startLab, type Lab } from './workspace-harness.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
beforeEach(() => lab.renew());
afterEach(() => {
  expect(lab.cloud.unknownRoutes).toEqual([]);
});
afterAll(() => lab.close());

const ME = '/api/2.0/preview/scim/v2/Me';
const token = (audience: string, principal = {}): string => lab.cloud.state.issueToken(audience, 3_600_000, principal);
const MANAGEMENT = { 'x-databricks-azure-sp-management-token': undefined };

describe('readiness', () => {
  const young = (ageMs: number): void => {
    const workspace = lab.workspace();
    const { workspaces } = armOf(lab.cloud.state);
    workspaces.put(workspace.id.toLowerCase(), { ...workspace, succeededAt: lab.clock.now() - ageMs });
  };

  it('first nothing works, then the compute APIs still do not, then all does', async () => {
    const { workspaceReadyMs } = lab.cloud.state.latency;
    young(0);
    expect((await lab.ws('GET', ME)).json).toMatchObject({ error_code: 'INVALID_PARAMETER_VALUE' });
    young(workspaceReadyMs / 2 - 1);
    expect((await lab.ws('GET', ME)).json).toMatchObject({ error_code: 'INVALID_PARAMETER_VALUE' });
    young(workspaceReadyMs / 2);
    expect((await lab.ws('GET', ME)).status).toBe(200);
    const nodes = await lab.ws('GET', '/api/2.1/clusters/list-node-types');
    expect(nodes.status).toBe(400);
    expect(nodes.json.message).toContain('does not have any associated worker environments');
    young(workspaceReadyMs - 1);
    expect((await lab.ws('GET', '/api/2.1/clusters/list-node-types')).status).toBe(400);
    young(workspaceReadyMs);
    expect((await lab.ws('GET', '/api/2.1/clusters/list-node-types')).status).toBe(200);
  });
});

describe('authentication', () => {
  it("says to a browser that follows a lab's links into it what would stand there in Azure", async () => {
    for (const path of ['/', '/?o=1#job/2', '/ml/experiments/3']) {
      const { status, headers, text } = await lab.ws('GET', path, undefined, { authorization: undefined });
      expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(text).toContain('This is the local cloud');
    }
  });

  it('401 without a token, 403 with a broken one, 401 with one for another resource', async () => {
    expect(await lab.ws('GET', ME, undefined, { authorization: undefined })).toMatchObject({
      status: 401,
      json: { error_code: 401 },
    });
    expect(await lab.ws('GET', ME, undefined, { authorization: 'Bearer x.y.z' })).toMatchObject({ status: 403 });
    const arm = await lab.ws('GET', ME, undefined, {
      authorization: `Bearer ${token('https://management.azure.com/')}`,
    });
    expect(arm.status).toBe(401);
    expect(arm.json.message).toContain(`Expected aud claim to be: ${DATABRICKS_AUDIENCE}`);
  });

  it('a principal that nobody enrolled needs the management token, and only once', async () => {
    expect(await lab.ws('GET', ME, undefined, MANAGEMENT)).toMatchObject({
      status: 403,
      json: { message: 'Management API token must be provided for service principal admin user login' },
    });
    expect((await lab.ws('GET', ME)).status).toBe(200);
    expect((await lab.ws('GET', ME, undefined, MANAGEMENT)).status).toBe(200);
  });

  it('the management token must be one: a token for another resource is refused', async () => {
    const wrong = { 'x-databricks-azure-sp-management-token': token('https://management.azure.com/') };
    expect((await lab.ws('GET', ME, undefined, wrong)).status).toBe(403);
  });

  it('a resource id of another workspace lets nobody in, in HTML', async () => {
    const answer = await lab.ws('GET', ME, undefined, {
      'x-databricks-azure-workspace-resource-id': '/subscriptions/x',
    });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('<title>Error 403 User not authorized.</title>');
  });

  it('a stranger without rights on the resource stays out', async () => {
    const stranger = { objectId: 'stranger', clientId: 'stranger-app' };
    const answer = await lab.ws('GET', ME, undefined, {
      authorization: `Bearer ${token(DATABRICKS_AUDIENCE, stranger)}`,
      'x-databricks-azure-sp-management-token': token('https://management.core.windows.net/', stranger),
    });
    expect(answer.status).toBe(403);
  });

  it('a service principal is known by its application id', async () => {
    const me = await lab.ws('GET', ME);
    expect(me.json.userName).toBe(lab.cloud.state.identity.clientId);
    expect(me.headers.get('x-databricks-org-id')).toBe(lab.workspace().workspaceId);
    expect(
      (await lab.ws('GET', `/api/2.0/workspace/get-status?path=/Users/${lab.cloud.state.identity.clientId}`)).json,
    ).toMatchObject({ object_type: 'DIRECTORY' });
  });
});
