/** The app's identity reaches every lab: what one owner names in a request must not make it reach into the lab of another. */
import { describe, expect, it } from 'vitest';
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import type { LabView } from '../../src/hub/lab-view.ts';
import { ANA, callsOf, RUI, type Person } from './people-signed-in.ts';
import { useWorld } from './world.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

const world = useWorld({ settings: { WEBSITE_AUTH_ENABLED: 'True' } });
const { send, read, until } = callsOf(world);
const cloud = () => world.rig.cloud;
const LIVING = 'ana-living';
const OWN = 'rui-living';

const start = async (person: Person, id: string, body: object = {}) => {
  const answer = await send(person, 'POST', '/labs', { id, maxHours: 72, idleMinutes: 1_440, ...body });
  expect(answer.status, answer.body).toBe(202);
};
const tracesOf = async (person: Person, id: string) =>
  (await read<{ traces: { traceId: string }[] }>(person, `/labs/${id}/traces`)).traces.map((it) => it.traceId);
const end = async (person: Person, id: string) => {
  await send(person, 'DELETE', `/labs/${id}`);
  await until(person, id, 'ended');
  return read<LabView>(person, `/labs/${id}`);
};

describe('two owners in one given workspace', () => {
  it('read their own traces and runs only, and neither uses nor is told of the other’s cluster', async () => {
    const home = await cloud().bystanders.workspace({ group: 'rg-course', name: 'dbw-course' });
    const shared = { databricks: { workspaceId: home.id } };
    await start(ANA, LIVING, shared);
    await until(ANA, LIVING, 'watching');
    await start(RUI, OWN, { ...shared, reuse: 'compatible' });
    await until(RUI, OWN, 'watching');
    const view = await read<LabView>(RUI, `/labs/${OWN}`);
    expect(JSON.stringify(view)).not.toContain(LIVING);
    expect(databricksOf(cloud().state).clusters.values()).toHaveLength(2);

    const [theirs = '', theirOther = ''] = await tracesOf(ANA, LIVING);
    const [own = ''] = await tracesOf(RUI, OWN);
    const [{ runId } = { runId: '' }] = (await read<LabView>(ANA, `/labs/${LIVING}`)).completions ?? [];
    for (const path of [
      `traces/${theirs}`,
      `traces/compare?a=${own}&b=${theirs}`,
      `traces/compare?a=${theirOther}&b=${own}`,
      `traces/compare?a=${own}&b=${runId}`,
    ]) {
      const { status, body } = await send(RUI, 'GET', `/labs/${OWN}/${path}`);
      expect(status, `${path} ${body}`).toBe(404);
    }
    expect((await read<{ traces: unknown[] }>(RUI, `/labs/${OWN}/traces?limit=500`)).traces).toHaveLength(2);
    const drift = await send(RUI, 'GET', `/labs/${OWN}/drift?baseline=run:${runId}&current=all`);
    expect(JSON.parse(drift.body)).toMatchObject({ windows: { baseline: { traces: 0 } } });

    const [cluster] = databricksOf(cloud().state).clusters.values();
    await start(RUI, 'rui-second', { databricks: { ...shared.databricks, clusterId: cluster?.id } });
    await until(RUI, 'rui-second', 'ended');
    expect((await read<LabView>(RUI, '/labs/rui-second')).problem).toMatchObject({ code: 'unfit-cluster' });

    expect((await end(RUI, OWN)).report?.receipt.left).toEqual([]);
    expect((await read<LabView>(ANA, `/labs/${LIVING}`)).phase).toBe('watching');
    expect(await tracesOf(ANA, LIVING)).toContain(theirs);
    expect((await end(ANA, LIVING)).report?.receipt.left).toEqual([]);
  }, 60_000);
});

describe('what a lab has made', () => {
  it('is lent to no other owner, and is no place to build in: nothing of the lab changes, and it goes whole', async () => {
    await start(ANA, LIVING);
    await until(ANA, LIVING, 'watching');
    const { state } = cloud();
    const [account, workspace] = [
      armOf(state).accounts.values()[0]?.id ?? '',
      armOf(state).workspaces.values()[0]?.id ?? '',
    ];
    const group = /resourceGroups\/([^/]+)/.exec(account)?.[1] ?? '';
    const before = cloud()
      .inventory()
      .map((it) => it.id);
    for (const [id, body, code] of [
      ['rui-account', { openai: { accountId: account } }, 'unfit-account'],
      ['rui-deployment', { openai: { accountId: account, deployment: 'gpt-5.1' } }, 'unfit-account'],
      ['rui-workspace', { databricks: { workspaceId: workspace } }, 'unfit-workspace'],
      ['rui-capitals', { databricks: { workspaceId: workspace.toUpperCase() } }, 'unfit-workspace'],
      ['rui-group', { resourceGroup: group }, 'group-of-a-lab'],
      ['rui-group2', { resourceGroup: group.toUpperCase() }, 'group-of-a-lab'],
    ] as const) {
      await start(RUI, id, body);
      await until(RUI, id, 'ended');
      const view = await read<LabView>(RUI, `/labs/${id}`);
      expect(view.problem, id).toMatchObject({ code });
      expect(JSON.stringify(view.problem)).not.toContain(ANA.id);
      expect(
        cloud()
          .inventory()
          .map((it) => it.id),
        id,
      ).toEqual(before);
    }
    expect((await read<LabView>(ANA, `/labs/${LIVING}`)).phase).toBe('watching');
    const { receipt } = (await end(ANA, LIVING)).report ?? {};
    expect(receipt?.left).toEqual([]);
    expect(receipt?.removals.filter((it) => it.kept)).toEqual([]);
    expect(world.left()).toEqual([]);
  }, 60_000);
});
