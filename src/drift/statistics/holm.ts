/**
 * Holm's step-down correction: with many features tested at once, the chance of even one false alarm stays below alpha,
 * however the features depend on each other (Holm 1979, https://www.jstor.org/stable/4615733).
 */

/**
 * Adjusted p-values, in the order given: a feature drifts when its adjusted p is at most alpha. Features that were not
 * tested (null) do not count.
 */
export function holm(pValues: readonly (number | null)[]): (number | null)[] {
  const tested = pValues.flatMap((p, index) => (p === null ? [] : [{ p, index }])).sort((a, b) => a.p - b.p);
  const adjusted = pValues.map((): number | null => null);
  let running = 0;
  for (const [rank, { p, index }] of tested.entries()) {
    running = Math.max(running, Math.min(1, p * (tested.length - rank)));
    adjusted[index] = running;
  }
  return adjusted;
}
