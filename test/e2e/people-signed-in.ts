/** Sign-in as App Service does it: the platform puts the person into a header of every request. */
import type { World } from './world.ts';

export type Person = { id: string; roles?: string[] };

export const ANA: Person = { id: 'aaaaaaaa-1111-4111-8111-111111111111' };
export const RUI: Person = { id: 'bbbbbbbb-2222-4222-8222-222222222222' };
export const ADMIN: Person = { id: 'dddddddd-4444-4444-8444-444444444444', roles: ['Lab.Admin'] };

export const principal = ({ id, roles = [] }: Person): Record<string, string> => {
  const claims = [
    { typ: 'http://schemas.microsoft.com/identity/claims/objectidentifier', val: id },
    ...roles.map((val) => ({ typ: 'roles', val })),
  ];
  const header = Buffer.from(JSON.stringify({ auth_typ: 'aad', role_typ: 'roles', claims })).toString('base64');
  return { 'x-ms-client-principal': header };
};

export type Answer = { status: number; headers: string; body: string };

/** Calls as a person; the answer as it came, without what differs by time and connection. */
export const callsOf = (world: World) => {
  const send = async (
    person: Person | null,
    method: string,
    path: string,
    body?: unknown,
    more: Record<string, string> = {},
  ): Promise<Answer> => {
    const response = await world.rig.host.fetch(`/api${path}`, {
      method,
      headers: {
        ...(person === null ? {} : principal(person)),
        ...(body === undefined || body instanceof URLSearchParams ? {} : { 'content-type': 'application/json' }),
        ...more,
      },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: body instanceof URLSearchParams ? body : JSON.stringify(body) }),
    });
    const headers = [...response.headers].filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name));
    return { status: response.status, headers: JSON.stringify(headers.toSorted()), body: await response.text() };
  };
  const read = async <T>(person: Person, path: string): Promise<T> => {
    const { status, body } = await send(person, 'GET', path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${body}`);
    return JSON.parse(body) as T;
  };
  return {
    send,
    read,
    until: async (person: Person, id: string, phase: string) => {
      await world.rig.host.until(async () => (await read<{ phase: string }>(person, `/labs/${id}`)).phase === phase);
    },
  };
};
