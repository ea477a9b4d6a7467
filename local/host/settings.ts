// App settings and host.json, resolved as the Functions host and Core Tools do.
// (learn.microsoft.com/azure/azure-functions/functions-app-settings, functions-host-json, functions-run-local)
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { VersionSettings } from './durable/versions.ts';
import { StartError } from '../start-error.ts';
import { messageOf } from './errors.ts';

/** What this host reads of host.json. */
export type HostJson = {
  readonly extensions?: {
    readonly http?: { readonly routePrefix?: string };
    readonly durableTask?: VersionSettings & {
      readonly hubName?: string;
      readonly maxConcurrentActivityFunctions?: number;
      readonly maxConcurrentOrchestratorFunctions?: number;
    };
  };
};

export const readJson = (path: string): Record<string, unknown> => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (error: unknown) {
    throw new StartError(`${basename(path)} cannot be read: ${messageOf(error)}`);
  }
};

/** Replaces every `%NAME%` by the setting of that name. Throws when there is none. */
export const resolveSettings = (text: string): string =>
  text.replace(/%([^%]+)%/g, (whole, name: string) => {
    const value = process.env[name];
    if (value === undefined)
      throw new StartError(`'${whole}' does not resolve to a value: set the app setting ${name}`);
    return value;
  });

/** Puts settings where the app finds them, unless they are there already. Call the returned function to take them out. */
export const applySettings = (settings: Readonly<Record<string, string>>): (() => void) => {
  const added = Object.keys(settings).filter((name) => process.env[name] === undefined);
  for (const name of added) process.env[name] = settings[name];
  return () => {
    for (const name of added) delete process.env[name];
  };
};

/** The settings and the port of local.settings.json, if the app has one. */
export const readLocalSettings = (appDir: string): { values: Record<string, string>; port?: number } => {
  const path = join(appDir, 'local.settings.json');
  if (!existsSync(path)) return { values: {} };
  const { IsEncrypted, Values, Host } = readJson(path) as {
    IsEncrypted?: boolean;
    Values?: Record<string, unknown>;
    Host?: { LocalHttpPort?: number };
  };
  if (IsEncrypted) throw new StartError('local.settings.json is encrypted: run "func settings decrypt" first');
  const values = Object.fromEntries(Object.entries(Values ?? {}).map(([name, value]) => [name, String(value)]));
  return { values, ...(Host?.LocalHttpPort === undefined ? {} : { port: Host.LocalHttpPort }) };
};

const overridePrefix = /^AzureFunctionsJobHost__/i;

/** host.json, with every setting `AzureFunctionsJobHost__a__b` put in the place of its value `a.b`. Keys have no case. */
export const readHostJson = (appDir: string): HostJson => {
  const host = readJson(join(appDir, 'host.json'));
  for (const [name, value] of Object.entries(process.env)) {
    if (!overridePrefix.test(name) || value === undefined) continue;
    const keys = name.replace(overridePrefix, '').split('__');
    const last = keys.pop() ?? '';
    let target = host;
    for (const key of keys) target = (target[sameKey(target, key)] ??= {}) as Record<string, unknown>;
    target[sameKey(target, last)] = /^(-?\d+|true|false)$/.test(value) ? (JSON.parse(value) as unknown) : value;
  }
  return host;
};

const sameKey = (target: object, key: string): string =>
  Object.keys(target).find((known) => known.toLowerCase() === key.toLowerCase()) ?? key;

/** Whether the setting that disables a function is on; its dots are underscores where names allow no dot. */
export const isDisabled = (functionName: string): boolean =>
  [`AzureWebJobs.${functionName}.Disabled`, `AzureWebJobs_${functionName}_Disabled`].some((name) =>
    /^(true|1)$/i.test(process.env[name] ?? ''),
  );
