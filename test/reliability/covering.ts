/**
 * As few cells as a greedy choice finds that together reach every goal which any cell reaches. With pairs of values as goals this is a pairwise sample
 * (https://csrc.nist.gov/projects/automated-combinatorial-testing-for-software). The same cells give the same choice.
 */
export function covering<T>(cells: readonly T[], goalsOf: (cell: T) => readonly string[]): T[] {
  const goals = new Map(cells.map((cell) => [cell, goalsOf(cell)]));
  const open = new Set([...goals.values()].flat());
  const picked: T[] = [];
  while (open.size > 0) {
    const gain = (cell: T): number => (goals.get(cell) ?? []).filter((it) => open.has(it)).length;
    const best = cells.reduce((one, other) => (gain(other) > gain(one) ? other : one));
    picked.push(best);
    for (const goal of goals.get(best) ?? []) open.delete(goal);
  }
  return picked;
}
