/** Azure Resource Manager as the hooks need it, with the token of whoever is logged in to azd. Nothing is retried but what the caller retries. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { HookError } from './hook-error.ts';

const TIMEOUT_MS = 60_000;
/** The public cloud: the app runs in no other, and the template refuses one by name. */
export const ENDPOINT = 'https://management.azure.com';
const SCOPE = `${ENDPOINT}/.default`;

export type ArmAnswer<T> = { status: number; body: T };

export type Azure = {
  /** `path` begins with a slash and carries its api-version. @throws HookError for every status that is not in `expected`. */
  call: <T>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    expected: readonly number[],
    body?: object,
  ) => Promise<ArmAnswer<T>>;
  /** All pages of a list. */
  list: <T>(path: string) => Promise<T[]>;
};

type Page<T> = { value?: T[]; nextLink?: string | null };

export function createAzure(endpoint: string, token: () => Promise<string>): Azure {
  const send = async <T>(
    method: string,
    url: string,
    expected: readonly number[],
    body?: object,
  ): Promise<ArmAnswer<T>> => {
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${await token()}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!expected.includes(response.status)) throw new HookError(refusal(method, url, response.status, text));
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as T };
  };
  return {
    call: (method, path, expected, body) => send(method, `${endpoint}${path}`, expected, body),
    list: async <T>(path: string) => {
      const items: T[] = [];
      let next: string | null | undefined = `${endpoint}${path}`;
      while (next) {
        const { body }: ArmAnswer<Page<T>> = await send<Page<T>>('GET', next, [200]);
        items.push(...(body.value ?? []));
        next = body.nextLink;
      }
      return items;
    },
  };
}

/** A query string with spaces as %20: the plus of forms is not what every service of Azure reads as a space. */
export const query = (parameters: Record<string, string>): string =>
  new URLSearchParams(parameters).toString().replaceAll('+', '%20');

function refusal(method: string, url: string, status: number, text: string): string {
  let said = text.slice(0, 300);
  try {
    const { error } = JSON.parse(text) as { error?: { code?: string; message?: string } };
    if (error) said = `${error.code ?? ''} ${error.message ?? ''}`.trim();
  } catch {
    // A gateway's page: its beginning says enough.
  }
  return `Azure answered ${status} to ${method} ${new URL(url).pathname}: ${said}`;
}

/** Token of the person or pipeline that azd is logged in as. https://learn.microsoft.com/azure/developer/azure-developer-cli/reference#azd-auth-token */
export function azdToken(): () => Promise<string> {
  let known: { token: string; expiresOn: string } | undefined;
  return async () => {
    if (known !== undefined && Date.parse(known.expiresOn) - Date.now() > 5 * 60_000) return known.token;
    const { stdout } = await promisify(execFile)('azd', ['auth', 'token', '--scope', SCOPE, '--output', 'json']).catch(
      (error: unknown) => {
        throw new HookError(
          `azd gave no token for ${SCOPE}, the public Azure cloud, in which alone this app runs; "azd auth login" may help. ${error instanceof Error ? error.message : ''}`,
        );
      },
    );
    known = JSON.parse(stdout) as { token: string; expiresOn: string };
    return known.token;
  };
}
