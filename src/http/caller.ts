/**
 * Who calls. Without sign-in every caller holds a function key and is one and the same; with App Service Authentication the platform puts the person into a header,
 * which nobody else can: it removes the header from what comes from outside.
 * https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities#access-user-claims-in-app-code
 */
import { z } from 'zod';

export type Caller =
  { kind: 'key'; id: string; admin: true } | { kind: 'user'; id: string; name: string; admin: boolean };

/** Owner of all labs where nobody signs in. */
const KEY_HOLDER: Caller = { kind: 'key', id: 'function-key', admin: true };

const PrincipalSchema = z.object({
  role_typ: z.string().optional(),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })).max(500),
});

const OBJECT_ID = ['http://schemas.microsoft.com/identity/claims/objectidentifier', 'oid'];
const NAME = ['preferred_username', 'name', 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name'];
const ROLES = ['roles', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role'];

/** The caller, or null where sign-in is on and the platform names nobody. Where it is off the headers are not read: anybody could send them. */
export function readCaller(
  headers: { get(name: string): string | null },
  auth: { signIn: boolean; adminRole: string },
): Caller | null {
  if (!auth.signIn) return KEY_HOLDER;
  const claims = principalOf(headers.get('x-ms-client-principal'));
  if (claims === null) return null;
  const first = (types: string[]) => claims.all.find((it) => types.includes(it.typ))?.val;
  const id = first(OBJECT_ID) ?? headers.get('x-ms-client-principal-id');
  // An owner is written into tags and compared as text: nothing but an object id may stand there.
  if (id === null || !z.guid().safeParse(id).success) return null;
  const roles = claims.all.filter((it) => it.typ === claims.roleType || ROLES.includes(it.typ)).map((it) => it.val);
  return { kind: 'user', id: id.toLowerCase(), name: first(NAME) ?? id, admin: roles.includes(auth.adminRole) };
}

function principalOf(
  header: string | null,
): { all: { typ: string; val: string }[]; roleType: string | undefined } | null {
  if (header === null || header.length > 64 * 1024) return null;
  try {
    const parsed = PrincipalSchema.safeParse(JSON.parse(Buffer.from(header, 'base64').toString('utf8')));
    return parsed.success ? { all: parsed.data.claims, roleType: parsed.data.role_typ } : null;
  } catch {
    return null;
  }
}

/** Whether a lab exists for this caller. A foreign lab is answered as one that does not. */
export const maySee = (caller: Caller, owner: string): boolean => caller.admin || caller.id === owner;
