/**
 * What the templates send, against the published shapes of the resource types. Where `BICEP_TYPES` names a clone of https://github.com/Azure/bicep-types-az,
 * the extract itself is held against it too; `docs/decisions/0007-resource-types.md` says when that was done last.
 */
import { describe, expect, it } from 'vitest';
import { allDeployed, deployed, modes } from './modes.ts';
import { extractShapes } from './published-types.ts';
import { faultsOf, readShapes } from './shapes.ts';

const clone = process.env['BICEP_TYPES'];
const shapes = readShapes();

describe('published shapes', () => {
  it.each(modes)('are met by a deployment $name', async ({ params }) => {
    const { resources } = await deployed(params);
    const faults = resources.flatMap((it) =>
      faultsOf(shapes, `${it.type}@${it.apiVersion}`, JSON.parse(JSON.stringify(it.body))),
    );
    expect(faults).toEqual([]);
  });

  it('catch an unknown property, a read-only one, a missing one and a wrong value', () => {
    const body = {
      name: 'xyz',
      location: 'y',
      properties: { endpoint: 'z', ipAllowlist: 'all', sku: { nam: 'Consumption' } },
    };
    expect(faultsOf(shapes, 'Microsoft.DurableTask/schedulers@2026-02-01', body)).toEqual([
      'Microsoft.DurableTask/schedulers.properties.endpoint is read-only',
      'Microsoft.DurableTask/schedulers.properties.ipAllowlist must be an array',
      'Microsoft.DurableTask/schedulers.properties.sku.name is missing',
      'Microsoft.DurableTask/schedulers.properties.sku.nam is not known',
    ]);
    expect(faultsOf(shapes, 'Microsoft.DurableTask/schedulers@2020-01-01', body)).toEqual([
      expect.stringContaining('is not in the extract'),
    ]);
  });

  it('catch a misspelt name and a wrong value deep inside the function app', async () => {
    const { resources } = await deployed();
    const site = resources.find((it) => it.type === 'Microsoft.Web/sites')!;
    const text = JSON.stringify(site.body).replace('alwaysReady', 'alwaysready').replace('"node"', '"nodejs"');
    expect(faultsOf(shapes, `${site.type}@${site.apiVersion}`, JSON.parse(text))).toEqual([
      expect.stringMatching(/functionAppConfig\.runtime\.name must be .*\bnode\b/),
      'Microsoft.Web/sites.properties.functionAppConfig.scaleAndConcurrency.alwaysready is not known',
    ]);
  });

  it.skipIf(clone === undefined)(
    'are what is published now (skipped where BICEP_TYPES names no clone of bicep-types-az)',
    async () => {
      expect(extractShapes(clone!, await allDeployed())).toEqual(shapes);
    },
  );
});
