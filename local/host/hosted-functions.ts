// What an app's functions are reached by: routes and schedules.
import { StartError } from '../start-error.ts';
import { textOption } from './app.ts';
import type { App, LoadedFunction } from './functions-core.ts';
import { createRouter, type Router } from './router.ts';

export type HostedFunction = {
  readonly name: string;
  readonly trigger: string;
  readonly route?: string;
  readonly methods?: readonly string[];
  readonly authLevel?: string;
  readonly schedule?: string;
};

/** Throws `StartError` for a route that this host cannot serve. */
export const routerOf = (app: App): Router<LoadedFunction> =>
  createRouter(
    app.functions
      .filter(({ kind }) => kind === 'http')
      .map((target) => ({ ...routeOf(target, app), name: target.name, target })),
  );

export const hostedFunctions = (app: App): HostedFunction[] => app.functions.map((target) => describe(target, app));

const routeOf = (target: LoadedFunction, { host }: App): { template: string; methods: string[] } => {
  const prefix = host.extensions?.http?.routePrefix ?? 'api';
  const own = textOption(target, 'route', target.name).replace(/^\//, '');
  if (/^(admin|runtime)/i.test(own))
    throw new StartError(`function '${target.name}': the route '${own}' is one of the host's own (admin, runtime)`);
  const methods = (target.trigger['methods'] as string[] | undefined) ?? ['GET', 'POST'];
  return { template: prefix ? `${prefix}/${own}` : own, methods: methods.map((method) => method.toUpperCase()) };
};

const describe = (target: LoadedFunction, app: App): HostedFunction => {
  const { name, kind } = target;
  if (kind === 'timer') return { name, trigger: kind, schedule: textOption(target, 'schedule', '') };
  if (kind !== 'http') return { name, trigger: kind };
  const { template: route, methods } = routeOf(target, app);
  return { name, trigger: kind, route, methods, authLevel: textOption(target, 'authLevel', 'anonymous').toLowerCase() };
};
