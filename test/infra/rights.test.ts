/**
 * Whole labs on the local cloud, with exactly the rights that the templates give and no other: an action that the app needs and its role lacks stops a lab here, and
 * not in somebody's subscription.
 */
import { describe, expect, it } from 'vitest';
import { useWorld } from '../e2e/world.ts';
import type { Grant } from '../../local/cloud/landscape.ts';
import type { Deployment } from './bicep.ts';
import type { Value } from './bicep-values.ts';
import { deployed } from './modes.ts';

const world = useWorld();

/** The grants of a deployment's role assignments, on the local cloud's own subscription. */
function grantsOf({ resources }: Deployment): Grant[] {
  const roles = new Map(
    resources.filter((it) => it.type === 'Microsoft.Authorization/roleDefinitions').map((it) => [it.id, it.body]),
  );
  const grants = resources
    .filter((it) => it.type === 'Microsoft.Authorization/roleAssignments')
    .flatMap((it) => {
      const { roleDefinitionId } = it.body['properties'] as { roleDefinitionId: string };
      const role = roles.get(roleDefinitionId);
      if (role === undefined) return []; // a built-in role on the app's own resources
      const { permissions } = role['properties'] as unknown as {
        permissions: { actions: string[]; dataActions: string[] }[];
      };
      return permissions.map(({ actions, dataActions }) => ({ scope: it.scope, actions, dataActions }));
    });
  expect(grants.length).toBeGreaterThan(0);
  return grants;
}

async function grant(params: Record<string, Value>): Promise<void> {
  const { state } = world.rig.cloud;
  const deployment = await deployed({ ...params, labSubscriptionId: state.subscriptionIds[0]! });
  state.landscape.granted = grantsOf(deployment);
}

const refusals = () =>
  world.rig.cloud.requests.filter((it) => it.status === 403).map((it) => `${it.method} ${it.path}`);

const GIVEN = 'rg-of-the-course';

describe('a lab with the rights of the templates', () => {
  it('lives and leaves nothing in a dedicated subscription, and nothing is refused', async () => {
    await grant({});
    const { report } = await world.ended(await world.start({}));
    expect(report?.outcome).toBe('healthy');
    expect(refusals()).toEqual([]);
    expect(world.left()).toEqual([]);
  });

  it('lives in a given group, where nothing is refused but the deletion of its own, empty group', async () => {
    await grant({ rights: 'group', labResourceGroup: GIVEN });
    const { cloud } = world.rig;
    cloud.bystanders.group({ name: GIVEN });
    const { report } = await world.ended(await world.start({ resourceGroup: GIVEN }));
    expect(report?.outcome).toBe('healthy');
    const kept = report?.receipt.removals.filter((it) => it.kept).map((it) => it.id.toLowerCase());
    expect(kept).toHaveLength(1);
    expect(refusals().map((it) => it.toLowerCase())).toEqual([`delete ${kept?.[0]}`]);
    expect(world.left().map((it) => it.split(' ')[1]?.toLowerCase())).toEqual(kept);
  });

  it('takes people in, where the templates let it', async () => {
    await grant({ participants: 'true' });
    const participants = ['cccccccc-1111-4111-8111-111111111111'];
    const { report } = await world.ended(await world.start({ participants }));
    expect(report?.outcome).toBe('healthy');
    expect(refusals()).toEqual([]);
  });

  it('moves on where a quota is gone, and what the failed try left is removed too', async () => {
    await grant({});
    const { landscape } = world.rig.cloud.state;
    landscape.createFailures.push({
      type: 'Microsoft.Databricks/workspaces',
      code: 'ApplianceProvisioningFailed',
      message: 'QuotaExceeded',
    });
    const { report } = await world.ended(await world.start({}));
    expect(report?.outcome).toBe('healthy');
    expect(refusals()).toEqual([]);
    expect(world.left()).toEqual([]);
  });

  it('is refused before anything is made where the templates grant it nothing', async () => {
    await grant({ rights: 'group', labResourceGroup: GIVEN });
    const { report } = await world.ended(await world.start({}));
    expect(report?.outcome).toBe('failed');
    expect(world.creations(/^PUT .*\/(?:accounts|workspaces)\/[^/]+$/)).toBe(0);
  });

  it('is swept when the task hub is lost, with no right more', async () => {
    await grant({});
    const id = await world.start({});
    await world.until(id, (view) => view.phase === 'watching');
    await world.rig.renewHost('new');
    await world.rig.host.until(() => world.left().length === 0, { ms: 4 * 3_600_000 });
    expect(refusals()).toEqual([]);
  });
});
