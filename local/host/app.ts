// Loads a function app as the Node worker does and says what it registered. What this host does not run is refused here,
// by name, before anything starts.
import { globSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from './durable/engine.ts';
import {
  installCoreModule,
  type Binding,
  type Callback,
  type FunctionMetadata,
  type Registrations,
} from './functions-core.ts';
import { runAppHooks } from './worker.ts';

/** Something that the person who starts the host has to correct; the message is one line. */
export class StartError extends Error {}

export type TriggerKind = 'http' | 'timer' | 'orchestration' | 'activity';

export type LoadedFunction = {
  readonly name: string;
  readonly kind: TriggerKind;
  readonly metadata: FunctionMetadata;
  readonly callback: Callback;
  readonly triggerName: string;
  readonly trigger: Binding;
  /** Names of the durable client inputs. */
  readonly clientNames: readonly string[];
};

export type HostJson = {
  readonly extensions?: {
    readonly http?: { readonly routePrefix?: string };
    readonly durableTask?: {
      readonly hubName?: string;
      readonly defaultVersion?: string;
      readonly maxConcurrentActivityFunctions?: number;
      readonly maxConcurrentOrchestratorFunctions?: number;
    };
  };
};

export type App = {
  readonly registrations: Registrations;
  readonly functions: readonly LoadedFunction[];
  readonly host: HostJson;
};

const kinds: Readonly<Record<string, TriggerKind>> = {
  httptrigger: 'http',
  timertrigger: 'timer',
  orchestrationtrigger: 'orchestration',
  activitytrigger: 'activity',
};

/** Replaces every `%NAME%` by the setting of that name. Throws when there is none. */
export const resolveSettings = (text: string): string =>
  text.replace(/%([^%]+)%/g, (whole, name: string) => {
    const value = process.env[name];
    if (value === undefined)
      throw new StartError(`'${whole}' does not resolve to a value: set the app setting ${name}`);
    return value;
  });

/** A text option of a function's trigger, with its settings resolved. */
export const textOption = (target: LoadedFunction, name: string, byDefault: string): string => {
  const value = target.trigger[name];
  return typeof value === 'string' ? resolveSettings(value) : byDefault;
};

const readJson = (path: string): Record<string, unknown> => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (error: unknown) {
    throw new StartError(`${basename(path)} cannot be read: ${messageOf(error)}`);
  }
};

const entriesOf = (appDir: string, entry: string | undefined): string[] => {
  const pattern = entry ?? readJson(join(appDir, 'package.json'))['main'];
  if (typeof pattern !== 'string') throw new StartError('package.json names no entry: set "main"');
  const entries = globSync(pattern, { cwd: appDir }).sort();
  if (entries.length === 0) throw new StartError(`no file matches the entry "${pattern}"`);
  return entries.map((file) => resolve(appDir, file));
};

const classify = (metadata: FunctionMetadata, callback: Callback): LoadedFunction => {
  const bindings = Object.entries(metadata.bindings);
  const found = bindings.find(([, binding]) => binding.type.toLowerCase().endsWith('trigger'));
  if (!found) throw new StartError(`function '${metadata.name}' has no trigger`);
  const [triggerName, trigger] = found;
  const refuse = (what: string): StartError =>
    new StartError(`function '${metadata.name}' uses ${what}, which this local host does not run`);
  const kind = kinds[trigger.type.toLowerCase()];
  if (!kind) throw refuse(trigger.type);
  if (metadata.retryOptions !== undefined) throw refuse('a function-level retry policy');
  const clientNames: string[] = [];
  for (const [name, binding] of bindings) {
    if (name === triggerName || (kind === 'http' && binding.type.toLowerCase() === 'http')) continue;
    if (binding.type !== 'durableClient' || binding.direction !== 'in') throw refuse(`the binding ${binding.type}`);
    clientNames.push(name);
  }
  return { name: metadata.name, kind, metadata, callback, triggerName, trigger, clientNames };
};

// One process holds one app: its registrations, like those of any Node worker, are made once.
let loaded: { readonly key: string; readonly registrations: Registrations } | undefined;

/**
 * Imports the app (once per process; later calls reuse its registrations) and reads its host.json.
 * Throws `StartError` for everything that keeps an app from starting, an entry point that throws included.
 */
export const loadApp = async (appDir: string, entry: string | undefined): Promise<App> => {
  const host = readJson(join(appDir, 'host.json')) as HostJson;
  const entries = entriesOf(appDir, entry);
  const key = entries.join('\n');
  if (loaded && loaded.key !== key)
    throw new StartError('this process has loaded another app: one process runs one app');
  const registrations = loaded?.registrations ?? installCoreModule();
  if (!loaded) {
    loaded = { key, registrations };
    for (const file of entries) {
      try {
        await import(/* @vite-ignore */ pathToFileURL(file).href);
      } catch (error: unknown) {
        throw new StartError(`${basename(file)} failed to load: ${messageOf(error)}`);
      }
    }
    registrations.sealed = true;
    if (registrations.functions.size === 0 || !registrations.model)
      throw new StartError('the app registers no function');
    const capabilities = await registrations.model.getCapabilities({});
    if (capabilities['HttpUri'])
      throw new StartError('the app enables HTTP streaming, which this local host does not run');
    await runAppHooks(registrations, 'appStart', appDir);
  }
  const functions = [...registrations.functions.values()].map(({ metadata, callback }) => classify(metadata, callback));
  return { registrations, functions, host };
};
