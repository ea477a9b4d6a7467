/** The body of a start: every field optional, nothing else allowed. An empty request does exactly the Microsoft Learn lab. */
import { z } from 'zod';

export const LAB_ID = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{1,22}[a-z0-9])$/, 'must be 3-24 of a-z, 0-9 and -, neither starting nor ending with -');

const region = z.string().regex(/^[a-z0-9]{3,40}$/, 'must be an Azure region name such as eastus2');
const armId = (type: string) =>
  z
    .string()
    .regex(
      new RegExp(
        `^/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/]+/providers/${type.replace('.', '\\.')}/[^/]+$`,
        'i',
      ),
      `must be the resource id of a ${type}`,
    );

/** Half a surrogate pair cannot be written as UTF-8, and would reach the services as another text. */
const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((it) => it.isWellFormed(), 'must be well-formed Unicode');

const fields = z.strictObject({
  id: LAB_ID.optional(),
  subscriptionId: z.guid('must be a subscription id').optional(),
  resourceGroup: z
    .string()
    .regex(/^[-\w.()]{1,89}[-\w()]$/, 'must be the name of a resource group')
    .optional(),
  regions: z.array(region).min(1).max(20).optional(),
  model: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{1,63}$/, 'must be a model name such as gpt-35-turbo')
    .default('gpt-35-turbo'),
  openai: z
    .strictObject({
      accountId: armId('Microsoft.CognitiveServices/accounts'),
      deployment: z.string().min(2).max(64).optional(),
    })
    .optional(),
  databricks: z
    .strictObject({
      workspaceId: armId('Microsoft.Databricks/workspaces').optional(),
      clusterId: z
        .string()
        .regex(/^[\w-]{4,64}$/, 'must be a cluster id')
        .optional(),
      tier: z.enum(['premium', 'trial']).default('premium'),
      /** In a given workspace: leave the experiment with its runs and traces when the lab ends. */
      keepExperiment: z.boolean().default(false),
    })
    .refine((it) => it.clusterId === undefined || it.workspaceId !== undefined, {
      path: ['clusterId'],
      message: 'needs workspaceId as well',
    })
    .refine((it) => !it.keepExperiment || it.workspaceId !== undefined, {
      path: ['keepExperiment'],
      message: 'needs workspaceId as well: a workspace of the lab goes with all that is in it',
    })
    .prefault({}),
  reuse: z.enum(['compatible']).optional(),
  completion: z
    .strictObject({
      system: text(4_000).default('Assistant is a large language model trained by OpenAI.'),
      prompt: text(8_000).default('Tell me a joke about animals.'),
    })
    .prefault({}),
  idleMinutes: z.int().min(5).max(1_440).default(20),
  maxHours: z.int().min(1).max(72).default(8),
  budgetUsd: z.number().positive().max(10_000).default(10),
  monitorEveryMinutes: z.int().min(15).max(1_440).optional(),
  participants: z.array(z.guid('must be an object id')).max(50).default([]),
  recreate: z.boolean().default(false),
});

export const LabRequestSchema = fields.refine(
  (it) => it.reuse === undefined || it.databricks.workspaceId !== undefined,
  { path: ['reuse'], message: 'needs databricks.workspaceId as well: a cluster is looked for there' },
);

export type LabRequest = z.infer<typeof LabRequestSchema>;

/**
 * A request with what the installation adds to it: the regions in which the lab may be placed. `regionOrder` says whose order that is: `as-given` where the
 * request names them, else `spread`, which is the default.
 */
export type LabOrder = LabRequest & { regions: string[]; regionOrder?: 'as-given' | 'spread' };
