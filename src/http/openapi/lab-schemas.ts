/**
 * What the API answers about labs, as schemas: for the OpenAPI document, and for the tests that hold real answers to them. The types at the end fail the
 * compilation where an answer and its schema part ways. Answers may gain fields; a client passes over those it does not know.
 */
import { z } from 'zod';
import { PHASES } from '../../lab/steps.ts';
import { DriftSchema, MonitorSchema } from './drift-schemas.ts';
import type { LabView } from '../../hub/lab-view.ts';

export const time = (what: string) => z.string().meta({ format: 'date-time', description: what });
const link = (what: string) => z.string().describe(what);

export const ProblemSchema = z.object({
  type: z.string().describe('Always `about:blank`: `code` says what it is.'),
  status: z.int().describe('That of the answer.'),
  code: z.string().describe('Stable: programs decide on this.'),
  title: z.string().describe('What it is, in a few words.'),
  detail: z.string().optional().describe('What it is here.'),
  errors: z
    .array(
      z.object({
        field: z.string().describe('Path of the field, or the line of a body of lines; empty for the whole body.'),
        message: z.string().describe('What is wrong with it.'),
      }),
    )
    .optional()
    .describe('Every bad field at once, the first fifty.'),
  suggestion: z.string().optional().describe('What to do about it.'),
});

const phase = z
  .enum([...PHASES, 'lost'])
  .describe(
    '`watching`: built and verified, may be used. `lost`: resources exist that no orchestration looks after; the sweep removes them.',
  );

export const LabLinksSchema = z.object({
  self: link('The lab.'),
  keepalive: link('POST: move the idle deadline.'),
  end: link('POST: tear it down.'),
  completions: link('POST: ask its model.'),
  probe: link('POST: ask the fixed questions.'),
  traces: link('GET: its traces.'),
  drift: link('GET: whether they have changed.'),
  report: link('GET: all of it; a page to a browser, JSON to others.'),
  workspace: z.string().optional().describe('The Databricks workspace, while it is there.'),
  experiment: z.string().optional().describe('The MLflow experiment in it.'),
  portal: z.string().optional().describe('The workspace in the Azure portal: participants launch it there.'),
});

export const StepSchema = z.object({
  name: z.string().describe('What is done: `plan`, `group`, `account`, `deployment`, `workspace`, `cluster`, …'),
  state: z.enum(['running', 'done', 'failed', 'ended']).describe('`ended`: the lab was ended before it was done.'),
  startedAt: time('When it began.'),
  endedAt: time('When it ended.').optional(),
  region: z.string().optional().describe('Where.'),
  attempt: z.int().optional().describe('Number of the try.'),
  subject: z.string().optional().describe('Name or id of what the step is about.'),
  note: z.string().optional().describe('What the service said last.'),
});

export const CompletionSchema = z.object({
  source: z.enum(['app', 'notebook']).describe('Who asked.'),
  answer: z.string().describe('Cut to 1,000 characters; the whole of it is in the trace.'),
  finishReason: z.string().describe('Why the answer ended: `stop`, `length`, …'),
  model: z.string().describe('The version that answered.'),
  promptTokens: z.int().describe('Tokens of the prompt.'),
  completionTokens: z.int().describe('Tokens of the answer.'),
  totalTokens: z.int().describe('Their sum.'),
  latencyMs: z.number().describe('How long it took, in milliseconds.'),
  runId: z.string().describe('The MLflow run.'),
  traceId: z.string().nullable().describe('The MLflow trace; null: none was written.'),
  runPageUrl: z.string().optional().describe('The run of the notebook as a job, in the workspace.'),
  warnings: z.array(z.string()).describe('What of its telemetry is not whole.'),
});

export const VerificationSchema = z
  .object({
    runId: z.string().describe('The MLflow run of the completion.'),
    traceId: z.string().describe('The trace of the completion.'),
    param: z.int().describe('As the run’s parameter says.'),
    spanUsage: z.int().describe('As the output of the trace’s span says.'),
    traceTokenUsage: z.int().nullable().describe('As the trace’s own token usage says; null: this MLflow keeps none.'),
  })
  .describe('The places where `completion_tokens` must agree.');

