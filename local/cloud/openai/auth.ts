// Who may call an account's endpoint: by key where keys are allowed, or by an Entra token with a role that the account has heard of.
// https://learn.microsoft.com/azure/ai-services/authentication
import { gatewayError } from './wire.ts';
import type { Account } from '../core/records.ts';
import type { Call, Reply } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { checkToken } from '../core/tokens.ts';

const AUDIENCES = ['https://cognitiveservices.azure.com', 'https://ai.azure.com'];
const WRONG_KEY =
  'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.';
const WRONG_TOKEN =
  'The access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired.';

/** Undefined: the caller may go on. `keyAsBearer`: the v1 API takes a key in the Authorization header too. */
export function refuseCaller(
  state: CloudState,
  account: Account,
  call: Call,
  options: { keyAsBearer: boolean },
): Reply | undefined {
  if (account.publicNetworkAccess === 'Disabled') {
    return gatewayError(403, 'AccessDenied', 'Public access is disabled. Please configure private endpoint.');
  }
  const bearer = /^Bearer (.+)$/i.exec(call.headers.authorization ?? '')?.[1];
  const isKey = (text: string): boolean => text === account.keys.key1 || text === account.keys.key2;
  const key =
    call.headers['api-key'] ?? (options.keyAsBearer && bearer !== undefined && isKey(bearer) ? bearer : undefined);
  if (key !== undefined) {
    if (account.disableLocalAuth) {
      return gatewayError(403, 'AuthenticationTypeDisabled', 'Key based authentication is disabled for this resource.');
    }
    return isKey(key) ? undefined : gatewayError(401, '401', WRONG_KEY);
  }
  if (bearer === undefined) return gatewayError(401, '401', WRONG_KEY);

  const checked = checkToken(state.secret, bearer, state.now());
  if (!checked.ok || !AUDIENCES.includes(checked.token.audience.replace(/\/+$/, ''))) {
    return gatewayError(401, '401', WRONG_TOKEN);
  }
  if (account.subdomain === null) {
    return gatewayError(
      400,
      'BadRequest',
      'Please provide a custom subdomain for token authentication, otherwise API key is required.',
    );
  }
  if (state.mayInfer(account, checked.token)) return undefined;
  return gatewayError(
    401,
    'PermissionDenied',
    `The principal \`${checked.token.objectId}\` lacks the required data action \`Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action\` to perform \`POST /openai/deployments/{deployment-id}/chat/completions\` operation.`,
  );
}
