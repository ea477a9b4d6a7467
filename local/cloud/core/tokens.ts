// Tokens of the local directory: JWTs signed with a secret that lives as long as the data folder, so that a restart keeps them valid.
import { createHmac } from 'node:crypto';

export type Token = {
  /** `aud`, as it was asked for: `https://management.azure.com/`. */
  audience: string;
  /** Lab time, Unix ms. */
  expiresAt: number;
  /** Application (client) id and object id of the principal. */
  clientId: string;
  objectId: string;
  tenantId: string;
};

type TokenCheck = { ok: true; token: Token } | { ok: false; reason: 'malformed' | 'signature' | 'expired' };

/** Issues a bearer token. `now` and `expiresAt` in Unix ms. */
export function issueToken(secret: string, token: Token, now: number): string {
  const claims = {
    aud: token.audience,
    iss: `https://sts.windows.net/${token.tenantId}/`,
    iat: Math.floor(now / 1_000),
    nbf: Math.floor(now / 1_000),
    exp: Math.floor(token.expiresAt / 1_000),
    appid: token.clientId,
    oid: token.objectId,
    sub: token.objectId,
    tid: token.tenantId,
    idtyp: 'app',
  };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${sign(secret, signed)}`;
}

/** Reads a bearer token back. */
export function checkToken(secret: string, text: string, now: number): TokenCheck {
  const [header, payload, signature] = text.split('.');
  if (header === undefined || payload === undefined || signature === undefined)
    return { ok: false, reason: 'malformed' };
  if (sign(secret, `${header}.${payload}`) !== signature) return { ok: false, reason: 'signature' };
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, string | number>;
  const token: Token = {
    audience: String(claims.aud),
    expiresAt: Number(claims.exp) * 1_000,
    clientId: String(claims.appid),
    objectId: String(claims.oid),
    tenantId: String(claims.tid),
  };
  return token.expiresAt <= now ? { ok: false, reason: 'expired' } : { ok: true, token };
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const sign = (secret: string, text: string): string => createHmac('sha256', secret).update(text).digest('base64url');
