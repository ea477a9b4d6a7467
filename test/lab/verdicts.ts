/** Rows of a classifier's test: a failed call in, its verdict and suggestion. */
import { expect, it } from 'vitest';
import type { Failure, Verdict } from '../../src/lab/errors/arm.ts';

/** The verdict as `problem:remedy`, or its kind alone. */
export type VerdictRow = [what: string, failure: Failure, verdict: string, suggestion?: RegExp];

const short = (verdict: Verdict): string =>
  verdict.kind === 'problem' ? `problem:${verdict.problem.remedy}` : verdict.kind;

export function judgeRows(judge: (failure: Failure) => Verdict, rows: readonly VerdictRow[]): void {
  it.each(rows)('%s', (_what, failure, verdict, suggestion) => {
    const judged = judge(failure);
    expect(short(judged)).toBe(verdict);
    if (suggestion !== undefined)
      expect(judged.kind === 'problem' ? judged.problem.suggestion : '').toMatch(suggestion);
  });
}
