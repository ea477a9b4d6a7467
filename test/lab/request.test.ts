import { describe, expect, it } from 'vitest';
import { check } from '../../src/http/validation.ts';
import { LabRequestSchema } from '../../src/lab/request.ts';

const faultsOf = (body: unknown): string[] => {
  const checked = check(LabRequestSchema, body);
  return 'faults' in checked ? checked.faults.map((it) => it.field) : [];
};

describe('a start request', () => {
  it('asks for exactly the lab when it is empty', () => {
    expect(LabRequestSchema.parse({})).toMatchObject({
      model: 'gpt-35-turbo',
      databricks: { tier: 'premium' },
      completion: {
        system: 'Assistant is a large language model trained by OpenAI.',
        prompt: 'Tell me a joke about animals.',
      },
      idleMinutes: 20,
      maxHours: 8,
      budgetUsd: 10,
      recreate: false,
    });
  });

  it.each([
    [{ id: 'ab' }, ['id']],
    [{ id: 'Lab-One' }, ['id']],
    [{ id: '-lab' }, ['id']],
    [{ id: 'lab-' }, ['id']],
    [{ id: 'a'.repeat(25) }, ['id']],
    [{ idleMinutes: 0 }, ['idleMinutes']],
    [{ idleMinutes: 100_000 }, ['idleMinutes']],
    [{ idleMinutes: 20.5 }, ['idleMinutes']],
    [{ maxHours: 73 }, ['maxHours']],
    [{ budgetUsd: 0 }, ['budgetUsd']],
    [{ regions: [] }, ['regions']],
    [{ regions: ['East US 2'] }, ['regions.0']],
    [{ subscriptionId: 'mine' }, ['subscriptionId']],
    [{ resourceGroup: 'ends-with-a-dot.' }, ['resourceGroup']],
    [{ completion: { prompt: '' } }, ['completion.prompt']],
    [{ databricks: { tier: 'standard' } }, ['databricks.tier']],
    [{ databricks: { keepExperiment: true } }, ['databricks.keepExperiment']],
    [{ databricks: { clusterId: '0123-456789-abcdefgh' } }, ['databricks.clusterId']],
    [{ reuse: 'compatible' }, ['reuse']],
    [{ colour: 'red' }, ['colour']],
    [{ completion: { temperature: 1 } }, ['completion.temperature']],
    ['text', ['']],
    [null, ['']],
    [[], ['']],
  ])('refuses %j and names the field', (body, fields) => {
    expect(faultsOf(body)).toEqual(fields);
  });

  it('names every bad field at once', () => {
    expect(faultsOf({ id: 'X', idleMinutes: 0, colour: 'red' }).sort()).toEqual(['colour', 'id', 'idleMinutes']);
  });
});