const refusal = z.object({
  code: z.string().describe('The service’s own, or the app’s: stable.'),
  message: z.string().describe('What the service said, without secrets.'),
  remedy: z
    .enum(['another-region', 'another-model', 'another-name', 'fresh-start', 'none'])
    .describe('What would cure it; the app tries that by itself. `none`: only a person can.'),
  suggestion: z.string().optional().describe('What a person can do about it.'),
});

export const CostSchema = z
  .object({
    estimate: z.literal(true).describe('Always.'),
    usd: z.number().describe('So far, in US dollars.'),
    usdPerHour: z.number().describe('Cost per hour of what runs now.'),
    hoursUsd: z.number().describe('Cost of what is billed by the hour.'),
    tokensUsd: z.number().describe('Cost of the tokens.'),
    unpriced: z.array(z.string()).describe('Models whose price is not known.'),
    byResource: z
      .array(z.object({ resource: z.string().describe('What it is of.'), usd: z.number().describe('So far.') }))
      .describe('Dearest first.'),
    avoidedUsd: z.number().optional().describe('What a day of leaving it on would have cost more.'),
    pricesOf: z
      .object({
        region: z.string().describe('The region whose prices they are.'),
        at: z.iso.datetime().describe('When they were read.'),
      })
      .optional()
      .describe('Whose prices they are and when they were read. Left out: those of the app’s own dated table.'),
  })
  .describe('An estimate from list prices; never a bill.');

const left = z.array(z.object({ id: z.string().describe('What it is.'), why: z.string().describe('Why it stays.') }));
const receipt = z.object({
  removals: z.array(
    z.object({
      what: z
        .string()
        .describe(
          '`cluster`, `workspace`, `managed group`, `deployment`, `account`, `soft-deleted account`, `group`, …',
        ),
      id: z.string().describe('Its id in Azure or Databricks.'),
      at: time('When it was seen to be gone.'),
      confirmed: z.string().describe('How that was seen.'),
      kept: z.literal(true).optional().describe('It is not gone: it stays for a reason that `confirmed` tells.'),
    }),
  ),
  foreign: z
    .array(z.object({ id: z.string().describe('Its id in Azure.'), type: z.string().describe('Its resource type.') }))
    .describe('Not the app’s: left where it is.'),
  borrowed: z.array(z.string()).optional().describe('What the request brought: left as it was.'),
  left: left.describe('What still exists, or is unread. Empty: nothing is left.'),
  blindTo: z.array(z.string()).describe('What this proof cannot see.'),
});

export const EndPreviewSchema = z.object({
  id: z.string().describe('The lab.'),
  dryRun: z.literal(true).describe('Nothing was removed.'),
  at: time('When it was looked at.'),
  wouldGo: z
    .array(
      z.object({
        what: z.string().describe('As a receipt calls it.'),
        id: z.string().describe('Its id in Azure or Databricks.'),
      }),
    )
    .describe('What the app made, and would remove.'),
  wouldStay: left.describe('What the app would leave, and why.'),
  unread: z
    .array(z.object({ what: z.string().describe('Which list.'), why: z.string().describe('What the service said.') }))
    .describe('Lists that could not be read just now: what they hold is not told here.'),
  blindTo: z.array(z.string()).describe('What no look can see.'),
  links: LabLinksSchema,
});

export const ReportSchema = z.object({
  id: z.string().describe('The lab.'),
  lab: z.record(z.string(), z.unknown()).describe('Names, subscription, owner and start.'),
  identity: z.unknown().optional().describe('Hashes that tell a repeated start from another one.'),
  outcome: z
    .enum(['healthy', 'failed', 'ended-early', 'unknown'])
    .describe('`healthy`: complete and verified. `unknown`: its orchestration was lost.'),
  end: z
    .object({
      reason: z.string().describe('`idle`, `asked`, `deadline`, `budget`, `failed`, `lease` or `left-over`.'),
      by: z.string().describe('Whose doing it was.'),
      at: time('When it was asked to end.'),
    })
    .describe('Why it ended.'),
  startedAt: time('When the lab was started.'),
  endedAt: time('When nothing was left.'),
  facts: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('Request, plan, resources, answers and steps; null where they are lost.'),
  teardownSteps: z.array(StepSchema).describe('The steps of the removal.'),
  receipt: receipt.describe('What went, how that was seen, and what is left.'),
  cost: CostSchema.nullable().describe('Null: what ran is not known.'),
  drift: DriftSchema.nullable().optional().describe('The older half of its traces against the newer half.'),
});

