import { median, permutationTest, quantile, wilcoxonRankSum } from 'simple-statistics';
import type { TraceFeatures } from '../src/drift/features.ts';
import { createRandom } from '../src/drift/statistics/random.ts';

const MOST_PAIRS = 1e7;

/**
 * What the library has for two windows, over the three numeric features only: its rank sum, its permutation test (999
 * rounds), its quantiles for PSI's bins, and the median of all differences while these fit into memory. It has no test
 * for tables or texts, no exact p-values, no intervals and no detectable effect, so that it is asked for much less.
 */
export function compareGenerally(baseline: readonly TraceFeatures[], current: readonly TraceFeatures[]): string {
  const random = createRandom(1);
  let note = '';
  for (const feature of ['promptTokens', 'completionTokens', 'latencyMs'] as const) {
    const before = baseline.flatMap((trace) => trace[feature] ?? []);
    const after = current.flatMap((trace) => trace[feature] ?? []);
    wilcoxonRankSum(before, after);
    permutationTest(before, after, 'two_side', 999, () => random.uniform());
    quantile(
      before,
      Array.from({ length: 9 }, (_, cut) => (cut + 1) / 10),
    );
    if (before.length * after.length <= MOST_PAIRS) {
      median(before.flatMap((a) => after.map((b) => b - a)));
    } else {
      note = 'without the shift: its list of differences does not fit';
    }
  }
  return note;
}
