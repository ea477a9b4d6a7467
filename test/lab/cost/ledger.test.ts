import { describe, expect, it } from 'vitest';
import {
  WORKSPACE_RATES,
  budgetEnd,
  clusterRates,
  costAvoided,
  costLines,
  costSoFar,
  sumTokens,
  tokenCost,
  type Ledger,
} from '../../../src/lab/cost/ledger.ts';
import { estimatePlan } from '../../../src/lab/cost/estimate.ts';
import { RATES } from '../../../src/lab/catalog/prices.ts';
import { STEPS } from '../../../src/lab/steps.ts';
import type { Plan } from '../../../src/lab/placement/plan.ts';

const t = (minutes: number): string => new Date(Date.UTC(2026, 10, 2, 10) + minutes * 60_000).toISOString();
const perHour = (ids: readonly (keyof typeof RATES)[]): number =>
  ids.reduce((sum, id) => sum + RATES[id].usdPerHour, 0);
const cluster = perHour(clusterRates('premium'));
const workspace = perHour(WORKSPACE_RATES);

const running: Ledger = {
  lines: [...costLines('workspace', WORKSPACE_RATES, t(0)), ...costLines('cluster', clusterRates('premium'), t(30))],
  tokens: [],
};

/** The same ledger with every open line of that resource closed at `to`. */
const closeLines = (ledger: Ledger, resource: string, to: string): Ledger => ({
  ...ledger,
  lines: ledger.lines.map((it) => (it.resource === resource && it.to === null ? { ...it, to } : it)),
});

describe('cost ledger', () => {
  it('costs nothing before anything runs', () => {
    expect(costSoFar({ lines: [], tokens: [] }, t(0))).toMatchObject({
      estimate: true,
      usd: 0,
      usdPerHour: 0,
      byResource: [],
    });
    expect(costSoFar(running, t(-60)).usd).toBe(0);
    expect(costSoFar(running, t(-60)).usdPerHour).toBe(0);
  });

  it('counts every line from its own start, by the hour', () => {
    const summary = costSoFar(running, t(90));
    expect(summary.usd).toBeCloseTo(1.5 * workspace + cluster, 5);
    expect(summary.usdPerHour).toBeCloseTo(workspace + cluster, 5);
    expect(summary.byResource.map((it) => it.resource)).toEqual(['cluster', 'workspace']);
  });

  it('stops counting what has ended, and its rate', () => {
    const ended = closeLines(running, 'cluster', t(60));
    expect(costSoFar(ended, t(120)).usd).toBeCloseTo(2 * workspace + 0.5 * cluster, 5);
    expect(costSoFar(ended, t(120)).usdPerHour).toBeCloseTo(workspace, 5);
    expect(costSoFar(ended, t(45)).usd).toBeCloseTo(0.75 * workspace + 0.25 * cluster, 5);
  });

  it('charges no DBUs for a trial workspace', () => {
    expect(perHour(clusterRates('trial'))).toBeCloseTo(cluster - RATES['dbu-premium'].usdPerHour, 6);
  });

  it('prices tokens by model, with or without its version, and names what it cannot price', () => {
    const line = { promptTokens: 1_000_000, completionTokens: 1_000_000 };
    expect(tokenCost([{ model: 'gpt-35-turbo', ...line }])).toEqual({ usd: 2, unpriced: [] });
    expect(tokenCost([{ model: 'gpt-5.1-2025-11-13', ...line }]).usd).toBe(11.25);
    expect(tokenCost([{ model: 'gpt-35-turbo-0125', ...line }]).usd).toBe(2);
    expect(tokenCost([{ model: 'mystery', ...line }])).toEqual({ usd: 0, unpriced: ['mystery'] });
    const summary = costSoFar(
      { lines: [], tokens: [{ model: 'gpt-35-turbo', promptTokens: 30, completionTokens: 25 }] },
      t(0),
    );
    expect(summary.tokensUsd).toBeGreaterThan(0);
    expect(summary.usd).toBe(summary.tokensUsd);
  });

  it('finds what was avoided against 24 hours: only what still ran when the removal began', () => {
    const tried = { ...running, lines: [...running.lines, ...costLines('failed try', ['vm'], t(0), t(20))] };
    const removed = closeLines(closeLines(tried, 'cluster', t(62)), 'workspace', t(66));
    const avoided = costAvoided(removed, { startedAt: t(0), removalAt: t(60) });
    expect(avoided).toBeCloseTo((24 - 62 / 60) * cluster + (24 - 66 / 60) * workspace, 4);
    expect(costAvoided(removed, { startedAt: t(-48 * 60), removalAt: t(60) })).toBe(0);
    expect(costAvoided({ lines: [], tokens: [] }, { startedAt: t(0), removalAt: t(60) })).toBe(0);
  });

  it('finds the end of a budget: what is spent and what the removal will cost is not there to live on', () => {
    const clusterSeconds = STEPS['remove-clusters'].typicalSeconds;
    const workspaceSeconds = clusterSeconds + STEPS['remove-workspace'].typicalSeconds;
    const removal = (cluster * clusterSeconds + workspace * workspaceSeconds) / 3_600;
    const end = Date.parse(budgetEnd(10, running, t(60)) ?? '');
    const lived = (end - Date.parse(t(0))) / 3_600_000;
    expect(lived * workspace + (lived - 0.5) * cluster + removal).toBeCloseTo(10, 4);
  });

  it('ends a budget at once where it is spent, by tokens alone too, and never where nothing costs anything', () => {
    const tokens = [{ model: 'gpt-35-turbo', promptTokens: 1_000_000, completionTokens: 1_000_000 }];
    expect(budgetEnd(0.45, running, t(60))).toBe(t(60));
    expect(budgetEnd(2, { lines: [], tokens }, t(60))).toBe(t(60));
    expect(budgetEnd(2.1, { lines: [], tokens }, t(60))).toBeNull();
    expect(budgetEnd(1e12, running, t(60))).toBeNull();
  });

  it('sums tokens by model', () => {
    const [one, other] = [
      { model: 'a', promptTokens: 1, completionTokens: 2 },
      { model: 'b', promptTokens: 3, completionTokens: 4 },
    ];
    expect(sumTokens([one, other, one])).toEqual([{ model: 'a', promptTokens: 2, completionTokens: 4 }, other]);
  });
});

