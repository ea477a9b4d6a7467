/** What the API answers about drift, as schemas (see `openapi-lab.ts`): the findings of `drift/report.ts`, and what a monitor has seen. */
import { z } from 'zod';
import type { DriftReport } from '../../drift/report.ts';
import type { MonitorStatus } from '../../contracts/monitor.ts';
import type { DriftView } from '../../lab/traces/windows.ts';

const share = (what: string) => z.number().describe(`${what}, 0 to 1.`);
const windowSummary = z.object({
  traces: z.int().describe('Traces in the window.'),
  errors: z.int().describe('Failed traces among them.'),
  firstMs: z.number().nullable().describe('Request time of the first, epoch milliseconds; null: the window is empty.'),
  lastMs: z.number().nullable().describe('Request time of the last.'),
});

const verdictKind = z.enum(['drift', 'no-drift', 'not-enough-data']);
const NUMERIC = ['promptTokens', 'completionTokens', 'latencyMs', 'promptChars', 'responseChars'] as const;
const CATEGORICAL = ['finishReason', 'error', 'refusal'] as const;
const WORDING = ['promptText', 'responseText'] as const;
const featureName = z.enum([...NUMERIC, ...CATEGORICAL, ...WORDING]);

const judged = {
  adjustedP: z
    .number()
    .nullable()
    .describe('After Holm’s correction over all features: drift at `aims.alpha` or below. Null: not tested.'),
  verdict: z
    .object({
      kind: verdictKind.describe('The verdict on this feature alone.'),
      detectable: z
        .object({
          kind: z.enum(['percent', 'points', 'distance', 'any']).describe('`any`: all values are alike.'),
          percent: z.number().optional().describe('A rise of every value by so many percent.'),
          points: z.number().optional().describe('A change of the share of `level` by so many percentage points.'),
          level: z.string().optional().describe('Whose share.'),
          distance: z.number().optional().describe('A wording distance above this.'),
        })
        .optional()
        .describe('With `no-drift`: what would have been seen.'),
      have: z
        .object({ baseline: z.int().describe('Traces.'), current: z.int().describe('Traces.') })
        .optional()
        .describe('With `not-enough-data`: what there is.'),
      need: z
        .int()
        .nullable()
        .optional()
        .describe('Traces that each window needs; null: no practical number would do.'),
    })
    .describe('What was found in this feature.'),
};

const psi = z
  .object({
    value: z.number().describe('0: the same shares in every bin.'),
    bins: z.int().describe('Bins that were compared.'),
    noiseMean: z.number().describe('What windows of these sizes show on average without drift.'),
    noise95: z.number().describe('What they stay below in 95 of 100 comparisons without drift.'),
  })
  .describe('Population stability index: to look at, never a verdict.');
const jensenShannon = share('Jensen-Shannon distance: to look at, never a verdict');

const numericSide = z
  .object({
    count: z.int().describe('Traces with a value.'),
    mean: z.number().nullable().describe('Null, here and below: the window has no value.'),
    median: z.number().nullable().describe('Half of the values are at most this.'),
    p95: z.number().nullable().describe('95 % of them are at most this.'),
    min: z.number().nullable().describe('The smallest.'),
    max: z.number().nullable().describe('The largest.'),
  })
  .describe('The window in numbers; of the other kinds how many traces have a value.');
const ecdf = z
  .object({
    value: z.array(z.number()).describe('Values, ascending.'),
    share: z.array(z.number()).describe('The share of the window that is at most that value.'),
  })
  .describe('Distribution function of the window.');
