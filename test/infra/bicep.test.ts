/** Our own reader of templates refuses what the compiler or Azure refuses, and computes as they do. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { deploy } from './bicep.ts';
import { type Value } from './bicep-values.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'bicep-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555';
async function outputs(main: string, params: Record<string, Value> = {}): Promise<Record<string, Value>> {
  writeFileSync(path.join(folder, 'main.bicep'), main);
  writeFileSync(
    path.join(folder, 'part.bicep'),
    `targetScope = 'subscription'\nparam id string = ''\noutput made string = id\n`,
  );
  return (await deploy(path.join(folder, 'main.bicep'), params, { subscriptionId: SUBSCRIPTION })).outputs;
}

describe('the reader of templates', () => {
  it('refuses a symbol that hides a decorator in use, as the compiler does with BCP265', async () => {
    const hidden = `@allowed(['a'])\nparam it string = 'a'\nvar allowed = it\noutput o string = allowed\n`;
    await expect(outputs(hidden)).rejects.toThrow('main.bicep line 3: allowed hides the decorator @allowed()');
    expect(await outputs(hidden.replaceAll('allowed =', 'allow =').replace('= allowed\n', '= allow\n'))).toEqual({
      o: 'a',
    });
  });

  it.each([
    ['scope', `name: 'part'\n    scope: subscription(id)`],
    ['name', "name: 'part-${id}'"],
  ])('refuses an output of a loop whose %s depends on its item', async (_, named) => {
    const loop = `targetScope = 'subscription'
module parts 'part.bicep' = [
  for id in ['x', 'y']: {
    ${named}
    params: { id: id }
  }
]
`;
    await expect(outputs(`${loop}output o string = parts[0].outputs.made\n`)).rejects.toThrow(
      'parts[0].outputs: the scope or the name of that loop depends on its item',
    );
    expect(await outputs(`${loop}output o string = 'none'\n`)).toEqual({ o: 'none' });
  });

  it('lets an output of another loop be read', async () => {
    const loop = `targetScope = 'subscription'
module parts 'part.bicep' = [for id in ['x', 'y']: { name: 'part', params: { id: id } }]
output o string = parts[1].outputs.made
`;
    expect(await outputs(loop)).toEqual({ o: 'y' });
  });

  it.each([
    ["union(['A', 'b'], ['a', 'b'])", ['A', 'b', 'a']],
    ['union({ a: { x: 1, y: 1 } }, { a: { y: 2 }, b: 3 })', { a: { x: 1, y: 2 }, b: 3 }],
    ['union({ a: [1] }, { a: [2] })', { a: [2] }],
    ["empty('') && empty([]) && empty({})", true],
    ["empty('a') || empty(['']) || empty({ a: 1 })", false],
    ['toObject([{ k: 1, v: 2 }], it => it.k, it => it.v)', { 1: 2 }],
    ["startsWith('LAB_x', 'lab_')", true],
    ['map(items({ b: 1, a: 2 }), it => it.key)', ['a', 'b']],
    ["filter(map(split(toLower(' A ,,b,'), ','), it => trim(it)), it => !empty(it))", ['a', 'b']],
    // From a snapshot of Bicep CLI 0.49.2.
    [`guid('/subscriptions/${SUBSCRIPTION}', 'dev', 'llmops-lab')`, '86a2bd03-4721-5daf-aee8-e74461b6c677'],
  ])('computes %s as Azure does', async (expression, value) => {
    expect(await outputs(`output o object = ${expression}\n`)).toEqual({ o: value });
  });
});
