/** The body of a start: every field optional, nothing else allowed. An empty request does exactly the Microsoft Learn lab. */
import { z } from 'zod';
import { boundedText } from './text.ts';
import { armIdOf, ACCOUNT_TYPE, WORKSPACE_TYPE } from './arm-ids.ts';

export const LAB_ID = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{1,22}[a-z0-9])$/, 'must be 3-24 of a-z, 0-9 and -, neither starting nor ending with -');

const region = z.string().regex(/^[a-z0-9]{3,40}$/, 'must be an Azure region name such as eastus2');
const armId = (type: typeof ACCOUNT_TYPE | typeof WORKSPACE_TYPE) =>
  z.string().regex(armIdOf(type), `must be the resource id of a ${type}`);

/** No lab may be asked to live longer. */
export const LONGEST_LAB_HOURS = 72;

const fields = z.strictObject({
  id: LAB_ID.optional().describe('Name of the lab. If left out, it is generated.'),
  subscriptionId: z
    .guid('must be a subscription id')
    .optional()
    .describe('Where the lab is built; one that the installation allows. Left out: the installation’s own.'),
  resourceGroup: z
    .string()
    .regex(/^[-\w.()]{1,89}[-\w()]$/, 'must be the name of a resource group')
    .optional()
    .describe(
      'An existing group for the resources. The lab still has a small group of its own, which carries its lease.',
    ),
  regions: z
    .array(region)
    .min(1)
    .max(20)
    .optional()
    .describe('Allowed regions in order of preference. Left out: the installation’s own.'),
  model: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{1,63}$/, 'must be a model name such as gpt-35-turbo')
    .default('gpt-35-turbo')
    .describe(
      'Asked for first. Where it is retired or has no quota another chat model is deployed, and the status says why.',
    ),
  openai: z
    .strictObject({
      accountId: armId(ACCOUNT_TYPE).describe('Resource id of an Azure OpenAI account.'),
      deployment: z
        .string()
        .min(2)
        .max(64)
        .optional()
        .describe('An existing deployment in it. Left out, the lab makes one and takes it out again.'),
    })
    .optional()
    .describe('Use this account instead of making one.'),
  databricks: z
    .strictObject({
      workspaceId: armId(WORKSPACE_TYPE)
        .optional()
        .describe('Resource id of an existing workspace, used instead of making one.'),
      clusterId: z
        .string()
        .regex(/^[\w-]{4,64}$/, 'must be a cluster id')
        .optional()
        .describe('An existing cluster in it, used instead of making one.'),
      tier: z.enum(['premium', 'trial']).default('premium').describe('The tier of a workspace that the lab makes.'),
      keepExperiment: z
        .boolean()
        .default(false)
        .describe('In a given workspace: leave the experiment with its runs and traces when the lab ends.'),
    })
    .refine((it) => it.clusterId === undefined || it.workspaceId !== undefined, {
      path: ['clusterId'],
      message: 'needs workspaceId as well',
    })
    .refine((it) => !it.keepExperiment || it.workspaceId !== undefined, {
      path: ['keepExperiment'],
      message: 'needs workspaceId as well: a workspace of the lab goes with all that is in it',
    })
    .prefault({})
    .describe('Which workspace and cluster to use or make.'),
  reuse: z
    .enum(['compatible'])
    .optional()
    .describe('In a given workspace: use a cluster that is fit (13.3 LTS ML or later), if there is one.'),
  completion: z
    .strictObject({
      system: boundedText(4_000)
        .default('Assistant is a large language model trained by OpenAI.')
        .describe('The system prompt.'),
      prompt: boundedText(8_000).default('Tell me a joke about animals.').describe('The prompt of the user.'),
    })
    .prefault({})
    .describe('What the model is asked, by the app and by the notebook.'),
  idleMinutes: z.int().min(5).max(1_440).default(20).describe('The lab ends when nobody has used it for so long.'),
  maxHours: z
    .int()
    .min(1)
    .max(LONGEST_LAB_HOURS)
    .default(8)
    .describe('The lab ends so long after its start, used or not.'),
  budgetUsd: z
    .number()
    .positive()
    .max(10_000)
    .default(10)
    .describe('The lab ends when it will have cost so much, by an estimate from list prices.'),
  monitorEveryMinutes: z
    .int()
    .min(15)
    .max(1_440)
    .optional()
    .describe('Compare new traces with the first ones so often. Left out: never.'),
  participants: z
    .array(z.guid('must be an object id'))
    .max(50)
    .default([])
    .describe('Entra object ids of people who may launch the lab’s workspace in the portal. See “People’s access”.'),
  handOver: z
    .string()
    .regex(/^[^\s@'"]{1,64}@[^\s@'"]{1,190}$/, 'must be a user principal name such as ana@example.org')
    .optional()
    .describe('User principal name of who gets the cluster once everything is verified. See “People’s access”.'),
  recreate: z
    .boolean()
    .default(false)
    .describe('Start again under an id whose lab has ended. Its old report is replaced.'),
});

export const LabRequestSchema = fields
  .refine((it) => it.reuse === undefined || it.databricks.workspaceId !== undefined, {
    path: ['reuse'],
    message: 'needs databricks.workspaceId as well: a cluster is looked for there',
  })
  .refine((it) => it.participants.length === 0 || it.databricks.workspaceId === undefined, {
    path: ['participants'],
    message: 'cannot get access to a given workspace: its owner decides who may use it',
  })
  .refine((it) => it.handOver === undefined || (it.databricks.clusterId === undefined && it.reuse === undefined), {
    path: ['handOver'],
    message: 'needs a cluster of the lab’s own: a given one is not the app’s to hand over',
  });

export type LabRequest = z.infer<typeof LabRequestSchema>;

/**
 * A request with what the installation adds to it: the regions in which the lab may be placed. `regionOrder` says whose order that is: `as-given` where the
 * request names them, else `spread`, which is the default.
 */
export type LabOrder = LabRequest & { regions: string[]; regionOrder?: 'as-given' | 'spread' };
