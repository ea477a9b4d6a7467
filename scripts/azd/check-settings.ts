/**
 * Before provisioning: whether the settings of the azd environment can work. A bad one deploys without a word, and then the app does not start: no sweep, and
 * nobody who would remove a lab. So the app's own parser reads them here, all faults are told at once, and nothing is made.
 */
import { Cron } from 'croner';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseSettings, SETTING_NAMES } from '../../src/settings.ts';
import { labSubscriptions, type HookDeps } from './hook.ts';
import { HookError } from './hook-error.ts';

type Env = HookDeps['env'];

/** Names of the variables that reach the template: what is in no parameter has no effect, and is nobody's fault here. */
export const INPUTS: readonly string[] = Object.values(
  (
    JSON.parse(readFileSync(new URL('../../infra/main.parameters.json', import.meta.url), 'utf8')) as {
      parameters: Record<string, { value: string }>;
    }
  ).parameters,
).map((it) => it.value.slice('${'.length, -'}'.length));

const flag = z.enum(['true', 'false']);
const subscription = z.guid('must be a subscription id');

/** What only the template reads. The rest is the app's own schema. */
const OF_THE_TEMPLATE: Readonly<Record<string, z.ZodType>> = {
  AZURE_ENV_NAME: z.string().max(64, 'must be 64 characters at most'),
  LAB_RIGHTS: z.enum(['subscription', 'group']),
  LAB_RESOURCE_GROUP: z.string().regex(/^[-\w.()]{0,89}[-\w()]$/u, 'must be the name of a resource group'),
  LAB_DURABLE_BACKEND: z.enum(['azureStorage', 'durableTaskScheduler']),
  LAB_NODE_VERSION: z.enum(['22', '24']),
  LAB_PARTICIPANTS: flag,
  LAB_ALWAYS_READY: flag,
  LAB_SIGN_IN_CLIENT_ID: z.guid('must be the client id of an app registration'),
  LAB_ALERT_EMAIL: z.email('must be an e-mail address'),
  LAB_SWEEP_SCHEDULE: z
    .string()
    .refine(isSchedule, 'must be an NCRONTAB expression of six fields, such as "0 */5 * * * *"'),
};

/** @throws HookError naming every bad setting, with what it must be. */
export function checkSettings(env: Env): void {
  const given: Env = Object.fromEntries(INPUTS.map((name) => [name, env[name] || undefined] as const));
  const faults = [...faultsOfTemplate(given), ...faultsTogether(env, given), ...faultsOfApp(env, given)];
  if (faults.length > 0) {
    throw new HookError(
      `These settings cannot work, so nothing was deployed:\n${faults.map((it) => `  ${it}`).join('\n')}\nMend each with: azd env set NAME VALUE`,
    );
  }
}

function faultsOfTemplate(given: Env): string[] {
  return Object.entries(OF_THE_TEMPLATE).flatMap(([name, schema]) => {
    if (given[name] === undefined) return [];
    const { success, error } = schema.safeParse(given[name]);
    return success ? [] : [`${name} ${error.issues[0]!.message}: ${given[name]}`];
  });
}

function faultsTogether(env: Env, given: Env): string[] {
  if (given['LAB_RIGHTS'] !== 'group') return [];
  const further = labSubscriptions(env).slice(1);
  return [
    // The role that gives access could be assigned in the whole subscription, and makes administrators of every workspace there.
    ...(given['LAB_PARTICIPANTS'] === 'true'
      ? ['LAB_RIGHTS is "group", so LAB_PARTICIPANTS must be false: access cannot be confined to that group']
      : []),
    ...(given['LAB_RESOURCE_GROUP'] === undefined
      ? ['LAB_RIGHTS is "group", so LAB_RESOURCE_GROUP must name the existing resource group for labs']
      : []),
    ...(further.length > 0
      ? [
          `LAB_RIGHTS is "group", so labs are built in that group alone: LAB_ALLOWED_SUBSCRIPTION_IDS must be empty, not ${further.join(',')}`,
        ]
      : []),
  ];
}

/** The app's own schema, given what the template would give it. */
function faultsOfApp(env: Env, given: Env): string[] {
  const settings: Env = Object.fromEntries(SETTING_NAMES.map((name) => [name, given[name]] as const));
  const ids = labSubscriptions(env);
  const bad = ids.filter((it) => !subscription.safeParse(it).success);
  if (bad.length > 0)
    return [`LAB_SUBSCRIPTION_ID and LAB_ALLOWED_SUBSCRIPTION_IDS must be subscription ids: ${bad.join(', ')}`];
  try {
    parseSettings({
      ...settings,
      LAB_INSTALLATION: given['LAB_INSTALLATION'] ?? 'lab-of-this-environment',
      LAB_SUBSCRIPTION_ID: ids[0],
      LAB_ALLOWED_SUBSCRIPTION_IDS: ids.slice(1).join(','),
    });
    return [];
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return said.replace(/^Bad app settings: /, '').split('; ');
  }
}

/** https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions: five fields are read too, but a sixth tells the seconds. */
function isSchedule(text: string): boolean {
  if (text.trim().split(/\s+/).length !== 6) return false;
  try {
    return new Cron(text, { paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}
