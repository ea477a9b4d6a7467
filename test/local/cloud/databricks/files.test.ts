// Secrets, the tree of folders and permissions: their error shapes are 404s where clusters and runs have 400s.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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

describe('secrets', () => {
  const scope = (name = 'llmops') => lab.ws('POST', '/api/2.0/secrets/scopes/create', { scope: name });

  it('live in a scope that exists once', async () => {
    expect((await scope()).json).toEqual({});
    expect(await scope()).toMatchObject({ status: 400, json: { error_code: 'RESOURCE_ALREADY_EXISTS' } });
    expect((await scope('bad name!')).json.error_code).toBe('INVALID_PARAMETER_VALUE');
  });

  it('are written and listed, and never read back', async () => {
    await scope();
    await lab.ws('POST', '/api/2.0/secrets/put', { scope: 'llmops', key: 'k', string_value: 'hidden' });
    const list = await lab.ws('GET', '/api/2.0/secrets/list?scope=llmops');
    expect(list.json).toEqual({ secrets: [{ key: 'k', last_updated_timestamp: expect.any(Number) as number }] });
    expect(list.text).not.toContain('hidden');
  });

  it('in no scope are a 404, which a second deletion of the scope is too', async () => {
    const put = await lab.ws('POST', '/api/2.0/secrets/put', { scope: 'none', key: 'k', string_value: 'v' });
    expect(put).toMatchObject({ status: 404, json: { error_code: 'RESOURCE_DOES_NOT_EXIST' } });
    await scope();
    expect((await lab.ws('POST', '/api/2.0/secrets/scopes/delete', { scope: 'llmops' })).status).toBe(200);
    expect((await lab.ws('POST', '/api/2.0/secrets/scopes/delete', { scope: 'llmops' })).status).toBe(404);
  });

  it('have access lists', async () => {
    await scope();
    await lab.ws('POST', '/api/2.0/secrets/acls/put', { scope: 'llmops', principal: 'users', permission: 'READ' });
    const { items } = (await lab.ws('GET', '/api/2.0/secrets/acls/list?scope=llmops')).json as {
      items: { principal: string }[];
    };
    expect(items.map((it) => it.principal)).toEqual([lab.cloud.state.identity.clientId, 'users']);
  });
});

describe('the tree', () => {
  const importNotebook = (path: string, overwrite: boolean) =>
    lab.ws('POST', '/api/2.0/workspace/import', {
      path,
      format: 'SOURCE',
      language: 'PYTHON',
      content: Buffer.from('x = 1').toString('base64'),
      overwrite,
    });

  it('needs the parent first: 404, then mkdirs, then it imports', async () => {
    expect(await importNotebook('/Users/a/b/n', true)).toMatchObject({
      status: 404,
      json: { message: 'The parent folder (/Users/a/b) does not exist.' },
    });
    for (let times = 0; times < 2; times += 1) {
      expect((await lab.ws('POST', '/api/2.0/workspace/mkdirs', { path: '/Users/a/b' })).status).toBe(200);
    }
    expect((await importNotebook('/Users/a/b/n', true)).status).toBe(200);
    const again = await importNotebook('/Users/a/b/n', false);
    expect(again).toMatchObject({ status: 400, json: { error_code: '', message: '/Users/a/b/n already exists.' } });
  });

  it('is the same with and without /Workspace', async () => {
    await lab.ws('POST', '/api/2.0/workspace/mkdirs', { path: '/Workspace/Shared/x' });
    expect((await lab.ws('GET', '/api/2.0/workspace/get-status?path=/Shared/x')).json).toMatchObject({
      object_type: 'DIRECTORY',
      path: '/Shared/x',
    });
    expect((await lab.ws('GET', '/api/2.0/workspace/get-status?path=/Shared/y')).json).toEqual({
      error_code: 'RESOURCE_DOES_NOT_EXIST',
      message: "Path (/Shared/y) doesn't exist.",
    });
  });

  it('gives back what was imported', async () => {
    await lab.ws('POST', '/api/2.0/workspace/mkdirs', { path: '/Users/a' });
    await importNotebook('/Users/a/n', true);
    const { content } = (await lab.ws('GET', '/api/2.0/workspace/export?path=/Users/a/n')).json as { content: string };
    expect(Buffer.from(content, 'base64').toString()).toBe('x = 1');
  });

  it('deletes folders only recursively, with the experiments in them', async () => {
    await lab.ws('POST', '/api/2.0/workspace/mkdirs', { path: '/Users/a' });
    await lab.ws('POST', '/api/2.0/mlflow/experiments/create', { name: '/Users/a/exp' });
    expect((await lab.ws('POST', '/api/2.0/workspace/delete', { path: '/Users/a' })).json.error_code).toBe(
      'DIRECTORY_NOT_EMPTY',
    );
    expect((await lab.ws('POST', '/api/2.0/workspace/delete', { path: '/Users/a', recursive: true })).status).toBe(200);
    const found = await lab.ws('GET', '/api/2.0/mlflow/experiments/get-by-name?experiment_name=/Users/a/exp');
    expect(found.json.experiment).toMatchObject({ lifecycle_stage: 'deleted' });
    expect((await lab.ws('POST', '/api/2.0/workspace/delete', { path: '/Users/a', recursive: true })).status).toBe(404);
  });
});

describe('permissions', () => {
  it('merge by PATCH, replace by PUT, and need something to belong to', async () => {
    await lab.ws('POST', '/api/2.0/workspace/mkdirs', { path: '/Shared/x' });
    const { object_id: id } = (await lab.ws('GET', '/api/2.0/workspace/get-status?path=/Shared/x')).json as {
      object_id: number;
    };
    const grant = (method: string, group: string, level = 'CAN_READ') =>
      lab.ws(method, `/api/2.0/permissions/directories/${id}`, {
        access_control_list: [{ group_name: group, permission_level: level }],
      });
    await grant('PATCH', 'users');
    expect((await grant('PATCH', 'admins', 'CAN_MANAGE')).json.access_control_list).toHaveLength(4);
    expect((await grant('PUT', 'users')).json.access_control_list).toHaveLength(2);
    expect((await grant('PATCH', 'users', 'CAN_FLY')).status).toBe(400);
    expect((await lab.ws('GET', '/api/2.0/permissions/experiments/1')).status).toBe(404);
  });
});

it('what was put into a workspace is in the inventory, what every workspace has is not', async () => {
  const mine = () =>
    lab.cloud
      .inventory()
      .filter((it) => it.type.startsWith('databricks/'))
      .map((it) => `${it.type} ${it.origin}`);
  await lab.ws('GET', '/api/2.0/preview/scim/v2/Me');
  expect(mine()).toEqual([]);
  await lab.ws('POST', '/api/2.0/secrets/scopes/create', { scope: 'llmops' });
  await lab.ws('POST', '/api/2.0/workspace/mkdirs', { path: '/Shared/x' });
  expect(mine()).toEqual(['databricks/scopes ours', 'databricks/nodes ours']);
  await lab.ws('POST', '/api/2.0/secrets/scopes/delete', { scope: 'llmops' });
  await lab.ws('POST', '/api/2.0/workspace/delete', { path: '/Shared/x' });
  expect(mine()).toEqual([]);
});
