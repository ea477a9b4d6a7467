// Each account and each workspace on a host of its own, found by the address that ARM gives; and who may run inference there.
import { AzureOpenAI } from 'openai';
import { getBearerTokenProvider, ManagedIdentityCredential } from '@azure/identity';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { deploymentOf, MINUTE_MS, quickAccount, startAzure, type Azure } from './azure.ts';
import { armOf } from '../../../../local/cloud/arm/tables.ts';

let azure: Azure;
beforeAll(async () => {
  azure = await startAzure();
});
afterEach(() => {
  expect(azure.cloud.unknownRoutes).toEqual([]);
  azure.cloud.reset();
});
afterAll(async () => {
  await azure.cloud.close();
  azure.clock.restore();
});

const chatOn = async (name: string): Promise<AzureOpenAI> => {
  const account = await azure.cognitive.accounts.get('rg-a', name);
  return new AzureOpenAI({
    endpoint: account.properties?.endpoint as string,
    apiVersion: '2025-04-01-preview',
    maxRetries: 0,
    azureADTokenProvider: getBearerTokenProvider(
      new ManagedIdentityCredential(),
      'https://cognitiveservices.azure.com/.default',
    ),
  });
};
const ask = async (client: AzureOpenAI, model: string) =>
  client.chat.completions.create({ model, messages: [{ role: 'user', content: 'Say hello.' }] });

it('answers a keyless completion once account, deployment and role are known to it', async () => {
  const id = await quickAccount(azure, 'rg-a', 'aoai-a');
  await azure.arm('PUT', `${id}/deployments/chat?api-version=2025-09-01`, deploymentOf('gpt-5.1', '2025-11-13'));
  const client = await chatOn('aoai-a');
  await expect(ask(client, 'chat')).rejects.toMatchObject({ status: 404, code: 'DeploymentNotFound' });
  await azure.pass(MINUTE_MS);
  const completion = await ask(client, 'chat');
  expect(completion.usage?.completion_tokens).toBeGreaterThan(0);
});

it('refuses inference without a role, and until a new one has spread', async () => {
  const { state } = azure.cloud;
  for (const [key] of armOf(state).roleAssignments.entries()) armOf(state).roleAssignments.delete(key);
  const id = await quickAccount(azure, 'rg-a', 'aoai-a');
  await azure.arm('PUT', `${id}/deployments/chat?api-version=2025-09-01`, deploymentOf('gpt-5.1', '2025-11-13'));
  await azure.pass(MINUTE_MS);
  const client = await chatOn('aoai-a');
  await expect(ask(client, 'chat')).rejects.toMatchObject({ status: 401 });
  const role = `${id}/providers/Microsoft.Authorization/roleAssignments/1b671a64-40d5-491e-99b0-da01ff1f3341?api-version=2022-04-01`;
  const roleDefinitionId = `/subscriptions/${azure.subscription}/providers/Microsoft.Authorization/roleDefinitions/5e0bd9bd-7b93-4f28-af87-19fc36ad61bd`;
  const properties = { roleDefinitionId, principalId: state.identity.objectId, principalType: 'ServicePrincipal' };
  expect((await azure.arm('PUT', role, { properties })).status).toBe(201);
  expect((await azure.arm('PUT', role, { properties })).status).toBe(200);
  expect((await azure.arm('PUT', role.replace('1b671a64', '2c671a64'), { properties })).code).toBe(
    'RoleAssignmentExists',
  );
  await expect(ask(client, 'chat')).rejects.toMatchObject({ status: 401 });
  await azure.pass(MINUTE_MS);
  expect((await ask(client, 'chat')).choices.length).toBe(1);
});

it('closes the host of what is deleted, and of everything on reset', async () => {
  const id = await quickAccount(azure, 'rg-a', 'aoai-a');
  const { origin } = armOf(azure.cloud.state).accounts.get(id.toLowerCase()) as { origin: string };
  const workspace = await azure.cloud.bystanders.workspace();
  expect((await fetch(`${workspace.origin}/api/2.0/preview/scim/v2/Me`)).status).toBe(401);
  await azure.arm('DELETE', `${id}?api-version=2025-09-01`);
  await expect(fetch(origin)).rejects.toThrow();
  azure.cloud.reset();
  await expect(fetch(workspace.origin)).rejects.toThrow();
  expect(
    (await azure.arm('GET', `/subscriptions/${azure.subscription}/resourcegroups?api-version=2025-04-01`)).json.value,
  ).toEqual([]);
});
