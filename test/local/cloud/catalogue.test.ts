// The two catalogues, and what keeps their dates true in other years.
import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../../local/cloud/catalogue.ts';

const chatModels = (name: '2026' | '2024', at: number, region = 'eastus2') =>
  (loadCatalogue(name, at)[region] ?? []).filter(
    (model) => model.chat && model.retiresAt > at && model.lifecycleStatus !== 'Deprecating',
  );

describe('catalogue', () => {
  it('of 2026: gpt-35-turbo, gpt-4o-mini and gpt-4.1-mini are past, gpt-5.1 and gpt-5.5 are open, with the true dates', () => {
    const now = Date.parse('2026-11-23');
    expect(chatModels('2026', now).map((model) => model.name)).toEqual(['gpt-5.1', 'gpt-5.5']);
    expect(loadCatalogue('2026', now).eastus2?.find((model) => model.name === 'gpt-5.1')?.retiresAt).toBe(
      Date.parse('2027-05-15'),
    );
  });

  it('of 2024: gpt-35-turbo deploys as Standard, by its default version too, whatever the year', () => {
    for (const year of [2024, 2026, 2031]) {
      const now = Date.parse(`${year}-11-23`);
      const turbo = chatModels('2024', now).filter((model) => model.name === 'gpt-35-turbo');
      expect(turbo.map((model) => [model.version, model.isDefaultVersion, model.skus[0]?.name])).toEqual([
        ['0613', false, 'Standard'],
        ['0125', true, 'Standard'],
      ]);
    }
  });

  it('has no models in Switzerland West', () => {
    expect(loadCatalogue('2024', 0).switzerlandwest).toBeUndefined();
    expect(chatModels('2024', 0, 'switzerlandnorth').map((model) => model.name)).toContain('gpt-35-turbo');
  });

  it('still has open models when the rehearsal runs in another year', () => {
    expect(chatModels('2026', Date.parse('2033-01-01')).map((model) => model.name)).toEqual(['gpt-5.1', 'gpt-5.5']);
  });
});
