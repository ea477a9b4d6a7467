import { expect, test } from 'vitest';
import type { TraceFeatures } from '../../src/drift/features.ts';
import { knownChanges, type KnownChange } from '../../src/drift/known-changes.ts';
import { createRandom } from '../../src/drift/statistics/random.ts';
import { trace } from './support.ts';

const window = (...groups: [number, Partial<TraceFeatures>][]): TraceFeatures[] =>
  groups.flatMap(([count, features]) => Array.from({ length: count }, () => trace(features)));
const changes = (baseline: TraceFeatures[], current: TraceFeatures[]): KnownChange[] =>
  knownChanges(baseline, current, () => createRandom(1));

test('pins: an upgrade of the model that is not named', () => {
  expect(changes(window([5, { model: 'a', deployment: 'x' }]), window([5, { model: 'b', deployment: 'x' }]))).toEqual([
    {
      setting: 'model',
      kind: 'replaced',
      values: [
        { value: 'a', baseline: 1, current: 0 },
        { value: 'b', baseline: 0, current: 1 },
      ],
    },
  ]);
});

test('pins: parameters or a system prompt that change for part of the traces only', () => {
  const found = changes(
    window([10, { paramsHash: 'cold', promptHash: 'old' }]),
    window([6, { paramsHash: 'cold', promptHash: 'old' }], [4, { paramsHash: 'hot', promptHash: 'new' }]),
  );
  expect(found.map(({ setting, kind }) => [setting, kind])).toEqual([
    ['parameters', 'mixed'],
    ['systemPrompt', 'mixed'],
  ]);
});

test('pins: a mix that varies by chance called a change, and a mix that was changed passed over', () => {
  const mixed = (a: number, b: number): TraceFeatures[] => window([a, { deployment: 'x' }], [b, { deployment: 'y' }]);
  expect(changes(mixed(30, 30), mixed(25, 35))).toEqual([]);
  expect(changes(mixed(50, 10), mixed(10, 50))).toMatchObject([{ setting: 'deployment', kind: 'mixed' }]);
});

test('pins: what was not recorded called a change', () => {
  expect(changes(window([5, { model: 'a' }]), window([5, {}]))).toEqual([]);
  expect(changes([], window([5, { model: 'a' }]))).toEqual([]);
});

test('pins: a list of values without bound', () => {
  const many = Array.from({ length: 200 }, (_, index) => trace({ paramsHash: `${index}`.repeat(100) }));
  const [change] = changes(many, window([5, { paramsHash: 'one' }]));
  expect(change?.values.length).toBe(6);
  expect(JSON.stringify(change).length).toBeLessThan(1500);
});
