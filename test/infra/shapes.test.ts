/**
 * What the templates send, against the published shapes of the resource types. The shapes are half a gigabyte, so this runs where `BICEP_TYPES` names a clone of
 * https://github.com/Azure/bicep-types-az and is skipped, by name, elsewhere. `docs/decisions/0101-resource-types.md` says when it ran last.
 */
import { describe, expect, it } from 'vitest';
import { deployed, modes } from './modes.ts';
import { openShapes } from './shapes.ts';

const folder = process.env['BICEP_TYPES'];

describe('published shapes', () => {
  it.skipIf(folder === undefined).each(modes)(
    'are met by a deployment $name (skipped where BICEP_TYPES names no clone of bicep-types-az)',
    async ({ params }) => {
      const shapes = openShapes(folder!);
      const { resources } = await deployed(params);
      const faults = resources.flatMap((it) =>
        shapes.check(it.type, it.apiVersion, JSON.parse(JSON.stringify(it.body))),
      );
      expect(faults).toEqual([]);
    },
  );

  it.skipIf(folder === undefined)('catch an unknown property, a read-only one and a wrong value', () => {
    const check = openShapes(folder!).check;
    const body = {
      name: 'xyz',
      location: 'y',
      properties: { endpoint: 'z', ipAllowlist: 'all', sku: { nam: 'Consumption' } },
    };
    expect(check('Microsoft.DurableTask/schedulers', '2025-11-01', body)).toEqual([
      'Microsoft.DurableTask/schedulers.properties.endpoint is read-only',
      'Microsoft.DurableTask/schedulers.properties.ipAllowlist must be an array',
      'Microsoft.DurableTask/schedulers.properties.sku.name is missing',
      'Microsoft.DurableTask/schedulers.properties.sku.nam is not known',
    ]);
  });
});
