/** After `azd down`: removes the app's roles and their assignments. They live in subscriptions, not in the resource group that azd deletes. */
import { labSubscriptions, type Hook } from './hook.ts';
import { appGroup, assignmentsIn, findRoles, installationOf, isOf, removeAssignment, removeRole } from './rights.ts';

export const removeRights: Hook = async (deps) => {
  const group = appGroup(installationOf(deps.env));
  const { status } = await deps.azure.call('GET', `${group}?api-version=2025-04-01`, [200, 404]);
  if (status === 200) {
    deps.say('The resource group of the app still exists: its rights are kept.');
    return;
  }
  const found = await findRoles(deps);
  const roles = found.flatMap((it) => it.roles.map(({ role }) => role));
  if (roles.length === 0) {
    deps.say('No role of the app is left.');
    return;
  }
  // A role may be assigned in subscriptions other than the one that it was made in, and is refused while it is.
  for (const id of new Set([...labSubscriptions(deps.env), ...found.map((it) => it.subscriptionId)])) {
    const mine = (await assignmentsIn(deps, id)).filter((it) => roles.some((role) => isOf(role)(it)));
    for (const it of mine) await removeAssignment(deps, it);
    if (mine.length > 0) deps.say(`Removed ${mine.length} of its role assignments in subscription ${id}.`);
  }
  for (const role of roles) await removeRole(deps, role);
};
