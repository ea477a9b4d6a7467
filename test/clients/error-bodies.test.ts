// Every shape in which the services say that they refuse: each was met by somebody, and each reads as one code and one sentence.
import { describe, expect, it } from 'vitest';
import { readArmError } from '../../src/clients/arm/connection.ts';
import { orAbsent, retryAfterSeconds, ServiceError, unanswered } from '../../src/clients/service-error.ts';
import { readDatabricksError } from '../../src/clients/databricks/rest.ts';
import { parseExact } from '../../src/lab/json.ts';
import { parseArmId } from '../../src/lab/arm-ids.ts';

describe('Azure Resource Manager', () => {
  it.each([
    [
      'the envelope',
      '{"error":{"code":"InsufficientQuota","message":"Too little."}}',
      { code: 'InsufficientQuota', message: 'Too little.' },
    ],
    [
      'no envelope',
      '{"code":"ResourceNotFound","message":"Not there."}',
      { code: 'ResourceNotFound', message: 'Not there.' },
    ],
    [
      'the reason in the details alone',
      '{"error":{"code":"ResourceGroupDeletionBlocked","message":"Blocked.","details":[{"code":"X","message":"A lock."}]}}',
      { code: 'ResourceGroupDeletionBlocked', message: 'Blocked. A lock.' },
    ],
    ['a page', '<html><head><title>Bad gateway</title></head></html>', { code: 'http-502', message: 'Bad gateway' }],
    ['nothing', '', { code: 'http-502', message: 'HTTP 502' }],
    ['half of an answer', '{"error":{"code":"Ins', { code: 'http-502' }],
  ])('reads %s', (_what, body, said) => {
    expect(readArmError(body, 502)).toMatchObject(said);
  });

  it('takes ids apart, in any case', () => {
    expect(parseArmId('/subscriptions/S/resourcegroups/G/providers/A.B/cs/n')).toEqual({
      subscriptionId: 'S',
      group: 'G',
      name: 'n',
    });
    expect(parseArmId('/subscriptions/S/resourceGroups/G')).toEqual({ subscriptionId: 'S', group: 'G', name: 'G' });
    expect(() => parseArmId('nonsense')).toThrow('Not an ARM resource id');
  });
});

describe('a workspace', () => {
  it.each([
    [
      'error_code and message',
      400,
      '{"error_code":"INVALID_STATE","message":"m"}',
      { code: 'INVALID_STATE', message: 'm' },
    ],
    ['a numeric code', 403, '{"error_code":403,"message":"m"}', { code: '403', message: 'm' }],
    ['no code', 400, '{"message":"m"}', { code: 'http-400', message: 'm' }],
    ['API 1.2', 400, '{"error":"m"}', { code: 'http-400', message: 'm' }],
    ['SCIM', 409, '{"detail":"m","status":"409","scimType":"uniqueness"}', { code: 'uniqueness', message: 'm' }],
    [
      'a line of text',
      500,
      'TEMPORARILY_UNAVAILABLE: try later',
      { code: 'TEMPORARILY_UNAVAILABLE', message: 'try later' },
    ],
    [
      'a page',
      403,
      '<html><body><pre>User not authorized.</pre></body></html>',
      { code: 'http-403', message: 'User not authorized.' },
    ],
    ['nothing', 404, '', { code: 'http-404', message: 'HTTP 404 without a body' }],
    ['a gateway’s page', 404, '<html><title>Not Found</title></html>', { code: 'not-json', message: 'Not Found' }],
  ])('reads %s', (_what, status, body, said) => {
    expect(readDatabricksError(body, status)).toEqual(said);
  });

  it('names the page to which it redirects', () => {
    const said = readDatabricksError('', 302, '/login.html?error=private-link-validation-error:1');
    expect(said.message).toContain('private-link-validation-error');
  });

  it('sends whole numbers that a double would round', () => {
    expect(parseExact('{"a":9007199254740993,"b":9007199254740991,"c":1.5,"d":1e300}')).toEqual({
      a: 9007199254740993n,
      b: 9007199254740991,
      c: 1.5,
      d: 1e300,
    });
  });
});

describe('an error', () => {
  const facts = {
    service: 'arm',
    method: 'GET',
    url: 'https://x.example.org/a?sig=abcdefghijkl',
    status: 404,
    code: 'ResourceNotFound',
    message: 'key1=abcdefghijklmnop gone',
  };

  it('shows neither query nor secret', () => {
    const error = new ServiceError({ ...facts, requestId: 'r1' });
    expect(error.message).toBe(
      'arm: GET https://x.example.org/a 404 ResourceNotFound: key1=[redacted] gone (request id: r1)',
    );
    expect(JSON.stringify({ ...error })).not.toContain('abcdefgh');
    expect(error.cause).toBeUndefined();
  });

  it.each([
    ['the resource', { ...facts }, true],
    ['a gateway’s page', { ...facts, code: 'http-404' }, false],
    ['the subscription', { ...facts, code: 'SubscriptionNotFound' }, false],
    ['a refusal', { ...facts, status: 403 }, false],
    ['MLflow without a body', { ...facts, service: 'databricks', code: 'http-404' }, true],
    ['a page before the workspace', { ...facts, service: 'databricks', code: 'not-json' }, false],
  ])('about %s: is it an absence?', async (_what, about, absent) => {
    const call = orAbsent(Promise.reject(new ServiceError(about)));
    await (absent ? expect(call).resolves.toBeUndefined() : expect(call).rejects.toThrow(ServiceError));
  });

  it.each([
    [{ name: 'TimeoutError' }, 'timed-out'],
    [{ name: 'AbortError' }, 'timed-out'],
    [{ name: 'Error', code: 'ENOTFOUND', message: 'getaddrinfo' }, 'ENOTFOUND'],
    [new Error('odd'), 'no-answer'],
  ])('without an answer keeps what is known: %o', (cause, code) => {
    expect(unanswered('arm', 'GET', 'https://x.example.org', cause)).toMatchObject({ status: 0, code });
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-23T08:00:00Z');
  it.each([
    [{ 'retry-after': '17' }, 17],
    [{ 'retry-after': 'Mon, 23 Nov 2026 08:00:30 GMT' }, 30],
    [{ 'retry-after': 'Mon, 23 Nov 2026 07:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '1200' }, 2],
    [{ 'x-ms-retry-after-ms': '500', 'retry-after': '9' }, 1],
    [{ 'retry-after': '99999' }, 99_999],
    [{ 'retry-after': '9999999' }, 604_800],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('%o is %s seconds', (headers, seconds) => {
    expect(retryAfterSeconds(new Headers(headers as Record<string, string>), now)).toBe(seconds);
  });
});
