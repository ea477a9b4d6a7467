import { describe, expect, it } from 'vitest';
import * as models from '../../../src/lab/catalog/models.ts';
import * as prices from '../../../src/lab/catalog/prices.ts';
import { RATES, TOKEN_PRICES } from '../../../src/lab/catalog/prices.ts';
import { MODEL_FAMILIES, MODEL_PREFERENCES, NEWEST_RULE } from '../../../src/lab/catalog/models.ts';
import { PREFERRED_REGIONS, SPARE_REGIONS } from '../../../src/lab/catalog/regions.ts';
import type { Source } from '../../../src/lab/catalog/source.ts';

/** Everything in a module that looks like an entry with a source. */
function sources(value: unknown, path: string): [string, Source][] {
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return [];
  return Object.entries(value).flatMap(([key, it]) =>
    key === 'source' ? [[path, it as Source] as [string, Source]] : sources(it, `${path}.${key}`),
  );
}

describe('the catalogue', () => {
  it('names a source and a plausible date for every model, rate and price', () => {
    const all = sources({ models, prices }, 'catalog');
    expect(all.length).toBeGreaterThanOrEqual(
      MODEL_PREFERENCES.length +
        MODEL_FAMILIES.length +
        1 +
        Object.keys(RATES).length +
        Object.keys(TOKEN_PRICES).length,
    );
    for (const [path, source] of all) {
      expect(source.url, path).toMatch(/^https:\/\//);
      expect(source.date, path).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      expect(Number.isNaN(Date.parse(source.date)), path).toBe(false);
    }
  });

  it('starts with the lab’s own regions and model', () => {
    expect(PREFERRED_REGIONS.slice(0, 4)).toEqual(['eastus2', 'northcentralus', 'swedencentral', 'switzerlandwest']);
    expect(SPARE_REGIONS).toEqual(PREFERRED_REGIONS.slice(4));
    expect(MODEL_PREFERENCES[0]).toMatchObject({
      model: 'gpt-35-turbo',
      apiVersion: '2024-10-21',
      tokenParam: 'max_tokens',
    });
    expect(MODEL_PREFERENCES.map((it) => it.model)).toEqual([
      'gpt-35-turbo',
      'gpt-5.4-mini',
      'gpt-5-mini',
      'gpt-5.1',
      'gpt-5.5',
    ]);
    for (const rule of [...MODEL_PREFERENCES, NEWEST_RULE])
      expect(rule.skus).toEqual(['Standard', 'DataZoneStandard', 'GlobalStandard']);
  });

  it('knows a price for every preferred model, so that no preferred lab is estimated as free', () => {
    for (const { model } of MODEL_PREFERENCES) expect(TOKEN_PRICES[model], model).toBeDefined();
  });
});
