/**
 * After provisioning: takes back what an earlier setting granted and this one does not, which no incremental deployment does: rights in a subscription that is no
 * longer named, in another given group, and to admit people where nobody is to be admitted.
 *
 * A scope in which something of a lab is left keeps its rights until that is gone, or the app could not remove it.
 */
import { findRemains } from './lab-groups.ts';
import type { Hook, HookDeps } from './hook.ts';
import { assignmentsIn, findRoles, isOf, removeAssignment, removeRole, wantedIn, type Found } from './rights.ts';

export const reconcileRights: Hook = async (deps) => {
  for (const found of await findRoles(deps)) await reconcileIn(deps, found);
};

async function reconcileIn(deps: HookDeps, { subscriptionId, roles }: Found): Promise<void> {
  const wanted = wantedIn(deps.env, subscriptionId);
  const assignments = await assignmentsIn(deps, subscriptionId);
  for (const { kind, role } of roles) {
    const granted = wanted[kind];
    if (granted?.scope === null) continue;
    const scope = granted?.scope;
    const withdrawn = assignments.filter(isOf(role)).filter((it) => !isSame(it.properties.scope, scope));
    // With people in a lab it ends as any lab does, and their role goes after them.
    if (kind === 'participant' && withdrawn.length > 0) {
      deps.say(
        `The role "${role.properties.roleName}" is kept for the labs that people are in. Run "azd up" again when they have ended.`,
      );
      continue;
    }
    const kept = [];
    for (const it of withdrawn) {
      if (await isInUse(deps, it.properties.scope)) kept.push(it.properties.scope);
      else await removeAssignment(deps, it);
    }
    if (kept.length > 0) {
      deps.say(
        `Something of a lab is left in ${kept.join(', ')}, so the app keeps its rights there. Run "azd up" again when it is gone.`,
      );
    } else if (scope === undefined) {
      await removeRole(deps, role);
    } else if (withdrawn.length > 0) {
      deps.say(
        `Took back the role "${role.properties.roleName}" in ${withdrawn.map((it) => it.properties.scope).join(', ')}.`,
      );
    }
  }
}

const isSame = (a: string, b: string | undefined): boolean => a.toLowerCase() === b?.toLowerCase();

/** Whether Azure holds something of this installation's labs below a scope. */
async function isInUse(deps: HookDeps, scope: string): Promise<boolean> {
  const installation = deps.env['APP_INSTALLATION'];
  if (installation === undefined || installation === '') return true;
  const remains = await findRemains(deps, installation, [scope.split('/')[2]!.toLowerCase()]);
  return remains.some((id) => `${id}/`.toLowerCase().startsWith(`${scope}/`.toLowerCase()));
}
