/** The kinds of lab that the matrices run: what is there before the lab starts, and what the request asks for. */
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import type { World } from './world.ts';

export type Landscape = { name: string; prepare: (world: World) => Promise<Record<string, unknown>> };

const IDLE = { idleMinutes: 5 };

export const LANDSCAPES: readonly Landscape[] = [
  { name: 'a lab of its own', prepare: () => Promise.resolve(IDLE) },
  {
    name: 'a lab in a borrowed account and workspace',
    prepare: async ({ cloud }) => {
      const { id: accountId } = await cloud.bystanders.account({ group: 'rg-course', name: 'aoai-course' });
      const { id: workspaceId } = await cloud.bystanders.workspace({ group: 'rg-course', name: 'dbw-course' });
      return { ...IDLE, openai: { accountId }, databricks: { workspaceId } };
    },
  },
  {
    name: 'a lab whose first cluster finds no cores, in a given group',
    prepare: async ({ cloud }) => {
      cloud.bystanders.group({ name: 'rg-given' });
      databricksOf(cloud.state).knobs.clusterStarts.push({ script: 'quota' });
      return { ...IDLE, resourceGroup: 'rg-given' };
    },
  },
];
