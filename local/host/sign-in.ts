// App Service Authentication in front of an app: it names who has signed in, in a header that it takes from everybody else
// (learn.microsoft.com/azure/app-service/configure-authentication-user-identities#access-user-claims-in-app-code).
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export type Person = { readonly name: string; readonly objectId: string };

/** Somebody of that name; the same name is the same person. */
export const personOf = (name: string): Person => {
  const digest = createHash('sha256').update(name).digest('hex');
  const [, ...parts] = /^(.{8})(.{4}).(.{3}).(.{3})(.{12})/.exec(digest) ?? [];
  const [first, second, third, fourth, fifth] = parts;
  return { name, objectId: `${first}-${second}-4${third}-8${fourth}-${fifth}` };
};

/** The headers with which a request of that person reaches the app; where nobody signs in, as they came. */
export const asPerson = (person: Person | undefined, headers: IncomingHttpHeaders): IncomingHttpHeaders => {
  if (person === undefined) return headers;
  const others = Object.entries(headers).filter(([name]) => !name.startsWith('x-ms-client-principal'));
  const claims = [
    { typ: 'http://schemas.microsoft.com/identity/claims/objectidentifier', val: person.objectId },
    { typ: 'preferred_username', val: person.name },
  ];
  const principal = { auth_typ: 'aad', name_typ: 'preferred_username', role_typ: 'roles', claims };
  return {
    ...Object.fromEntries(others),
    'x-ms-client-principal': Buffer.from(JSON.stringify(principal)).toString('base64'),
    'x-ms-client-principal-id': person.objectId,
    'x-ms-client-principal-name': person.name,
    'x-ms-client-principal-idp': 'aad',
  };
};
