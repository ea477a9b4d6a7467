/** A request brings only what the operator lends: a lab's participants can read the key of the account that it borrows. */
import { expect, it } from 'vitest';
import { useWorld } from '../e2e/world.ts';

const SUBSCRIPTION = '11111111-1111-4111-8111-111111111111';
const LENT = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-lent`;
const world = useWorld({ settings: { LAB_LENT_RESOURCE_IDS: LENT, LAB_ALLOWED_SUBSCRIPTION_IDS: SUBSCRIPTION } });
const account = (group: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/${group}/providers/Microsoft.CognitiveServices/accounts/aoai-finance`;
const ask = async (body: object) => {
  const response = await world.rig.host.fetch('/api/labs?dryRun=true', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.text() };
};

it.each([
  { openai: { accountId: account('rg-finance') } },
  { openai: { accountId: account('rg-lent-2') } },
  {
    databricks: {
      workspaceId: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-own/providers/Microsoft.Databricks/workspaces/own`,
    },
  },
])('what is not lent is refused before anything is asked of Azure: %j', async (body) => {
  const before = world.rig.cloud.requests.length;
  const answer = await ask(body);
  expect(answer.status).toBe(400);
  expect(answer.body).toContain('is not lent to labs here');
  expect(world.rig.cloud.requests.length).toBe(before);
});

it('what is in a lent group is looked at', async () => {
  expect((await ask({ openai: { accountId: account('RG-Lent') } })).body).not.toContain('is not lent');
});
