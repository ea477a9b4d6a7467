/** A whole lab under a landscape that a test arranges, driven to its end as soon as it is watched, beside things of other people that must not change. */
import { expect, vi } from 'vitest';
import type { LabView } from '../../src/hub/lab-view.ts';
import type { StepName } from '../../src/lab/steps.ts';
import type { Rig } from '../../local/rig.ts';
import type { World } from './world.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

// A whole lab takes a second of an idle machine. This is the time after which a test hangs, not one that it should keep.
vi.setConfig({ testTimeout: 120_000 });

/** In the order in which the scenarios allow them. */
export const REGIONS = ['eastus2', 'northcentralus', 'swedencentral'];

export type Placed = {
  /** How it was when it was first watched, or ended. */
  before: LabView;
  view: LabView;
  /** `region/model/sku` and `region`, of what stood when the lab was watched; undefined where it never was. */
  openai: string | undefined;
  databricks: string | undefined;
  /** Accounts (soft-deleted ones too) and workspaces of ours that still existed when the lab was watched. */
  standing: { accounts: number; workspaces: number };
  /** Regions of the tries of one step, in order, each marked when it was refused. */
  tries: (step: StepName) => string[];
};

/** What other people have, byte for byte: what a lab must not touch. */
export const outside = (rig: Rig): string[] =>
  rig.cloud
    .inventory()
    .filter((it) => it.origin === 'bystander')
    .map((it) => `${it.type} ${it.id} ${JSON.stringify(it.tags)}`)
    .sort();

/** Starts the lab, ends it as soon as it is watched, and holds it to the two promises that every lab makes: nothing left, nothing outside touched. */
export async function place(world: World, body: Record<string, unknown> = {}): Promise<Placed> {
  const { rig } = world;
  const others = outside(rig);
  const id = await world.start({ regions: REGIONS, ...body });
  const before = await world.until(id, (view) => view.phase === 'watching' || view.phase === 'ended');
  const ours = <T extends { maker: string }>(rows: readonly T[]): T[] => rows.filter((it) => it.maker === 'ours');
  const { state } = rig.cloud;
  const [deployment] = ours(armOf(state).deployments.values());
  const [workspace] = ours(armOf(state).workspaces.values()).filter((it) => it.state === 'Succeeded');
  const standing = {
    accounts:
      ours(armOf(state).accounts.values()).length +
      ours(
        armOf(state)
          .deletedAccounts.values()
          .map((it) => it.account),
      ).length,
    workspaces: ours(armOf(state).workspaces.values()).length,
  };
  if (before.phase === 'watching') await world.end(id);
  const view = await world.ended(id);
  expect(view.report?.receipt.left).toEqual([]);
  expect(world.left()).toEqual([]);
  expect(outside(rig)).toEqual(others);
  const watched = before.phase === 'watching';
  return {
    before,
    view,
    openai:
      watched && deployment ? `${deployment.location}/${deployment.model.name}/${deployment.sku.name}` : undefined,
    databricks: watched ? workspace?.location : undefined,
    standing,
    tries: (name) =>
      view.steps.filter((it) => it.name === name).map((it) => `${it.region}${it.state === 'failed' ? ' refused' : ''}`),
  };
}

/** Somebody else's things in the same subscription. */
export async function addBystanders({ cloud }: Rig): Promise<void> {
  cloud.bystanders.group();
  cloud.bystanders.storageIn('rg-elsewhere');
  await cloud.bystanders.account();
  await cloud.bystanders.workspace();
}

/** Every token bucket of a region is used up. */
export function fillTokens({ cloud }: Rig, ...regions: string[]): void {
  const { landscape } = cloud.state;
  for (const region of regions)
    for (const { usageName } of landscape.models[region]?.flatMap((it) => it.skus) ?? [])
      landscape.tokenQuota[`${region}/${usageName}`] = { limit: 30, used: 28 };
}

export function fillCores({ cloud }: Rig, ...regions: string[]): void {
  for (const region of regions)
    cloud.state.landscape.coreQuota[`${region}/standardDDSv5Family`] = { limit: 10, used: 8 };
}
