/** A budget is hours of what the lab made, and tokens of every completion: it ends no lab that costs nothing, and no completion is free. */
import { describe, expect, it } from 'vitest';
import { monitoringOf } from './monitoring.ts';
import { useWorld } from './world.ts';

const world = useWorld();
const { complete, get, pass, post, watched } = monitoringOf(world);
const cloud = () => world.rig.cloud;

const JOKES = { prompts: [{ prompt: 'Tell me a joke about animals.', n: 40 }] };
const budgets = () =>
  world.logs
    .filter((it) => it.message.includes('"lab.budget"'))
    .map((it) => JSON.parse(it.message) as { outcome: string; budgetUsd: number; costUsd: number });

/** An account with a deployment and a workspace with a cluster: a lab of these makes nothing that costs by the hour. */
async function loans(): Promise<Record<string, unknown>> {
  const deploy = { name: 'course', model: 'gpt-5.1', version: '2025-11-13', sku: 'GlobalStandard', capacity: 50 };
  const account = await cloud().bystanders.account({ group: 'rg-course', name: 'aoai-course', deploy });
  const workspace = await cloud().bystanders.workspace({ group: 'rg-course', name: 'dbw-course' });
  cloud().bystanders.cluster(workspace);
  return {
    openai: { accountId: account.id, deployment: 'course' },
    databricks: { workspaceId: workspace.id },
    reuse: 'compatible',
    idleMinutes: 600,
    maxHours: 24,
  };
}

describe('the hours of a lab', () => {
  it('end it when its removal will have used its budget up: what it cost, what was logged and the budget agree', async () => {
    const { report } = await world.ended(await world.start({ idleMinutes: 600, budgetUsd: 2 }));
    expect(report?.end.reason).toBe('budget');
    expect(report?.cost?.usd).toBeGreaterThan(1.9);
    expect(report?.cost?.usd).toBeLessThan(2.05);
    const [, reached] = budgets();
    expect(reached).toMatchObject({ outcome: 'reached', budgetUsd: 2 });
    expect(reached?.costUsd).toBeCloseTo(report?.cost?.usd ?? 0, 1);
  });

  it('cost nothing where the cluster that reuse has found is somebody else’s', async () => {
    const id = await watched({ ...(await loans()), budgetUsd: 1, maxHours: 6 });
    expect((await world.view(id)).deadlines).toMatchObject({ budgetAt: null, endsBy: 'deadline' });
    const { report } = await world.ended(id);
    expect(report?.end.reason).toBe('deadline');
    expect(budgets()).toEqual([]);
  });
});

describe('the tokens of a batch', () => {
  it('are in the cost of the lab, and bring the end of its budget nearer', async () => {
    const id = await watched({ idleMinutes: 600, maxHours: 72, budgetUsd: 20 });
    const before = await world.view(id);
    const { tally } = await complete(id, JOKES);
    const after = await world.view(id);
    const own = (before.completions ?? []).reduce((sum, it) => sum + it.promptTokens + it.completionTokens, 0);
    const share = 1 + (tally.promptTokens + tally.completionTokens) / own;
    const usd = before.cost?.tokensUsd ?? 0;
    expect(after.cost?.tokensUsd).toBeGreaterThan((usd * share) / 2);
    expect(after.deadlines?.budgetAt?.localeCompare(before.deadlines?.budgetAt ?? '')).toBe(-1);
    await world.end(id);
    expect((await world.ended(id)).report?.cost?.tokensUsd).toBe(after.cost?.tokensUsd);
  });

  it('end a lab of loans only, which costs nothing else', async () => {
    const id = await watched({ ...(await loans()), budgetUsd: 0.002 });
    await post(`${id}/completions`, JOKES);
    const { report } = await world.ended(id);
    expect(report?.end.reason).toBe('budget');
    expect(report?.cost?.usd).toBeGreaterThan(0.002);
    expect(report?.cost?.hoursUsd).toBe(0);
  });

  it('are in the report of a lab that ended in the midst of them', async () => {
    const id = await watched();
    const asked = await post(`${id}/completions`, JOKES);
    await pass(0.2);
    await world.end(id);
    const { report } = await world.ended(id);
    const batch = await get<{ tally: { promptTokens: number }; state: string }>(
      `${id}/completions/${String(asked.body['id'])}`,
    );
    expect(batch.state).toBe('stopped');
    expect(report?.facts?.tokens?.[0]?.promptTokens).toBe(batch.tally.promptTokens);
  });

  it('count once, however often a part of the batch is told', async () => {
    const id = await watched();
    const { tally } = await complete(id, JOKES, { 'idempotency-key': 'once' });
    const history = world.rig.host.history(id).filter((it) => it.Name === 'tokens');
    for (const it of history) {
      await world.rig.host.fetch(`/runtime/webhooks/durabletask/instances/${id}/raiseEvent/tokens?code=local`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: it.Input ?? '',
      });
    }
    await pass(1);
    await world.end(id);
    const { report } = await world.ended(id);
    expect(history.length).toBeGreaterThan(1);
    expect(report?.facts?.tokens?.[0]?.promptTokens).toBe(tally.promptTokens);
  });
});

describe('people are told of the budget', () => {
  const dryRun = async (body: object): Promise<string[]> => {
    const response = await world.rig.host.fetch('/api/labs?dryRun=true', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return ((await response.json()) as { summary: string[] }).summary;
  };
  const page = async (path: string, query = ''): Promise<string> =>
    (await world.rig.host.fetch(`/api/${path}${query}`, { headers: { accept: 'text/html' } })).text();

  it('by a dry run: one that is too small ends the lab before it is complete, as it then does', async () => {
    const [told] = (await dryRun({ budgetUsd: 0.03 })).slice(-1);
    expect(told).toBe('The budget of 0.03 USD ends this lab before it is complete, after about 0.1 h.');
    expect((await dryRun({ budgetUsd: 2, maxHours: 24 })).at(-1)).toMatch(
      /^The budget of 2.00 USD ends it after about 2.\d h/,
    );
    expect((await dryRun({})).at(-1)).toMatch(/^By list prices about .* at most/);
    const { report } = await world.ended(await world.start({ budgetUsd: 0.03 }));
    expect(report).toMatchObject({ outcome: 'ended-early', end: { reason: 'budget' } });
    expect(report?.cost?.usd).toBeLessThan(0.03);
  });

  it('by report and dashboard, beside the cost, with the hard deadline beside the end; in both languages', async () => {
    const id = await watched({ budgetUsd: 2.5, maxHours: 4 });
    const { limits } = await world.view(id);
    const moment = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone: 'UTC' }).format(
      new Date(limits?.hardAt ?? ''),
    );
    for (const path of ['dashboard', `labs/${id}/report`]) {
      expect(await page(path)).toMatch(/\$0\.\d+ of \$2\.50/);
      expect(await page(path)).toContain(`hard deadline ${moment}, `);
      expect(await page(path, '?lang=pt-BR')).toMatch(/0,\d+ de US\$\s2,50/);
      expect(await page(path, '?lang=pt-BR')).toContain('prazo final');
    }
    await world.end(id);
    await world.ended(id);
    expect(await page(`labs/${id}/report`)).toMatch(/\$0\.\d+ of \$2\.50/);
    expect(await page(`labs/${id}/report`)).not.toContain('hard deadline');
  });
});
