/**
 * What the API answers about labs, as schemas: for the OpenAPI document, and for the tests that hold real answers to them. The types at the end fail the
 * compilation where an answer and its schema part ways. Answers may gain fields; a client passes over those it does not know.
 */
import { z } from 'zod';
import { PHASES } from '../lab/phases.ts';
import type { DryRun } from './plan-lab.ts';
import type { LabView } from './lab-view.ts';

export const time = (what: string) => z.string().meta({ format: 'date-time', description: what });
const links = (names: Record<string, string>) =>
  z.object(Object.fromEntries(Object.entries(names).map(([name, what]) => [name, z.string().describe(what)])));

export const ProblemSchema = z.object({
  type: z.string().describe('Always `about:blank`: `code` says what it is.'),
  status: z.int(),
  code: z.string().describe('Stable: programs decide on this.'),
  title: z.string(),
  detail: z.string().optional(),
  errors: z
    .array(
      z.object({
        field: z.string().describe('Path of the field, or the line of a body of lines; empty for the whole body.'),
        message: z.string(),
      }),
    )
    .optional()
    .describe('Every bad field at once, the first fifty.'),
  wayOut: z.string().optional().describe('What to do about it.'),
});

const phase = z
  .enum([...PHASES, 'lost'])
  .describe(
    '`watching`: built and verified, may be used. `lost`: resources exist that no orchestration looks after; the sweep removes them.',
  );

export const LabLinksSchema = links({
  self: 'The lab.',
  keepalive: 'POST: move the idle deadline.',
  end: 'POST: tear it down.',
  completions: 'POST: ask its model.',
  probe: 'POST: ask the fixed questions.',
  traces: 'GET: its traces.',
  drift: 'GET: whether they have changed.',
  report: 'GET: all of it; a page to a browser, JSON to others.',
}).extend({
  workspace: z.string().optional().describe('The Databricks workspace, while it is there.'),
  experiment: z.string().optional().describe('The MLflow experiment in it.'),
  portal: z.string().optional().describe('The workspace in the Azure portal: participants launch it there.'),
});

export const StepSchema = z.object({
  name: z.string(),
  state: z.enum(['running', 'done', 'failed', 'ended']),
  startedAt: time('When it began.'),
  endedAt: time('When it ended.').optional(),
  region: z.string().optional(),
  attempt: z.int().optional(),
  subject: z.string().optional().describe('Name or id of what the step is about.'),
  note: z.string().optional().describe('What the service said last.'),
});

export const CompletionSchema = z.object({
  source: z.enum(['app', 'notebook']),
  answer: z.string().describe('Cut to 1,000 characters; the whole of it is in the trace.'),
  finishReason: z.string(),
  model: z.string(),
  promptTokens: z.int(),
  completionTokens: z.int(),
  totalTokens: z.int(),
  latencyMs: z.number(),
  runId: z.string(),
  traceId: z.string().nullable(),
  runPageUrl: z.string().optional(),
  warnings: z.array(z.string()),
});

export const VerificationSchema = z
  .object({
    runId: z.string(),
    traceId: z.string(),
    param: z.int(),
    spanUsage: z.int(),
    traceTokenUsage: z.int().nullable(),
  })
  .describe('The places where `completion_tokens` must agree.');

const refusal = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
  wayOut: z.string().optional(),
});

export const CostSchema = z
  .object({
    estimate: z.literal(true),
    usd: z.number(),
    usdPerHour: z.number(),
    hoursUsd: z.number(),
    tokensUsd: z.number(),
    unpriced: z.array(z.string()).describe('Models whose price is not known.'),
    byResource: z.array(z.object({ resource: z.string(), usd: z.number() })),
    avoidedUsd: z.number().optional().describe('What a day of leaving it on would have cost more.'),
    pricesOf: z
      .object({ region: z.string(), at: z.iso.datetime() })
      .optional()
      .describe('Whose prices they are and when they were read. Left out: those of the app’s own dated table.'),
  })
  .describe('An estimate from list prices; never a bill.');

const left = z.array(z.object({ id: z.string(), why: z.string() }));
const receipt = z.object({
  removals: z.array(
    z.object({
      what: z.string(),
      id: z.string(),
      at: time('When it was seen to be gone.'),
      confirmed: z.string(),
      kept: z.literal(true).optional(),
    }),
  ),
  foreign: z.array(z.object({ id: z.string(), type: z.string() })).describe('Not the app’s: left where it is.'),
  borrowed: z.array(z.string()).optional().describe('What the request brought: left as it was.'),
  left: left.describe('What still exists, or is unread. Empty: nothing is left.'),
  blindTo: z.array(z.string()).describe('What this proof cannot see.'),
});

export const EndPreviewSchema = z.object({
  id: z.string(),
  dryRun: z.literal(true),
  at: time('When it was looked at.'),
  wouldGo: z.array(z.object({ what: z.string(), id: z.string() })).describe('What the app made, and would remove.'),
  wouldStay: left.describe('What the app would leave, and why.'),
  unread: z
    .array(z.object({ what: z.string(), why: z.string() }))
    .describe('Lists that could not be read just now: what they hold is not told here.'),
  blindTo: z.array(z.string()).describe('What no look can see.'),
  links: LabLinksSchema,
});

export const ReportSchema = z.object({
  id: z.string(),
  lab: z.record(z.string(), z.unknown()),
  identity: z.unknown().optional(),
  outcome: z.enum(['healthy', 'failed', 'ended-early', 'unknown']),
  end: z.object({ reason: z.string(), by: z.string(), at: time('When it was asked to end.') }),
  startedAt: time('When the lab was started.'),
  endedAt: time('When nothing was left.'),
  facts: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('Request, plan, resources, answers and steps; null where they are lost.'),
  teardownSteps: z.array(StepSchema),
  receipt,
  cost: CostSchema.nullable(),
  drift: z.unknown().optional().describe('The older half of its traces against the newer half.'),
});

