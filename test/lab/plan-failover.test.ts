import { describe, expect, it } from 'vitest';
import type { Remedy } from '../../src/lab/outcome.ts';
import type { DatabricksPlacement, OpenAIPlacement } from '../../src/lab/plan.ts';
import { databricksAfter, openaiAfter } from '../../src/lab/plan-failover.ts';

const openai = (text: string): OpenAIPlacement => {
  const [region = '', model = '', sku = ''] = text.split('/');
  return {
    region,
    reason: '',
    choice: { model, sku, capacity: 5, apiVersion: '2024-10-21', tokenParam: 'max_tokens', reason: '' },
  };
};
const write = (it: OpenAIPlacement): string => `${it.region}/${it.choice.model}/${it.choice.sku}`;
const failed = openai('a/turbo/Standard');
const rest = ['b/turbo/Standard', 'a/turbo/Global', 'a/five/Standard', 'b/five/Standard'];

const rows: [what: string, remedy: Remedy, stage: 'account' | 'deployment', tries: number, left: string[]][] = [
  ['no tokens left: another sku of the same region may have some', 'another-region', 'deployment', 1, rest],
  ['no account here: the region is out', 'another-region', 'account', 1, ['b/turbo/Standard', 'b/five/Standard']],
  ['model retired: it is out everywhere', 'another-model', 'deployment', 1, ['a/five/Standard', 'b/five/Standard']],
  ['name taken: the same place again', 'another-name', 'account', 1, ['a/turbo/Standard', ...rest]],
  ['name taken three times: on', 'another-name', 'account', 3, rest],
  ['service failed: one fresh start', 'fresh-start', 'account', 1, ['a/turbo/Standard', ...rest]],
  ['service failed twice: on', 'fresh-start', 'account', 2, rest],
  ['no region cures it: stop', 'none', 'account', 1, []],
];

describe('openaiAfter', () => {
  it.each(rows)('%s', (_what, remedy, stage, tries, left) => {
    expect(openaiAfter(rest.map(openai), { placement: failed, problem: { remedy }, stage, tries }).map(write)).toEqual(
      left,
    );
  });
});

describe('databricksAfter', () => {
  const at = (region: string): DatabricksPlacement => ({ region, nodeType: 'Standard_D4ds_v5', reason: '' });
  const left = (remedy: Remedy, tries: number): string[] =>
    databricksAfter([at('b'), at('c')], { placement: at('a'), problem: { remedy }, tries }).map((it) => it.region);

  it('moves on from quota, capacity and policies by region', () =>
    expect(left('another-region', 1)).toEqual(['b', 'c']));
  it('gives a failure of the service one fresh start, then moves on', () => {
    expect(left('fresh-start', 1)).toEqual(['a', 'b', 'c']);
    expect(left('fresh-start', 2)).toEqual(['b', 'c']);
  });
  it('tries the next name in the same region', () => expect(left('another-name', 2)).toEqual(['a', 'b', 'c']));
  it('stops where no region cures it', () => expect(left('none', 1)).toEqual([]));
});
