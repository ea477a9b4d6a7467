/** What a hook of azd is given, so that a test can give it something else. */
import type { Azure } from './azure.ts';
import { HookError } from './hook-error.ts';

export type HookDeps = {
  /** The azd environment: inputs and the outputs of the last deployment. */
  env: Readonly<Record<string, string | undefined>>;
  azure: Azure;
  /** Keeps a value in the azd environment, for the deployment that follows and for every later one. */
  keep: (name: string, value: string) => Promise<void>;
  say: (line: string) => void;
  sleep: (ms: number) => Promise<void>;
  now: () => number;
};

/** Returns when the command may go on. @throws HookError with the sentence that the person should read. */
export type Hook = (deps: HookDeps) => Promise<void>;

export function needed(env: HookDeps['env'], name: string): string {
  const value = env[name];
  if (value === undefined || value === '') {
    throw new HookError(`${name} is not set. Run this through azd, which sets it from the environment that you chose.`);
  }
  return value;
}

/** Subscriptions in which labs may live, as the environment names them. */
export function labSubscriptions(env: HookDeps['env']): string[] {
  const first = env['LAB_SUBSCRIPTION_ID']?.trim() || needed(env, 'AZURE_SUBSCRIPTION_ID');
  const further = (env['LAB_ALLOWED_SUBSCRIPTION_IDS'] ?? '').split(',');
  return [...new Set([first, ...further].map((it) => it.trim().toLowerCase()).filter((it) => it !== ''))];
}
