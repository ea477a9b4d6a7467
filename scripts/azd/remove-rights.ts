/** After `azd down`: removes the app's roles and their assignments. They live in subscriptions, not in the resource group that azd deletes. */
import { labSubscriptions, type Hook } from './hook.ts';
import {
  appGroup,
  assignmentsIn,
  existingRoles,
  installationOf,
  isOf,
  removeAssignment,
  removeRole,
  subscriptionsToSearch,
  type Role,
} from './rights.ts';

export const removeRights: Hook = async (deps) => {
  const app = installationOf(deps.env);
  const { status } = await deps.azure.call('GET', `${appGroup(app)}?api-version=2025-04-01`, [200, 404]);
  if (status === 200) {
    deps.say('The resource group of the app still exists: its rights are kept.');
    return;
  }
  const named = labSubscriptions(deps.env);
  const roles: Role[] = [];
  const readable: string[] = [];
  for (const id of await subscriptionsToSearch(deps)) {
    try {
      roles.push(...(await existingRoles(deps, app, id)).map((it) => it.role));
      readable.push(id);
    } catch (error) {
      // A subscription that merely can be seen may well refuse to list its roles.
      if (named.includes(id)) throw error;
    }
  }
  if (roles.length === 0) {
    deps.say(`No role of the app is left in ${readable.length} subscriptions.`);
    return;
  }
  // A role may be assigned in subscriptions other than the one that it was made in, and is refused while it is.
  for (const id of readable) {
    const mine = (await assignmentsIn(deps, id)).filter((it) => roles.some((role) => isOf(role)(it)));
    for (const it of mine) await removeAssignment(deps, it);
    if (mine.length > 0) deps.say(`Removed ${mine.length} of its role assignments in subscription ${id}.`);
  }
  for (const role of roles) await removeRole(deps, role);
};