export const LabSchema = z.object({
  id: z.string().describe('The lab.'),
  owner: z.string().describe('Object id of who started it; `function-key` where nobody signs in.'),
  phase,
  running: z.boolean().describe('Whether an orchestration looks after it.'),
  startedAt: time('When it was started.'),
  endedAt: time('When nothing was left.').optional(),
  steps: z.array(StepSchema).describe('What was done and is being done, in the order of beginning.'),
  plan: z
    .object({
      openai: z.array(z.string()).describe('Regions of the model.'),
      databricks: z.array(z.string()).describe('Regions of the workspace.'),
      model: z.string().describe('The model that is tried first.'),
      reason: z.string().describe('Why that one.'),
      notes: z.array(z.string()).optional().describe('What else is done.'),
    })
    .optional()
    .describe('Regions in the order in which they are tried, and which model, and why.'),
  completions: z
    .array(CompletionSchema)
    .optional()
    .describe('The completions of the lab itself: by the app, and by the notebook.'),
  verifications: z.array(VerificationSchema).optional().describe('One for each completion that was verified.'),
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
      endsBy: z.enum(['idle', 'deadline', 'budget']).describe('Which it is.'),
      endsSoon: z.boolean().optional().describe('The warning ahead of it is out.'),
      held: z
        .enum(['unread', 'unproven'])
        .optional()
        .describe(
          'No sign of use, and no proof of silence: the workspace cannot be read, or a cluster runs. It is looked at again at `idleAt`.',
        ),
    })
    .optional(),
  secondsLeft: z.int().optional().describe('Until `deadlines.endsAt`.'),
  endsSoon: z.boolean().optional().describe('The warning ahead of the end is out: keep it alive now.'),
  problem: refusal.optional().describe('Why it failed.'),
  access: z
    .object({
      admitted: z.int().describe('People.'),
      refused: z
        .array(z.object({ id: z.string().describe('Who.'), why: z.string().describe('What Azure said.') }))
        .describe('Whom Azure refused, and why.'),
      handedOverTo: z.string().optional().describe('Whose the cluster is now.'),
    })
    .optional()
    .describe('Whom the request gave access.'),
  cost: CostSchema.optional(),
  monitor: MonitorSchema.optional().describe('What the monitor has seen, where one was asked for.'),
  left: left.optional().describe('What could not be removed so far, and why.'),
  lease: z.string().optional().describe('For a lost lab: when the sweep may remove it.'),
  report: ReportSchema.optional().describe('When it has ended.'),
  links: LabLinksSchema,
});

const listed = z.object({
  id: z.string().describe('The lab.'),
  owner: z.string().describe('Object id of who started it.'),
  phase,
  startedAt: time('When it was started.'),
  links: LabLinksSchema,
});
export const LabListSchema = z.object({
  living: z
    .array(listed.extend({ lease: z.string().nullable().describe('Until when nobody else removes it.') }))
    .describe('By their groups in Azure.'),
  ended: z.array(
    listed.extend({
      outcome: z.string().describe('See `Report`.'),
      endedAt: time('When nothing was left.'),
      left: z.int().describe('How much could not be removed.'),
    }),
  ),
});

const acknowledged = (status: [string, ...string[]]) =>
  z.object({
    id: z.string().describe('The lab.'),
    status: z.enum(status).describe('What became of the call.'),
    links: LabLinksSchema,
  });
export const StartedSchema = acknowledged(['started', 'already-started']);
export const ExtendedSchema = acknowledged(['extended', 'unchanged']).extend({
  endsAt: time('When the lab now ends.'),
  reason: z
    .enum(['deadline', 'budget', 'recent'])
    .optional()
    .describe(
      'Why it is unchanged: the hard deadline or the budget comes first, or it was moved less than half a minute ago.',
    ),
});
export const EndingSchema = acknowledged(['ending']);
/** What an end answers that begins nothing. */
export const EndedSchema = z.union([LabSchema, EndPreviewSchema]);
export const HealthSchema = z.object({
  status: z
    .enum(['ok', 'degraded'])
    .describe('`degraded`: Azure cannot be read with the app’s identity, or the sweep has not run for half an hour.'),
});

