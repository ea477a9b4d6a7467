import { describe, expect, it } from 'vitest';
import { useWorld } from './world.ts';

const world = useWorld();

describe('a bad start', () => {
  it.each([
    ['that is not JSON', '{"id":', 400, ['']],
    ['with an unknown field', { colour: 'red' }, 400, ['colour']],
    ['with a wrong type', { idleMinutes: 'twenty' }, 400, ['idleMinutes']],
    ['in a region that is not allowed', { regions: ['brazilsouth'] }, 400, ['regions.0']],
    ['with capitals in its id', { id: 'Monday' }, 400, ['id']],
    ['with no idle minutes', { idleMinutes: 0 }, 400, ['idleMinutes']],
    ['with too many idle minutes', { idleMinutes: 100_000 }, 400, ['idleMinutes']],
    ['with several bad fields', { id: 'X', maxHours: 0, budgetUsd: -1 }, 400, ['id', 'maxHours', 'budgetUsd']],
    [
      'in a subscription that is not allowed',
      { subscriptionId: '99999999-9999-4999-8999-999999999999' },
      400,
      ['subscriptionId'],
    ],
  ])('%s is refused, names every bad field, and makes nothing', async (_name, body, status, fields) => {
    const response = await world.post(body);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const problem = (await response.json()) as { code: string; errors: { field: string }[] };
    expect(problem.errors.map((it) => it.field)).toEqual(fields);
    expect(world.rig.cloud.requests.filter((it) => it.method !== 'GET')).toEqual([]);
  });

  it('over 64 KB is 413, and makes nothing', async () => {
    const response = await world.post({ completion: { prompt: 'x'.repeat(70_000) } });
    expect(response.status).toBe(413);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  it('with a body that is not declared as JSON is 415 and says what to send', async () => {
    const response = await world.rig.host.fetch('/api/labs', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{}',
    });
    expect(response.status).toBe(415);
    expect(await response.text()).toContain('application/json');
  });

  it('with a bad Idempotency-Key names the header', async () => {
    const response = await world.post({}, { 'idempotency-key': 'two words' });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('Idempotency-Key');
  });
});

describe('an id that no lab can have', () => {
  it.each(['..%2f..', 'A', 'x'.repeat(300), '%00', 'lab.report'])('%s is 404 as any unknown lab is', async (id) => {
    for (const [path, method] of [
      [`/api/labs/${id}`, 'GET'],
      [`/api/labs/${id}`, 'DELETE'],
      [`/api/labs/${id}/keepalive`, 'POST'],
    ] as const) {
      expect((await world.rig.host.fetch(path, { method })).status, `${method} ${path}`).toBe(404);
    }
  });
});