const numeric = z.object({
  type: z.literal('numeric').describe('Which of the fields below there are.'),
  feature: z.enum(NUMERIC).describe('What was compared.'),
  baseline: numericSide,
  current: numericSide,
  tests: z
    .object({
      mannWhitney: z
        .object({
          u: z.number().describe('Pairs in which the current value is larger, ties counted one half.'),
          pValue: z.number().describe('Two-sided.'),
          smallestP: z.number().describe('The smallest that any split of these values could give.'),
          method: z.enum(['exact', 'permutation', 'normal']).describe('How p was found.'),
          cliffsDelta: z.number().describe('-1: every current value is smaller; 1: every one is larger.'),
        })
        .describe('Decides.'),
      kolmogorovSmirnov: z
        .object({
          d: share('The largest distance of the distribution functions'),
          pValue: z.number().describe('Two-sided.'),
          method: z.enum(['exact', 'asymptotic']).describe('How p was found.'),
        })
        .describe('To look at, never a verdict.'),
      shift: z
        .object({
          shift: z.number().describe('The shift in the feature’s unit; positive: the current window lies higher.'),
          low: z.number().describe('Lower bound of the 95 % interval.'),
          high: z.number().describe('Upper bound of the 95 % interval.'),
          percent: z
            .number()
            .nullable()
            .describe('The shift in percent of the baseline’s median; null where that is zero.'),
        })
        .describe('Hodges-Lehmann.'),
      distances: z
        .object({
          psi,
          jensenShannon,
          wasserstein: z.number().nullable().describe('How far values moved on average, in the feature’s unit.'),
        })
        .describe('To look at, never a verdict.'),
    })
    .nullable()
    .describe('Null below the smallest window that is judged.'),
  histogram: z
    .object({
      edges: z.array(z.number()).describe('One more than there are bins.'),
      baseline: z.array(z.int()).describe('Traces in each bin.'),
      current: z.array(z.int()).describe('Traces in each bin.'),
    })
    .nullable()
    .describe('Null: a window has no value.'),
  ecdf: z.object({ baseline: ecdf, current: ecdf }).nullable().describe('Null: a window has no value.'),
  ...judged,
});
const categorical = z.object({
  type: z.literal('categorical').describe('Which of the fields below there are.'),
  feature: z.enum(CATEGORICAL).describe('What was compared.'),
  baseline: z.int().describe('Traces with a value.'),
  current: z.int().describe('Traces with a value.'),
  levels: z
    .array(
      z.object({
        level: z.string().describe('The value.'),
        baseline: z.int().describe('Traces with it.'),
        current: z.int().describe('Traces with it.'),
      }),
    )
    .describe('Counts, the most common first.'),
  tests: z
    .object({
      table: z
        .object({
          pValue: z.number().describe('Two-sided.'),
          smallestP: z.number().describe('The smallest that any table with these margins could give.'),
          method: z.enum(['fisher', 'chi-squared', 'permutation']).describe('How p was found.'),
          degreesOfFreedom: z.int().describe('Degrees of freedom of the table.'),
          cramersV: share('0: the same shares; 1: no level in common'),
        })
        .describe('Decides.'),
      riskDifference: z
        .object({
          level: z.string().describe('Whose share.'),
          difference: z.number().describe('Current minus baseline, -1 to 1.'),
          low: z.number().describe('Lower bound of the 95 % interval.'),
          high: z.number().describe('Upper bound of the 95 % interval.'),
        })
        .describe('The change of the share of `level`, with its 95 % interval.'),
      distances: z.object({ psi, jensenShannon }),
    })
    .nullable(),
  ...judged,
});
const wording = z.object({
  type: z.literal('wording').describe('Which of the fields below there are.'),
  feature: z.enum(WORDING).describe('What was compared.'),
  baseline: z.int().describe('Traces with a text.'),
  current: z.int().describe('Traces with a text.'),
  tests: z
    .object({
      pValue: z.number().describe('The p-value of a permutation test, which decides.'),
      distance: share('Weighted Jensen-Shannon distance of the word counts'),
      compared: z
        .object({ baseline: z.int().describe('Texts.'), current: z.int().describe('Texts.') })
        .describe('Texts: a sample of at most 500 a window.'),
    })
    .nullable(),
  ...judged,
});

const asked = z.object({
  window: z.string().describe('As it could be asked for.'),
  lab: z.string().describe('Whose traces.'),
  source: z.enum(['workspace', 'report']).describe('Where they were read.'),
  cut: z.boolean().describe('Only the newest traces of the window were read.'),
});
export const AskedSchema = z.object({
  baseline: asked.describe('The window that is compared with.'),
  current: asked.describe('The window that is judged.'),
});