export const LabSchema = z.object({
  id: z.string(),
  owner: z.string(),
  phase,
  running: z.boolean(),
  startedAt: time('When it was started.'),
  endedAt: time('When nothing was left.').optional(),
  steps: z.array(StepSchema),
  plan: z
    .object({
      openai: z.array(z.string()),
      databricks: z.array(z.string()),
      model: z.string(),
      reason: z.string(),
      notes: z.array(z.string()).optional(),
    })
    .optional()
    .describe('Regions in the order in which they are tried, and which model, and why.'),
  completions: z.array(CompletionSchema).optional(),
  verifications: z.array(VerificationSchema).optional(),
  limits: z
    .object({
      hardAt: time('When its hours are over.'),
      budgetUsd: z.number().describe('What it may cost.'),
    })
    .optional()
    .describe('What its request allows at most. Left out where its history is lost.'),
  deadlines: z
    .object({
      idleAt: time('When it falls idle.'),
      hardAt: time('When its hours are over.'),
      budgetAt: time('')
        .nullable()
        .describe(
          'When it must end so that its budget pays for its removal too; null: nothing that runs costs by the hour.',
        ),
      endsAt: time('The earliest of them.'),
      endsBy: z.enum(['idle', 'deadline', 'budget']),
      endsSoon: z.boolean().optional(),
    })
    .optional(),
  secondsLeft: z.int().optional(),
  endsSoon: z.boolean().optional(),
  problem: refusal.optional(),
  access: z
    .object({
      admitted: z.int(),
      refused: z.array(z.object({ id: z.string(), why: z.string() })),
      handedOverTo: z.string().optional(),
    })
    .optional()
    .describe('Whom the request let in.'),
  cost: CostSchema.optional(),
  monitor: z.unknown().optional().describe('What the monitor has seen, where one was asked for.'),
  left: left.optional(),
  lease: z.string().optional(),
  report: ReportSchema.optional(),
  links: LabLinksSchema,
});

const listed = z.object({
  id: z.string(),
  owner: z.string(),
  phase,
  startedAt: time('When it was started.'),
  links: LabLinksSchema,
});
export const LabListSchema = z.object({
  living: z.array(listed.extend({ lease: z.string().nullable() })),
  ended: z.array(
    listed.extend({
      outcome: z.string(),
      endedAt: time('When nothing was left.'),
      left: z.int().describe('How much could not be removed.'),
    }),
  ),
});

const acknowledged = (status: [string, ...string[]]) =>
  z.object({ id: z.string(), status: z.enum(status), links: LabLinksSchema });
export const StartedSchema = acknowledged(['started', 'already-started']);
export const ExtendedSchema = acknowledged(['extended']).extend({ endsAt: time('When the lab now ends.') });
export const EndingSchema = acknowledged(['ending']);
/** What an end answers that begins nothing. */
export const EndedSchema = z.union([LabSchema, EndPreviewSchema]);
export const HealthSchema = z.object({ status: z.enum(['ok', 'degraded']) });

const rejection = z.object({ service: z.string(), region: z.string(), reason: z.string() });
export const DryRunSchema = z.object({
  dryRun: z.literal(true),
  id: z.string().describe('A start under this id gets this very plan.'),
  summary: z
    .array(z.string())
    .describe('The plan and its cost, or what to ask for where there is none, in lines to read.'),
  plan: z.union([
    z.object({
      kind: z.literal('plan'),
      openai: z.array(z.looseObject({ region: z.string(), reason: z.string() })),
      databricks: z.array(z.looseObject({ region: z.string(), nodeType: z.string(), reason: z.string() })),
      rejected: z.array(rejection),
      register: z.array(z.string()),
      firstOpenAITry: z.int().optional(),
      borrowed: z.unknown().optional(),
      notes: z.array(z.string()).optional(),
    }),
    z.object({
      kind: z.literal('impossible'),
      reasons: z.array(z.looseObject({ code: z.string(), message: z.string(), wayOut: z.string() })),
      rejected: z.array(rejection),
    }),
  ]),
  estimate: z
    .object({
      estimate: z.literal(true),
      usdPerHour: z.number(),
      budgetUsd: z.number(),
      budgetHours: z
        .number()
        .nullable()
        .describe('Until the budget ends the lab; null: nothing that it makes costs by the hour.'),
      budgetTooSmall: z.boolean().describe('The budget ends the lab while it is built.'),
      expectedHours: z.number(),
      expectedUsd: z.number(),
      maximumHours: z.number(),
      maximumUsd: z.number(),
      lines: z.array(z.object({ what: z.string(), usdPerHour: z.number(), source: z.string(), date: z.string() })),
    })
    .nullable(),
});

/** Fails to compile where `Answer` is not what `Schema` says. */
type Documents<Schema, Answer extends Schema> = Answer;
/** @public Read by the compiler alone. */
export type Documented = [
  Documents<Omit<z.input<typeof LabSchema>, 'report' | 'links'>, Omit<LabView, 'report' | 'links'>>,
  Documents<Omit<z.input<typeof ReportSchema>, 'facts' | 'lab'>, Omit<NonNullable<LabView['report']>, 'facts' | 'lab'>>,
  Documents<
    Pick<z.input<typeof DryRunSchema>, 'id' | 'summary' | 'estimate'>,
    Pick<DryRun, 'id' | 'summary' | 'estimate'>
  >,
];
