/** What a request, a trace or a model may say, and where it must not lead. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textOfPage } from '../../src/clients/http-policy.ts';
import { path, PathError, segment, segments } from '../../src/clients/url-path.ts';
import { ACCOUNT_TYPE, armIdOf, parseArmId, WORKSPACE_TYPE } from '../../src/lab/arm-ids.ts';
import { sumTokens } from '../../src/lab/cost/ledger.ts';
import { tokensOf } from '../../src/lab/token-count.ts';
import { readChatAnswer } from '../../src/lab/traces/chat.ts';

const HOSTILE = [
  '..',
  '.',
  '',
  '../x',
  'a/../b',
  'a?b',
  'a#b',
  'a\\..\\b',
  '%2e%2e',
  'a\nb',
  'a\u0000',
  '\ud800',
  '//evil.example',
  'a;b',
];

describe('a segment of a path', () => {
  it.each(HOSTILE)('of %j stays in its place, or is refused', (value) => {
    let made: string;
    try {
      made = path`/api/traces/${value}/tags`;
    } catch (error) {
      expect(error).toBeInstanceOf(PathError);
      return;
    }
    const url = new URL(made, 'https://workspace.example');
    expect([url.host, url.search, url.hash]).toEqual(['workspace.example', '', '']);
    expect(url.pathname.split('/')).toHaveLength(5);
    expect(decodeURIComponent(url.pathname.split('/')[3] ?? '')).toBe(value);
  });

  it('stays in its place whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (value) => {
        let made: string;
        try {
          made = segment(value);
        } catch {
          return;
        }
        const url = new URL(`/a/${made}/b`, 'https://workspace.example');
        expect(url.pathname).toBe(`/a/${made}/b`);
      }),
      { seed: 18, numRuns: 2_000 },
    );
  });

  it('is each part of a longer path', () => {
    expect(segments('a b/c')).toBe('a%20b/c');
    for (const bad of ['a/../b', '/a', 'a//b', 'a/']) expect(() => segments(bad)).toThrow(PathError);
  });
});

describe('an id of Azure', () => {
  const id = (group: string, name: string) =>
    `/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/${group}/providers/${ACCOUNT_TYPE}/${name}`;

  it('has names that Azure allows', () => {
    expect(armIdOf(ACCOUNT_TYPE).test(id('rg-(1).a', 'aoai-1'))).toBe(true);
    expect(parseArmId(id('rg-(1).a', 'aoai-1'))).toMatchObject({ group: 'rg-(1).a', name: 'aoai-1' });
    expect(armIdOf(WORKSPACE_TYPE).test(id('rg', 'aoai-1'))).toBe(false);
  });

  it.each([
    ...HOSTILE.filter((it) => it !== 'a;b'),
    '..\\..\\..\\subscriptions\\other\\resources?x=',
    'rg.',
    'x'.repeat(91),
  ])('with a group of %j is none', (group) => {
    expect(armIdOf(ACCOUNT_TYPE).test(id(group, 'aoai'))).toBe(false);
    expect(() => parseArmId(id(group, 'aoai'))).toThrow('Not an ARM resource id');
  });

  it.each(HOSTILE)('with a name of %j is none that a request may bring', (name) => {
    expect(armIdOf(ACCOUNT_TYPE).test(id('rg', name))).toBe(false);
  });
});

describe('a count of tokens', () => {
  const BAD = [-1, -1e9, 0.5, 1e9, 9e15, NaN, Infinity, '7', null, undefined, {}];

  it.each(BAD)('of %j is none', (value) => expect(tokensOf(value)).toBeNull());

  it.each(BAD.filter((it) => typeof it === 'number'))('of %j in an answer of a model counts for nothing', (value) => {
    const usage = { prompt_tokens: 1, completion_tokens: value, total_tokens: 1 };
    expect(readChatAnswer({ choices: [], usage }).usage).toBeNull();
  });

  it('never makes a sum smaller', () => {
    const line = (promptTokens: number) => ({ model: 'gpt', promptTokens, completionTokens: promptTokens });
    expect(sumTokens([line(5), line(-1e9), line(NaN)])).toEqual([line(5)]);
  });
});

it('a page of 200 KB of brackets is read at once', () => {
  const from = performance.now();
  textOfPage('<'.repeat(200_000));
  textOfPage('<pre'.repeat(50_000));
  expect(performance.now() - from).toBeLessThan(1_000);
});
