// Who may call an account's endpoint: by key where keys are allowed, or by an Entra token with a role that the account has heard of.
// https://learn.microsoft.com/azure/ai-services/authentication
import { gatewayError } from './wire.ts';
import type { Account } from '../arm/records.ts';
import type { Call, Reply } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { armOf } from '../arm/tables.ts';
import { mayDoOnData, within } from '../core/rights.ts';
import { checkToken, type Token } from '../core/tokens.ts';

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
  // https://learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks: rules for addresses are not looked at here.
  if (account.networkAcls.defaultAction === 'Deny') {
    return gatewayError(403, '403', 'Access denied due to Virtual Network/Firewall rules.');
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
  if (mayInfer(state, account, checked.token)) return undefined;
  return gatewayError(
    401,
    'PermissionDenied',
    `The principal \`${checked.token.objectId}\` lacks the required data action \`Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action\` to perform \`POST /openai/deployments/{deployment-id}/chat/completions\` operation.`,
  );
}

const CHAT = 'Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action';

/** Cognitive Services OpenAI User and OpenAI Contributor: the built-in roles that carry the data action of inference. */
const INFERENCE_ROLES = ['5e0bd9bd-7b93-4f28-af87-19fc36ad61bd', 'a001fd3d-188f-4b5d-821b-7da978bf7442'];

/** Whether the principal may run inference: a role at or above the account, and time for both to be known to the data plane. */
function mayInfer(state: CloudState, account: Account, { objectId }: Token): boolean {
  const settled = state.now() - state.latency.rolePropagationMs;
  if (account.createdAt > settled) return false;
  const granted = mayDoOnData(state, CHAT, account.id);
  if (granted !== null) return granted;
  return armOf(state)
    .roleAssignments.values()
    .some(
      (role) =>
        role.principalId === objectId &&
        role.createdAt <= settled &&
        INFERENCE_ROLES.includes(role.roleId) &&
        within(account.id, role.scope),
    );
}
