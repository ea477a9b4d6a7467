import { describe, expect, it } from 'vitest';
import type { Remedy } from '../../../src/lab/outcome.ts';
import type { DatabricksPlacement, OpenAIPlacement } from '../../../src/lab/placement/plan.ts';
import { databricksAfter, openaiAfter } from '../../../src/lab/placement/failover.ts';

const openai = (text: string): OpenAIPlacement => {
  const [region = '', named = '', sku = ''] = text.split('/');
  const [model = '', version] = named.split('@');
  return {
    region,
    reason: '',
    choice: {
      model,
      ...(version === undefined ? {} : { version }),
      sku,
      capacity: 5,
      apiVersion: '2024-10-21',
      tokenParam: 'max_tokens',
      reason: '',
    },
  };
};
const write = ({ region, choice: { model, version, sku } }: OpenAIPlacement): string =>
  `${region}/${model}${version === undefined ? '' : `@${version}`}/${sku}`;
const failed = openai('a/turbo/Standard');
const rest = ['b/turbo/Standard', 'a/turbo/Global', 'a/five/Standard', 'b/five/Standard'];

const rows: [what: string, remedy: Remedy, stage: 'account' | 'deployment', tries: number, left: string[]][] = [
  ['no tokens left: another sku of the same region may have some', 'another-region', 'deployment', 1, rest],
  ['no account here: the region is out', 'another-region', 'account', 1, ['b/turbo/Standard', 'b/five/Standard']],
  [
    'model retired: this version is out everywhere',
    'another-model',
    'deployment',
    1,
    ['a/five/Standard', 'b/five/Standard'],
  ],
  ['name taken: the same place again', 'another-name', 'account', 1, ['a/turbo/Standard', ...rest]],
  ['name taken three times: the region is out', 'another-name', 'account', 3, ['b/turbo/Standard', 'b/five/Standard']],
  ['service failed: one fresh start', 'fresh-start', 'account', 1, ['a/turbo/Standard', ...rest]],
  ['no account twice: the region is out', 'fresh-start', 'account', 2, ['b/turbo/Standard', 'b/five/Standard']],
  ['no deployment twice: another sku, model or region', 'fresh-start', 'deployment', 2, rest],
  ['no region cures it: stop', 'none', 'account', 1, []],
];

describe('openaiAfter', () => {
  it.each(rows)('%s', (_what, remedy, stage, tries, left) => {
    expect(openaiAfter(rest.map(openai), { placement: failed, problem: { remedy }, stage, tries }).map(write)).toEqual(
      left,
    );
  });
});

it('leaves another version of a retired model: only the one that was refused is out', () => {
  const left = openaiAfter([openai('b/turbo/Standard'), openai('b/turbo@0613/Standard')], {
    placement: failed,
    problem: { remedy: 'another-model' },
    stage: 'deployment',
    tries: 1,
  });
  expect(left.map(write)).toEqual(['b/turbo@0613/Standard']);
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