export const DriftSchema = z.object({
  asked: AskedSchema.optional().describe('Where the windows came from; left out in a report.'),
  version: z.literal(1).describe('Version of this document.'),
  aims: z
    .object({
      alpha: z.number().describe('The chance of even one false alarm over all features.'),
      power: z.number().describe('The chance with which a detectable effect is found.'),
      floor: z.int().describe('Fewer traces than this in a window are never judged.'),
      worthSeeing: z
        .object({
          percent: z.number().describe('A rise of every value.'),
          points: z.number().describe('A change of a share, in percentage points.'),
        })
        .describe('A window that is blind to these is called not enough.'),
    })
    .describe('What the comparison is meant to see.'),
  seed: z.int().describe('The same windows and seed give the same findings.'),
  windows: z
    .object({
      baseline: windowSummary.describe('The window that is compared with.'),
      current: windowSummary.describe('The window that is judged.'),
    })
    .describe('What was compared.'),
  shared: z.int().describe('Traces that are in both windows, which hides drift.'),
  verdict: z
    .object({
      kind: verdictKind.describe('`drift` where any feature drifts; `no-drift` only where every one could be judged.'),
      features: z.array(featureName).optional().describe('That drift, or could not be judged.'),
      percent: z.number().nullable().optional().describe('With `no-drift`: a rise by so much would have been seen.'),
      points: z.number().nullable().optional().describe('With `no-drift`: a change of a share by so many points.'),
      need: z.int().nullable().optional().describe('With `not-enough-data`: traces that each window needs.'),
    })
    .describe('Over all features.'),
  knownChanges: z
    .array(
      z.object({
        setting: z.enum(['model', 'deployment', 'parameters', 'systemPrompt']).describe('What differs.'),
        kind: z.enum(['replaced', 'mixed']).describe('`replaced`: the windows have no value in common.'),
        values: z
          .array(
            z.object({
              value: z.string().describe('Or its fingerprint.'),
              baseline: share('Its share'),
              current: share('Its share'),
            }),
          )
          .describe('At most six, the most common first.'),
      }),
    )
    .describe('Settings that differ between the windows, with the shares of their values.'),
  features: z.array(z.union([numeric, categorical, wording])).describe('Every feature that was compared.'),
  leftOut: z
    .array(featureName)
    .optional()
    .describe('Features that one window did not keep: the report of an ended lab has no texts.'),
  text: z
    .object({
      verdict: z.string().describe('In one sentence.'),
      features: z
        .array(
          z.object({
            feature: featureName.describe('Which.'),
            name: z.string().describe('For people.'),
            text: z.string().describe('One sentence.'),
          }),
        )
        .describe('One entry a feature, in the order of the findings.'),
      knownChanges: z.array(z.string()).describe('A sentence each.'),
      cautions: z.array(z.string()).describe('What to keep in mind.'),
    })
    .describe('The findings in words; Portuguese where `Accept-Language` asks for it.'),
});

export const MonitorSchema = z.object({
  looks: z.int().describe('Comparisons that found enough data.'),
  flagged: z.boolean().describe('Whether the last of them found drift.'),
  last: z
    .object({
      at: z.string().meta({ format: 'date-time' }).describe('When it looked.'),
      kind: z.enum(['lab-over', 'waiting', 'baseline', 'nothing-new', 'compared']).describe('What it came to.'),
      traces: z.int().optional().describe('That there are.'),
      need: z.int().optional().describe('With `waiting`: traces that make a baseline.'),
      until: z.string().optional().describe('With `baseline`: the time of its last trace.'),
      verdict: verdictKind.optional().describe('With `compared`.'),
      text: z.string().optional().describe('The verdict in a sentence.'),
      features: z.array(z.string()).optional().describe('That drift.'),
    })
    .loose()
    .optional()
    .describe('Its last look.'),
  nextAt: z.string().meta({ format: 'date-time' }).optional().describe('When it looks again.'),
});

type Documents<Schema, Answer extends Schema> = Answer;
/** @public Read by the compiler alone. */
export type DocumentedDrift = [
  Documents<z.input<typeof DriftSchema>, DriftReport>,
  Documents<z.input<typeof DriftSchema>, DriftView>,
  Documents<z.input<typeof MonitorSchema>, MonitorStatus>,
];
