import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TAGS } from '../../src/lab/tags.ts';
import { build, PROMPTS, startBench, type Bench } from './bench.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterEach(() => {
  expect(bench.cloud.unknownRoutes).toEqual([]);
  bench.reset();
});

/** What the app made and what still exists of it. */
const ours = () => bench.cloud.inventory().filter((it) => it.origin !== 'bystander');

describe('a whole lab', () => {
  it('is built, completed, verified and removed, with every call made twice, and leaves nothing', async () => {
    const { lab } = bench;
    const built = await build(bench);
    const rebuilt = await build(bench);
    // Only the plan differs: it counts what the lab itself uses by now.
    expect({ ...rebuilt, plan: built.plan }).toEqual(built);
    expect(bench.requests(/^PUT .*\/accounts\/[^/]+$/)).toHaveLength(1);
    expect(bench.requests(/^PUT .*\/workspaces\/[^/]+$/)).toHaveLength(1);
    expect(bench.requests(/clusters\/create$/)).toHaveLength(1);
    expect(bench.requests(/libraries\/install$/)).toHaveLength(1);

    const common = { lab, ...built, prompts: PROMPTS };
    const fromApp = await bench.value('completeFromApp', { ...common, key: 'first' });
    const fromNotebook = await bench.value('runNotebook', { ...common, attempt: 1 });
    expect(await bench.value('completeFromApp', { ...common, key: 'first' })).toEqual(fromApp);
    expect(await bench.value('runNotebook', { ...common, attempt: 1 })).toEqual(fromNotebook);
    expect(fromApp.runId).not.toBe(fromNotebook.runId);
    for (const it of [fromApp, fromNotebook]) {
      const seen = await bench.value('verifyCompletion', { ...common, source: it.source, runId: it.runId });
      expect(seen).toMatchObject({
        runId: it.runId,
        param: it.completionTokens,
        spanUsage: it.completionTokens,
        traceTokenUsage: it.completionTokens,
      });
    }

    // Tags on all that takes them: without, the sweep would not find it.
    for (const it of ours().filter((one) => /(accounts|workspaces|deployments|resourceGroups)$/i.test(one.type))) {
      expect(it.tags).toMatchObject({
        [TAGS.installation]: lab.installation,
        [TAGS.lab]: lab.id,
        [TAGS.started]: lab.startedAt,
        [TAGS.owner]: lab.owner,
      });
    }

    const known = { workspaces: [built.workspace], accounts: [built.account] };
    const before = await bench.value('takeInventory', { lab, known });
    expect(before.left.map((it) => it.kind).sort()).toEqual(['account', 'group', 'workspace']);
    for (let round = 1; round <= 2; round++) {
      const removals = [
        ...(await bench.value('removeClusters', { lab, workspace: built.workspace })),
        ...(await bench.value('removeWorkspace', { lab, workspace: built.workspace })),
        ...(await bench.value('removeDeployments', { lab, account: built.account })),
        ...(await bench.value('removeAccount', { lab, account: built.account })),
        ...(await bench.value('purgeAccount', { lab, account: built.account })),
        ...(await bench.value('removeGroup', { lab })),
      ];
      const wanted = [
        'cluster',
        'workspace',
        'managed group',
        'deployment',
        'account',
        'soft-deleted account',
        'group',
      ];
      expect(removals.map((it) => it.what)).toEqual(round === 1 ? wanted : []);
    }
    expect((await bench.value('takeInventory', { lab, known })).left).toEqual([]);
    expect(ours()).toEqual([]);
  });

  it('keeps keys, tokens and signed URLs out of everything that is stored', async () => {
    const { lab } = bench;
    const built = await build(bench);
    const common = { lab, ...built, prompts: PROMPTS };
    // Failures are stored as well: some before the effect, some after it.
    bench.cloud.faults.add({
      pattern: 'POST *',
      kind: 'status',
      status: 500,
      body: { error: { code: 'X', message: 'Bearer abcdefghijklmnop' } },
      fire: 2,
    });
    bench.cloud.faults.add({ pattern: 'PUT *', kind: 'reset', when: 'after', fire: 2 });
    await bench.settle('connectWorkspace', { lab, ...built });
    await bench.settle('completeFromApp', { ...common, key: 'first' });
    await bench.settle('runNotebook', { ...common, attempt: 1 });
    const account = armOf(bench.cloud.state).accounts.get(built.account.id.toLowerCase());
    expect(account).toBeDefined();
    const text = [...bench.stored, ...bench.said].join('\n');
    expect(text).not.toContain(account?.keys.key1);
    expect(text).not.toMatch(/eyJ|abcdefghijklmnop|[?&](sig|s|t|h)=/);
  });
});