const rejection = z.object({
  service: z.string().describe('`openai` or `databricks`.'),
  region: z.string().describe('Where.'),
  reason: z.string().describe('Why it cannot be there.'),
});
export const DryRunSchema = z.object({
  dryRun: z.literal(true).describe('Nothing was created.'),
  id: z.string().describe('A start under this id gets this very plan.'),
  summary: z
    .array(z.string())
    .describe('The plan and its cost, or what to ask for where there is none, in lines to read.'),
  plan: z.union([
    z.object({
      kind: z.literal('plan').describe('Whether there is a place for it.'),
      openai: z
        .array(
          z.object({
            region: z.string().describe('Where.'),
            choice: z
              .object({
                model: z.string().describe('Its name.'),
                version: z.string().optional().describe('Left out: the default one.'),
                sku: z.string().describe('Standard, DataZoneStandard or GlobalStandard.'),
                capacity: z.int().describe('Thousands of tokens a minute.'),
                apiVersion: z.string().describe('API version of the data plane.'),
                tokenParam: z.enum(['max_tokens', 'max_completion_tokens']).describe('By which name it takes a limit.'),
                reason: z.string().describe('Why this model.'),
              })
              .describe('The model, and how it is deployed.'),
            reason: z.string().describe('Why here.'),
          }),
        )
        .describe('Places of the model, in the order in which they are tried.'),
      databricks: z
        .array(
          z.object({
            region: z.string().describe('Where.'),
            nodeType: z.string().describe('The machine of the cluster.'),
            reason: z.string().describe('Why here.'),
          }),
        )
        .describe('Places of workspace and cluster, in the order in which they are tried.'),
      rejected: z.array(rejection).describe('Regions that were ruled out.'),
      register: z.array(z.string()).describe('Resource providers that are registered first.'),
      firstOpenAITry: z.int().optional().describe('Above 1 where the first name is taken.'),
      borrowed: z.unknown().optional().describe('What the request brings, as it was found.'),
      notes: z.array(z.string()).optional().describe('What else is done.'),
    }),
    z.object({
      kind: z.literal('impossible').describe('Whether there is a place for it.'),
      reasons: z
        .array(
          z.looseObject({
            code: z.string().describe('Stable.'),
            message: z.string().describe('What stands against it.'),
            suggestion: z.string().describe('What to do about it.'),
          }),
        )
        .describe('What stands against it, and what to do about that.'),
      rejected: z.array(rejection),
    }),
  ]),
  estimate: z
    .object({
      estimate: z.literal(true).describe('By list prices; never a bill.'),
      usdPerHour: z.number().describe('While all of it runs.'),
      budgetUsd: z.number().describe('As the request has it.'),
      budgetHours: z
        .number()
        .nullable()
        .describe('Until the budget ends the lab; null: nothing that it makes costs by the hour.'),
      budgetTooSmall: z.boolean().describe('The budget ends the lab while it is built.'),
      expectedHours: z.number().describe('If it is used once and falls idle.'),
      expectedUsd: z.number().describe('What that costs.'),
      maximumHours: z.number().describe('If it is kept alive to its end.'),
      maximumUsd: z.number().describe('What that costs.'),
      lines: z
        .array(
          z.object({
            what: z.string().describe('What is billed.'),
            usdPerHour: z.number().describe('Its price.'),
            source: z.string().describe('Whose price that is.'),
            date: z.string().describe('The date of that price.'),
          }),
        )
        .describe('What is billed by the hour.'),
    })
    .nullable(),
});

/** Fails to compile where `Answer` is not what `Schema` says. */
type Documents<Schema, Answer extends Schema> = Answer;
/** @public Read by the compiler alone. */
export type Documented = [
  Documents<Omit<z.input<typeof LabSchema>, 'report'>, Omit<LabView, 'report'>>,
  Documents<Omit<z.input<typeof ReportSchema>, 'facts' | 'lab'>, Omit<NonNullable<LabView['report']>, 'facts' | 'lab'>>,
];
