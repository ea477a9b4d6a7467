/** Rows of a classifier's test: a failed call in, its verdict and way out. */
import { expect, it } from 'vitest';
import type { Failure, Verdict } from '../../src/lab/errors/arm.ts';

/** The verdict as `problem:remedy`, or its kind alone. */
export type VerdictRow = [what: string, failure: Failure, verdict: string, wayOut?: RegExp];

const short = (verdict: Verdict): string =>
  verdict.kind === 'problem' ? `problem:${verdict.problem.remedy}` : verdict.kind;

export function judgeRows(judge: (failure: Failure) => Verdict, rows: readonly VerdictRow[]): void {
  it.each(rows)('%s', (_what, failure, verdict, wayOut) => {
    const judged = judge(failure);
    expect(short(judged)).toBe(verdict);
    if (wayOut !== undefined) expect(judged.kind === 'problem' ? judged.problem.wayOut : '').toMatch(wayOut);
  });
}
