/** Before provisioning: the key that signs the tags of labs. It is made once, kept in the azd environment, and read back from the app where another machine made it. */
import { randomBytes } from 'node:crypto';
import type { HookDeps } from './hook.ts';

const SITES_API = '2024-04-01';
const NAME = 'LAB_TAG_KEY';

export async function ensureTagKey(deps: HookDeps): Promise<void> {
  if (deps.env[NAME]) return;
  const deployed = await deployedKey(deps);
  await deps.keep(NAME, deployed ?? randomBytes(32).toString('base64url'));
  deps.say(deployed === undefined ? 'Made the key that signs the tags of labs.' : 'Took the key of tags from the app.');
}

/** Undefined where no app is deployed, or it has no key yet. https://learn.microsoft.com/rest/api/appservice/web-apps/list-application-settings */
async function deployedKey({ env, azure }: HookDeps): Promise<string | undefined> {
  const site = env['APP_FUNCTION_ID'];
  if (!site) return undefined;
  const path = `${site}/config/appsettings/list?api-version=${SITES_API}`;
  const { status, body } = await azure.call<{ properties?: Record<string, string> }>('POST', path, [200, 404]);
  return status === 200 ? body.properties?.[NAME] || undefined : undefined;
}
