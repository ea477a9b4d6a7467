/**
 * The roles that `infra` makes in subscriptions and groups of labs, and where it assigns them: computed again here, because azd forgets what it deployed and an
 * incremental deployment takes nothing back. Ids are made of the app's own subscription and environment; a role is ours only if it has the name as well.
 */
import { armGuid } from './arm-guid.ts';
import { labSubscriptions, needed, type HookDeps } from './hook.ts';
import { HookError } from './hook-error.ts';

const AUTHORIZATION_API = '2022-04-01';
const PAUSE_MS = 10_000;
const TRIES = 6;
/** Subscriptions that are asked at a time: some people see hundreds. */
const AT_ONCE = 8;

export type Role = { id: string; properties: { roleName: string } };
type Assignment = { id: string; properties: { roleDefinitionId: string; scope: string } };

/** Whose the roles are: an environment of the same name may exist in another subscription. */
export type Installation = { environmentName: string; subscriptionId: string };

/** `group` is the role of a given group, `access` lets the app admit people, `participant` is what these get. */
export type Kind = 'lab' | 'group' | 'participant' | 'access';

export const installationOf = (env: HookDeps['env']): Installation => ({
  environmentName: needed(env, 'AZURE_ENV_NAME'),
  subscriptionId: needed(env, 'AZURE_SUBSCRIPTION_ID').toLowerCase(),
});

export const appGroup = ({ environmentName, subscriptionId }: Installation): string =>
  `/subscriptions/${subscriptionId}/resourceGroups/rg-llmops-lab-${environmentName}`;

/** Every role that the templates may have made in a subscription of labs. */
export function rolesOf(app: Installation, labSubscriptionId: string): Record<Kind, Role> {
  const here = `/subscriptions/${labSubscriptionId}`;
  const owner = `${app.environmentName} of ${app.subscriptionId.toLowerCase()}`;
  const role = (seed: string, title: string): Role => ({
    id: `${here}/providers/Microsoft.Authorization/roleDefinitions/${armGuid(here, owner, seed)}`,
    properties: { roleName: `${title} (${owner}) in ${labSubscriptionId}` },
  });
  return {
    lab: role('llmops-lab', 'LLMOps lab'),
    group: role('llmops-lab-group', 'LLMOps lab group'),
    participant: role('llmops-lab-participant', 'LLMOps lab participant'),
    access: role('llmops-lab-access', 'LLMOps lab access'),
  };
}

/** Where the templates assign each role in a subscription; no kind: no such role there. No scope: the app gives it, lab by lab. */
export function wantedIn(
  env: HookDeps['env'],
  subscriptionId: string,
): Partial<Record<Kind, { scope: string | null }>> {
  const [first = '', ...further] = labSubscriptions(env);
  const byGroup = env['LAB_RIGHTS'] === 'group';
  const here = `/subscriptions/${subscriptionId}`;
  const isFirst = subscriptionId === first;
  if (!isFirst && (byGroup || !further.includes(subscriptionId))) return {};
  const admitsPeople = env['LAB_PARTICIPANTS'] === 'true';
  const group = env['LAB_RESOURCE_GROUP'] || appGroup(installationOf(env)).split('/').at(-1)!;
  return {
    lab: { scope: here },
    ...(byGroup ? { group: { scope: `${here}/resourceGroups/${group}` } } : {}),
    ...(admitsPeople ? { access: { scope: here } } : {}),
    ...(admitsPeople && isFirst ? { participant: { scope: null } } : {}),
  };
}

/** Those of our roles that exist in a subscription. One with our id and another name is told of, and left. */
async function existingRoles(
  deps: HookDeps,
  app: Installation,
  subscriptionId: string,
): Promise<{ kind: Kind; role: Role }[]> {
  const at = `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions`;
  const there = await deps.azure.list<Role>(
    `${at}?$filter=${encodeURIComponent("type eq 'CustomRole'")}&api-version=${AUTHORIZATION_API}`,
  );
  return Object.entries(rolesOf(app, subscriptionId)).flatMap(([kind, role]) => {
    const found = there.find((it) => guidOf(it.id) === guidOf(role.id));
    if (found === undefined) return [];
    if (found.properties.roleName === role.properties.roleName) return [{ kind: kind as Kind, role }];
    deps.say(`${role.id} is called "${found.properties.roleName}", not as this app calls it: it is kept.`);
    return [];
  });
}

/** Assignments in a subscription, its groups and resources included. */
export const assignmentsIn = (deps: HookDeps, subscriptionId: string): Promise<Assignment[]> =>
  deps.azure.list<Assignment>(
    `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleAssignments?api-version=${AUTHORIZATION_API}`,
  );

/** One role is told with another prefix by each subscription that it may be assigned in. */
export const isOf = (role: Role) => (it: Assignment) => guidOf(it.properties.roleDefinitionId) === guidOf(role.id);

export async function removeAssignment(deps: HookDeps, { id }: Assignment): Promise<void> {
  await deps.azure.call('DELETE', `${id}?api-version=${AUTHORIZATION_API}`, [200, 204]);
}

/** A role is refused as long as Azure still counts an assignment of it, which may take a minute. */
export async function removeRole(deps: HookDeps, role: Role): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await deps.azure.call('DELETE', `${role.id}?api-version=${AUTHORIZATION_API}`, [200, 204]);
      deps.say(`Removed the role "${role.properties.roleName}".`);
      return;
    } catch (error) {
      if (!(error instanceof HookError) || attempt === TRIES) throw error;
      await deps.sleep(PAUSE_MS);
    }
  }
}

export type Found = { subscriptionId: string; roles: { kind: Kind; role: Role }[] };

/**
 * Our roles in every subscription: in those that the settings name, and in all others that whoever runs azd may see, because nobody remembers which were named before.
 * https://learn.microsoft.com/rest/api/resources/subscriptions/list
 */
export async function findRoles(deps: HookDeps): Promise<Found[]> {
  const named = labSubscriptions(deps.env);
  const visible = await deps.azure.list<{ subscriptionId: string }>('/subscriptions?api-version=2022-12-01');
  const all = [...new Set([...named, ...visible.map((it) => it.subscriptionId.toLowerCase())])];
  const look = async (subscriptionId: string): Promise<Found> => {
    const roles = await existingRoles(deps, installationOf(deps.env), subscriptionId).catch((error: unknown) => {
      // A subscription that merely can be seen may well refuse to list its roles.
      if (named.includes(subscriptionId)) throw error;
      return [];
    });
    return { subscriptionId, roles };
  };
  const found: Found[] = [];
  for (let from = 0; from < all.length; from += AT_ONCE)
    found.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map(look))));
  return found.filter((it) => it.roles.length > 0);
}

const guidOf = (id: string): string => id.split('/').at(-1)!.toLowerCase();
