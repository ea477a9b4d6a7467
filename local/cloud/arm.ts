// Azure Resource Manager: the routes of all its providers.
import type { Route } from './router.ts';
import type { CloudState } from './state.ts';

export const armRoutes = (_state: CloudState): Route[] => [];
