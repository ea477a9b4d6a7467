import { describe, expect, it } from 'vitest';
import { closedBecause, deploymentCapacity, modelRule } from '../../../src/lab/placement/choose-model.ts';
import { AT, model } from '../subscription.ts';

describe('modelRule', () => {
  const rows: [model: string, apiVersion: string, tokenParam: string][] = [
    ['gpt-35-turbo', '2024-10-21', 'max_tokens'],
    ['GPT-35-Turbo', '2024-10-21', 'max_tokens'],
    ['gpt-35-turbo-16k', '2024-10-21', 'max_tokens'],
    ['gpt-4', '2024-10-21', 'max_tokens'],
    ['gpt-4o-mini', '2024-10-21', 'max_tokens'],
    ['gpt-4.1', '2024-10-21', 'max_tokens'],
    ['gpt-5-mini', '2025-04-01-preview', 'max_completion_tokens'],
    ['gpt-5.5', '2025-04-01-preview', 'max_completion_tokens'],
    ['gpt-6', '2025-04-01-preview', 'max_completion_tokens'],
    ['o3-mini', '2025-04-01-preview', 'max_completion_tokens'],
    ['gpt-41-of-the-future', '2025-04-01-preview', 'max_completion_tokens'],
    ['something-new', '2025-04-01-preview', 'max_completion_tokens'],
  ];
  it.each(rows)('%s: %s, %s', (name, apiVersion, tokenParam) => {
    expect(modelRule(name)).toMatchObject({ apiVersion, tokenParam });
  });
});

describe('closedBecause', () => {
  const situation = { at: AT, deployedModels: ['gpt-5-mini'] };
  it('lets every living state through', () => {
    for (const lifecycleStatus of ['Stable', 'Preview', 'GenerallyAvailable', 'Legacy', 'SomethingNew']) {
      expect(closedBecause(model('x', [], { lifecycleStatus }), situation)).toBeNull();
    }
  });
  it('closes the retired, by state and by date', () => {
    expect(closedBecause(model('x', [], { lifecycleStatus: 'Deprecated' }), situation)).toBe('retired');
    expect(closedBecause(model('x', [], { inferenceRetiresAt: '2026-11-02T09:59:59Z' }), situation)).toBe(
      'retired since 2026-11-02',
    );
    expect(closedBecause(model('x', [], { inferenceRetiresAt: '2026-11-02T10:00:01Z' }), situation)).toBeNull();
  });
  it('keeps a closing model open to those who deploy it already', () => {
    expect(closedBecause(model('gpt-5-mini', [], { lifecycleStatus: 'Deprecating' }), situation)).toBeNull();
    expect(closedBecause(model('gpt-5-nano', [], { lifecycleStatus: 'Deprecating' }), situation)).toMatch(
      /do not deploy it already/,
    );
  });
});

describe('deploymentCapacity', () => {
  const rows: [capacity: { minimum?: number; maximum?: number; step?: number }, expected: number][] = [
    [{}, 5],
    [{ minimum: 1, maximum: 300, step: 1 }, 5],
    [{ minimum: 10 }, 10],
    [{ step: 10 }, 10],
    [{ minimum: 6, step: 4 }, 8],
    [{ maximum: 3 }, 3],
  ];
  it.each(rows)('%j -> %d', (capacity, expected) => {
    expect(deploymentCapacity({ name: 'Standard', usageName: 'u', capacity })).toBe(expected);
  });
});
