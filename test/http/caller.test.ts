import { describe, expect, it } from 'vitest';
import { maySee, readCaller } from '../../src/http/caller.ts';

const PERSON = 'AAAAAAAA-1111-4111-8111-111111111111';
const principal = (claims: { typ: string; val: string }[]) => ({
  'x-ms-client-principal': Buffer.from(JSON.stringify({ auth_typ: 'aad', role_typ: 'roles', claims })).toString(
    'base64',
  ),
});
const read = (headers: Record<string, string>, signIn = true) =>
  readCaller(new Headers(headers), { signIn, adminRole: 'Lab.Admin' });
const oid = { typ: 'http://schemas.microsoft.com/identity/claims/objectidentifier', val: PERSON };

describe('the caller', () => {
  it('is the holder of a key where nobody signs in, whatever the headers claim', () => {
    expect(read(principal([oid, { typ: 'roles', val: 'Lab.Admin' }]), false)).toEqual({
      kind: 'key',
      id: 'function-key',
      admin: true,
    });
  });

  it('is the signed-in person, by object id', () => {
    expect(read(principal([oid, { typ: 'preferred_username', val: 'ana@example.org' }]))).toEqual({
      kind: 'user',
      id: PERSON.toLowerCase(),
      name: 'ana@example.org',
      admin: false,
    });
  });

  it('is an admin only by the role that the settings name', () => {
    expect(read(principal([oid, { typ: 'roles', val: 'Lab.Admin' }]))?.admin).toBe(true);
    expect(read(principal([oid, { typ: 'roles', val: 'lab.admin' }]))?.admin).toBe(false);
    expect(read(principal([oid, { typ: 'groups', val: 'Lab.Admin' }]))?.admin).toBe(false);
  });

  it.each([
    ['no header', {}],
    ['no base64', { 'x-ms-client-principal': '%%%' }],
    ['no JSON', { 'x-ms-client-principal': Buffer.from('{').toString('base64') }],
    ['no claims', { 'x-ms-client-principal': Buffer.from('{}').toString('base64') }],
    ['no object id', principal([{ typ: 'name', val: 'Ana' }])],
    ['an id that is none', principal([{ typ: 'oid', val: "x' or 1 eq 1" }])],
    ['a header too long to be one', { 'x-ms-client-principal': 'A'.repeat(70_000) }],
  ])('is nobody with %s', (_name, headers) => {
    expect(read(headers)).toBeNull();
  });

  it('sees his own labs and no other, and an admin all', () => {
    const user = read(principal([oid]));
    const admin = read(principal([oid, { typ: 'roles', val: 'Lab.Admin' }]));
    expect(user && maySee(user, PERSON.toLowerCase())).toBe(true);
    expect(user && maySee(user, 'function-key')).toBe(false);
    expect(admin && maySee(admin, 'anybody')).toBe(true);
  });
});
