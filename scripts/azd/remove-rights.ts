/**
 * After `azd down`: removes the app's roles and their assignments. They live in subscriptions, not in the resource group that azd deletes, and azd has by now
 * forgotten the outputs of the deployment. Their ids are computed as the templates compute them, from the app's subscription and environment, and a role goes
 * only if it also has the name that says so.
 */
import { armGuid } from './arm-guid.ts';
import { labSubscriptions, needed, type Hook, type HookDeps } from './hook.ts';
import { HookError } from './hook-error.ts';

const AUTHORIZATION_API = '2022-04-01';
const PAUSE_MS = 10_000;
const TRIES = 6;

type Role = { id: string; properties: { roleName: string } };
type Assignment = { id: string; properties: { roleDefinitionId: string; scope: string } };

/** Whose the roles are: an environment of the same name may exist in another subscription. */
export type Installation = { environmentName: string; subscriptionId: string };

/** Roles that the templates may have made in a subscription of labs, in the order in which `infra/main.bicep` makes them. */
export function rolesOf(app: Installation, labSubscriptionId: string): Role[] {
  const here = `/subscriptions/${labSubscriptionId}`;
  const owner = `${app.environmentName} of ${app.subscriptionId.toLowerCase()}`;
  const role = (seed: string, title: string): Role => ({
    id: `${here}/providers/Microsoft.Authorization/roleDefinitions/${armGuid(here, owner, seed)}`,
    properties: { roleName: `${title} (${owner}) in ${labSubscriptionId}` },
  });
  return [
    role('llmops-lab', 'LLMOps lab'),
    role('llmops-lab-group', 'LLMOps lab group'),
    role('llmops-lab-participant', 'LLMOps lab participant'),
    role('llmops-lab-access', 'LLMOps lab access'),
  ];
}

export const removeRights: Hook = async (deps) => {
  const app = {
    environmentName: needed(deps.env, 'AZURE_ENV_NAME'),
    subscriptionId: needed(deps.env, 'AZURE_SUBSCRIPTION_ID'),
  };
  const group = `/subscriptions/${app.subscriptionId}/resourcegroups/rg-llmops-lab-${app.environmentName}`;
  const { status } = await deps.azure.call('GET', `${group}?api-version=2025-04-01`, [200, 404]);
  if (status === 200) {
    deps.say('The resource group of the app still exists: its rights are kept.');
    return;
  }
  const subscriptions = labSubscriptions(deps.env);
  const roles: Role[] = [];
  for (const id of subscriptions) roles.push(...(await existingRoles(deps, app, id)));
  // A role may be assigned in subscriptions other than the one that it was made in, and is refused while it is.
  for (const id of subscriptions) await removeAssignments(deps, id, roles);
  for (const role of roles) {
    await removeRole(deps, role);
    deps.say(`Removed the role "${role.properties.roleName}".`);
  }
  if (roles.length === 0) deps.say(`No role of the app is left in ${subscriptions.join(', ')}.`);
};

async function existingRoles(deps: HookDeps, app: Installation, subscriptionId: string): Promise<Role[]> {
  const found: Role[] = [];
  for (const role of rolesOf(app, subscriptionId)) {
    const answer = await deps.azure.call<Role>('GET', `${role.id}?api-version=${AUTHORIZATION_API}`, [200, 404]);
    if (answer.status === 404) continue;
    if (answer.body.properties.roleName === role.properties.roleName) found.push(role);
    else deps.say(`${role.id} is called "${answer.body.properties.roleName}", not as this app calls it: it is kept.`);
  }
  return found;
}

async function removeAssignments(deps: HookDeps, subscriptionId: string, roles: readonly Role[]): Promise<void> {
  if (roles.length === 0) return;
  const guids = roles.map(guidOf);
  const at = `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization`;
  const all = await deps.azure.list<Assignment>(`${at}/roleAssignments?api-version=${AUTHORIZATION_API}`);
  const mine = all.filter((it) => guids.includes(guidOf({ id: it.properties.roleDefinitionId })));
  for (const { id } of mine) await deps.azure.call('DELETE', `${id}?api-version=${AUTHORIZATION_API}`, [200, 204]);
  if (mine.length > 0) deps.say(`Removed ${mine.length} of its role assignments in subscription ${subscriptionId}.`);
}

/** One role is told with another prefix by each subscription that it may be assigned in. */
const guidOf = ({ id }: { id: string }): string => id.split('/').at(-1)!.toLowerCase();

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
