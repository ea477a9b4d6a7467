import { describe, expect, it } from 'vitest';
import { useWorld } from './world.ts';

const world = useWorld();
const idOf = async (response: Response): Promise<string> => ((await response.json()) as { id: string }).id;

describe('the same start twice', () => {
  it('is one lab by its Idempotency-Key, at the same moment as well as later', async () => {
    const key = { 'idempotency-key': 'class-of-monday' };
    const responses = await Promise.all([world.post({}, key), world.post({}, key), world.post({}, key)]);
    expect(responses.map((it) => it.status)).toEqual([202, 202, 202]);
    const ids = new Set(await Promise.all(responses.map(idOf)));
    expect(ids.size).toBe(1);
    const [id = ''] = ids;
    await world.until(id, (view) => view.phase === 'watching');
    expect(await idOf(await world.post({}, key))).toBe(id);
    await world.ended(id);
    expect(await idOf(await world.post({}, key))).toBe(id);
    expect(world.creations(/^PUT .*\/accounts\/[^/]+$/)).toBe(1);
  });

  it('is a conflict when the body differs, living or ended', async () => {
    const key = { 'idempotency-key': 'one' };
    const id = await idOf(await world.post({}, key));
    const other = await world.post({ idleMinutes: 30 }, key);
    expect(other.status).toBe(409);
    expect(await other.json()).toMatchObject({ code: 'lab-exists' });
    await world.ended(id);
    expect(await (await world.post({ idleMinutes: 30 }, key)).json()).toMatchObject({ code: 'lab-ended' });
  });

  it('under an id that has ended needs recreate, and is then a lab of its own', async () => {
    const id = await world.start({ id: 'monday' });
    const first = await world.ended(id);
    const again = await world.post({ id: 'monday', recreate: true });
    expect(again.status).toBe(202);
    const second = await world.ended(id);
    expect(second.startedAt > first.startedAt).toBe(true);
    expect(second.report?.outcome).toBe('healthy');
    expect(world.left()).toEqual([]);
  });
});