describe('estimatePlan', () => {
  const plan: Plan = {
    kind: 'plan',
    openai: [
      {
        region: 'eastus2',
        reason: '',
        choice: {
          model: 'gpt-35-turbo',
          sku: 'Standard',
          capacity: 5,
          apiVersion: '2024-10-21',
          tokenParam: 'max_tokens',
          reason: '',
        },
      },
    ],
    databricks: [{ region: 'eastus2', nodeType: 'Standard_D4ds_v5', reason: '' }],
    rejected: [],
    register: [],
  };
  const usual = { tier: 'premium', idleMinutes: 20, maxHours: 8, budgetUsd: 10 } as const;

  it('says what an hour, a usual lab and a whole lab cost, with sources', () => {
    const estimate = estimatePlan(plan, usual);
    expect(estimate.usdPerHour).toBeCloseTo(cluster + workspace, 6);
    expect(estimate.expectedHours).toBeGreaterThan(20 / 60);
    expect(estimate.expectedHours).toBeLessThan(1.5);
    expect(estimate.expectedUsd).toBeLessThan(estimate.maximumUsd);
    expect(estimate.maximumHours).toBeGreaterThan(8);
    expect(estimate.lines.every((it) => it.source.startsWith('https://') && it.date !== '')).toBe(true);
  });

  it('never expects a lab to outlive its maximum', () => {
    const estimate = estimatePlan(plan, { ...usual, idleMinutes: 1_440, maxHours: 1 });
    expect(estimate.expectedHours).toBeLessThanOrEqual(estimate.maximumHours);
  });

  it('charges nothing by the hour for what is borrowed, and no budget ends that by the hour', () => {
    const estimate = estimatePlan(plan, { ...usual, borrowed: { workspace: true, cluster: true } });
    expect(estimate).toMatchObject({ usdPerHour: 0, budgetHours: null, budgetTooSmall: false });
  });

  it('never expects a lab to cost more than its budget, and says how long that lasts', () => {
    const { budgetHours, ...estimate } = estimatePlan(plan, { ...usual, maxHours: 72, budgetUsd: 2 });
    expect(estimate).toMatchObject({ maximumUsd: 2, budgetTooSmall: false });
    expect(estimate.maximumHours).toBeCloseTo((budgetHours ?? 0) + 5 / 60, 4);
    const day = estimatePlan(plan, { ...usual, idleMinutes: 1_440, maxHours: 72, budgetUsd: 2 });
    expect([day.expectedUsd, day.expectedHours]).toEqual([2, day.maximumHours]);
  });

  it.each([0.005, 0.03, 0.15])('says that a budget of %d USD ends the lab before it is complete', (budgetUsd) => {
    const { budgetHours, budgetTooSmall } = estimatePlan(plan, { ...usual, budgetUsd });
    expect(budgetTooSmall).toBe(true);
    expect(budgetHours).toBeLessThan(0.25);
  });
});
