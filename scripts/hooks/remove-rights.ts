/**
 * After `azd down`: removes the app's roles and their assignments. They live in subscriptions, not in the resource group that azd deletes, and azd has by now
 * forgotten the outputs of the deployment: the roles are found by their names, which `infra/modules/lab-rights.bicep` makes of the same parts.
 */
import { query } from './azure.ts';
import { HookError, labSubscriptions, needed, type Hook, type HookDeps } from './hook.ts';

const AUTHORIZATION_API = '2022-04-01';
const PAUSE_MS = 10_000;
const TRIES = 6;

type Role = { id: string; properties: { roleName: string } };
type Assignment = { id: string; properties: { roleDefinitionId: string; scope: string } };

export const roleNames = (environmentName: string, subscriptionId: string): string[] => {
  const suffix = `(${environmentName} ${subscriptionId.slice(0, 8)})`;
  const kinds = ['', ' group', ' access', ' participant'];
  return kinds.map((kind) => `LLMOps lab${kind} ${suffix}`);
};

export const removeRights: Hook = async (deps) => {
  const name = needed(deps.env, 'AZURE_ENV_NAME');
  const group = `/subscriptions/${needed(deps.env, 'AZURE_SUBSCRIPTION_ID')}/resourcegroups/rg-llmops-lab-${name}`;
  const { status } = await deps.azure.call('GET', `${group}?api-version=2025-04-01`, [200, 404]);
  if (status === 200) {
    deps.say('The resource group of the app still exists: its rights are kept.');
    return;
  }
  for (const id of labSubscriptions(deps.env)) await removeIn(deps, id, roleNames(name, id));
};

async function removeIn(deps: HookDeps, subscriptionId: string, names: string[]): Promise<void> {
  const at = `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization`;
  const custom = query({ $filter: "type eq 'CustomRole'", 'api-version': AUTHORIZATION_API });
  const roles = (await deps.azure.list<Role>(`${at}/roleDefinitions?${custom}`)).filter((it) =>
    names.includes(it.properties.roleName),
  );
  if (roles.length === 0) {
    deps.say(`No role of the app is left in subscription ${subscriptionId}.`);
    return;
  }
  const all = await deps.azure.list<Assignment>(`${at}/roleAssignments?api-version=${AUTHORIZATION_API}`);
  for (const role of roles) {
    const mine = all.filter((it) => it.properties.roleDefinitionId.toLowerCase() === role.id.toLowerCase());
    for (const { id } of mine) await deps.azure.call('DELETE', `${id}?api-version=${AUTHORIZATION_API}`, [200, 204]);
    await removeRole(deps, role);
    deps.say(`Removed the role "${role.properties.roleName}" and ${mine.length} of its assignments.`);
  }
}

/** A role is refused as long as Azure still counts an assignment of it, which may take a minute. */
async function removeRole(deps: HookDeps, role: Role): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await deps.azure.call('DELETE', `${role.id}?api-version=${AUTHORIZATION_API}`, [200, 204]);
      return;
    } catch (error) {
      if (!(error instanceof HookError) || attempt === TRIES) throw error;
      await deps.sleep(PAUSE_MS);
    }
  }
}
