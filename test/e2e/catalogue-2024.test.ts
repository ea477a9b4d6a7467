import { expect, it } from 'vitest';
import { useWorld } from './world.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

const world = useWorld({ catalogue: '2024' });

it('in the catalogue of 2024 the lab gets its own model: gpt-35-turbo, Standard, 5K tokens a minute', async () => {
  const id = await world.start({});
  const watching = await world.until(id, (view) => view.phase === 'watching');
  expect(watching.plan?.model).toBe('gpt-35-turbo');
  const [deployment] = armOf(world.rig.cloud.state).deployments.values();
  expect(deployment).toMatchObject({ name: 'gpt-35-turbo', sku: { name: 'Standard', capacity: 5 } });
  await world.end(id);
  expect((await world.ended(id)).report?.outcome).toBe('healthy');
  expect(world.left()).toEqual([]);
});
