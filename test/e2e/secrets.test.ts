import { describe, expect, it } from 'vitest';
import { useWorld } from './world.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

const world = useWorld();

describe('secrets', () => {
  it('are in neither the durable store nor any log of a whole lab', async () => {
    const id = await world.start({});
    await world.until(id, (view) => view.phase === 'watching');
    const [account] = armOf(world.rig.cloud.state).accounts.values();
    const keys = [account?.keys.key1 ?? '', account?.keys.key2 ?? ''];
    const store = [world.rig.host.storeText()];
    await world.end(id);
    const view = await world.ended(id);
    store.push(world.rig.host.storeText());
    const text = [...store, JSON.stringify(view), ...world.logs.map((it) => it.message)].join('\n');

    expect(keys.every((key) => key.length >= 32)).toBe(true);
    for (const key of keys) expect(text.includes(key), 'an account key').toBe(false);
    expect(text, 'a bearer token').not.toMatch(/\beyJ[\w-]{10,}\.[\w-]{10,}/);
    expect(text, 'a bearer token').not.toMatch(/bearer\s+(?!\[redacted\])[\w-]{16,}/i);
    expect(text, 'a signed URL').not.toMatch(/[?&](?:sig|s|h|c|t)=(?!\[redacted\])[\w%+/-]{12,}/);
    expect(text.includes(world.rig.cloud.state.identityHeader), 'the header of the managed identity').toBe(false);
  });
});
