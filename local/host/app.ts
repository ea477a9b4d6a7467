// Loads a function app as the Node worker does and says what it registered. What this host does not run is refused here,
// by name, before anything starts.
import { globSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StartError } from '../start-error.ts';
import { messageOf } from './errors.ts';
import {
  installCoreModule,
  type App,
  type Callback,
  type FunctionMetadata,
  type LoadedFunction,
  type TriggerKind,
} from './functions-core.ts';
import { isDisabled, readHostJson, readJson, resolveSettings } from './settings.ts';
import { runStartHooks } from './worker.ts';

const kinds: Readonly<Record<string, TriggerKind>> = {
  httptrigger: 'http',
  timertrigger: 'timer',
  orchestrationtrigger: 'orchestration',
  activitytrigger: 'activity',
};

/** A text option of a function's trigger, with its settings resolved. */
export const textOption = (target: LoadedFunction, name: string, byDefault: string): string => {
  const value = target.trigger[name];
  return typeof value === 'string' ? resolveSettings(value) : byDefault;
};

const entriesOf = (appDir: string, entry: string | undefined): string[] => {
  const pattern = entry ?? readJson(join(appDir, 'package.json'))['main'];
  if (typeof pattern !== 'string') throw new StartError('package.json names no entry: set "main"');
  const entries = globSync(pattern, { cwd: appDir }).sort();
  if (entries.length === 0) throw new StartError(`no file matches the entry "${pattern}"`);
  return entries.map((file) => resolve(appDir, file));
};

const classify = (metadata: FunctionMetadata, callback: Callback): LoadedFunction => {
  const { name, retryOptions } = metadata;
  const refuse = (what: string): StartError =>
    new StartError(`function '${name}' uses ${what}, which this local host does not run`);
  const bindings = Object.entries(metadata.bindings);
  const found = bindings.find(([, { type }]) => /trigger$/i.test(type));
  if (!found) throw new StartError(`function '${name}' has no trigger`);
  const [triggerName, trigger] = found;
  const kind = kinds[trigger.type.toLowerCase()];
  if (!kind) throw refuse(trigger.type);
  if (retryOptions !== undefined) throw refuse('a function-level retry policy');
  const others = bindings.filter(([, it]) => it !== trigger && !(kind === 'http' && it.type.toLowerCase() === 'http'));
  const unknown = others.find(([, { type, direction }]) => type !== 'durableClient' || direction !== 'in');
  if (unknown) throw refuse(`the binding ${unknown[1].type}`);
  return { name, kind, metadata, callback, triggerName, trigger, clientNames: others.map(([other]) => other) };
};

// One process holds one app: its registrations, like those of any Node worker, are made once.
let loaded: { readonly key: string; readonly registrations: App['registrations'] } | undefined;

const register = async (appDir: string, entries: readonly string[]): Promise<App['registrations']> => {
  const registrations = installCoreModule();
  for (const file of entries) {
    try {
      await import(/* @vite-ignore */ pathToFileURL(file).href);
    } catch (error: unknown) {
      throw new StartError(`${basename(file)} failed to load: ${messageOf(error).split('\n')[0] ?? ''}`);
    }
  }
  registrations.sealed = true;
  const { model } = registrations;
  if (registrations.functions.size === 0 || !model) throw new StartError('the app registers no function');
  const capabilities = await model.getCapabilities({});
  if (capabilities['HttpUri'])
    throw new StartError('the app enables HTTP streaming, which this local host does not run');
  await runStartHooks(registrations, appDir);
  return Object.assign(registrations, { model });
};

/**
 * Imports the app (once per process; later calls reuse its registrations) and reads its host.json.
 * Throws `StartError` for everything that keeps an app from starting, an entry point that throws included.
 */
export const loadApp = async (appDir: string, entry: string | undefined): Promise<App> => {
  const host = readHostJson(appDir);
  const entries = entriesOf(appDir, entry);
  const key = entries.join('\n');
  if (loaded && loaded.key !== key)
    throw new StartError('this process has loaded another app: one process runs one app');
  const { registrations } = (loaded ??= { key, registrations: await register(appDir, entries) });
  const functions = [...registrations.functions.values()]
    .filter(({ metadata }) => !isDisabled(metadata.name))
    .map(({ metadata, callback }) => classify(metadata, callback));
  return { registrations, functions, host };
};
