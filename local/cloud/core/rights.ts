// What the app's identity may do: all but what the landscape denies, or just what it grants.
import type { Grant, Landscape } from '../landscape.ts';
import type { CloudState } from './state.ts';

/** Whether `action` is allowed on `scope`, the path of a group, a resource or a subscription. */
export function mayDo({ landscape }: CloudState, action: string, scope: string): boolean {
  const denied = landscape.denied.some((rule) => glob(rule.action).test(action) && within(scope, rule.scope ?? '/'));
  return !denied && grantsAt(landscape, scope).some((it) => it.actions.some((one) => glob(one).test(action)));
}

/** Whether the data action is granted on `scope`; null where the landscape grants nothing by name, and role assignments decide. */
export const mayDoOnData = ({ landscape }: CloudState, action: string, scope: string): boolean | null =>
  landscape.granted === undefined
    ? null
    : grantsAt(landscape, scope).some((it) => it.dataActions.some((one) => glob(one).test(action)));

/** What `GET …/permissions` tells of `scope`. */
export const permissionsAt = ({ landscape }: CloudState, scope: string): object[] => {
  const notActions = landscape.denied.filter((it) => within(scope, it.scope ?? '/')).map((it) => it.action);
  return grantsAt(landscape, scope).map(({ actions, dataActions }) => ({
    actions,
    notActions,
    dataActions,
    notDataActions: [],
  }));
};

const EVERYTHING: Grant = { scope: '/', actions: ['*'], dataActions: [] };

const grantsAt = ({ granted }: Landscape, scope: string): Grant[] =>
  (granted ?? [EVERYTHING]).filter((it) => within(scope, it.scope));

/** Whether `path` is `scope` or below it, in any case. */
export const within = (path: string, scope: string): boolean =>
  `${path.replace(/\/+$/, '')}/`.toLowerCase().startsWith(`${scope.replace(/\/+$/, '')}/`.toLowerCase());

const glob = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 'i');
