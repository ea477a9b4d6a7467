/** The app's identity. In Azure a managed identity; on a developer's machine whatever `DefaultAzureCredential` finds. */
import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { once } from './once.ts';
import { unanswered } from './service-error.ts';

/** A token is renewed this long before it ends: Databricks refuses one with 30 s left. */
const MARGIN_MS = 5 * 60_000;

export type Scope = string;
export const ARM_SCOPE = 'https://management.azure.com/.default';
export const COGNITIVE_SCOPE = 'https://cognitiveservices.azure.com/.default';
/** Azure Databricks, in every cloud tenant. https://learn.microsoft.com/azure/databricks/dev-tools/auth/aad-token-manual */
export const DATABRICKS_SCOPE = '2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default';

export type Credential = TokenCredential & {
  /** The bare token. Never store, log or return it from an activity. */
  token: (scope: Scope) => Promise<string>;
};

/**
 * One credential for all clients: each scope's token is fetched once and kept until shortly before its end. The identity library is loaded at first use.
 * `clientId` names a user-assigned identity. A token that takes longer than `timeoutMs` is given up: the library sets no limit of its own, and hears of none.
 * Whatever fails here says so as the service `identity`: inside the pipeline of another service it would pass for an outage of that one, and a lab would walk
 * through the regions because of it.
 */
export function createCredential(clientId: string | undefined, timeoutMs: number): Credential {
  const inner = once(() => load(clientId));
  const tokens = new Map<Scope, Promise<AccessToken>>();

  const fetchToken = async (scope: Scope, options?: GetTokenOptions): Promise<AccessToken> => {
    const asked = inner().then((it) => it.getToken(scope, options));
    const token = await Promise.race([asked, tooLate(timeoutMs)]).catch((error: unknown) => {
      throw unanswered('identity', 'GET', scope, error);
    });
    if (token !== null) return token;
    throw unanswered('identity', 'GET', scope, new Error(`The identity has no token for ${scope}`));
  };
  const getToken = async (scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken> => {
    const scope = typeof scopes === 'string' ? scopes : scopes.join(' ');
    const known = await tokens.get(scope)?.catch(() => undefined);
    // A claims challenge says that the token we have was revoked.
    if (options?.claims === undefined && known !== undefined && known.expiresOnTimestamp - Date.now() > MARGIN_MS)
      return known;
    const fresh = fetchToken(scope, options);
    tokens.set(scope, fresh);
    return fresh;
  };
  return { getToken, token: async (scope) => (await getToken(scope)).token };
}

/** Rejects when the time is over; holds no process up. */
const tooLate = (timeoutMs: number): Promise<never> =>
  new Promise((_, reject) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    timeout.addEventListener('abort', () => reject(timeout.reason as Error));
  });

async function load(clientId: string | undefined): Promise<TokenCredential> {
  const { DefaultAzureCredential, ManagedIdentityCredential } = await import('@azure/identity');
  // Functions and App Service announce their identity endpoint; nothing else is then asked, so that a stray AZURE_CLIENT_SECRET cannot change who the app is.
  if (process.env['IDENTITY_ENDPOINT'] !== undefined) {
    return clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
  }
  return new DefaultAzureCredential(clientId === undefined ? {} : { managedIdentityClientId: clientId });
}
