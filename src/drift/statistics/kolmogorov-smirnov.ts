/**
 * The two-sample Kolmogorov-Smirnov test, shown beside the deciding test because it also sees changes of shape.
 *
 * The statistic is kept as the whole number max |i·m - j·n| over the merged sample, so that the exact p-value compares
 * integers: a comparison of floats flips cells that lie on the border.
 */
import { kolmogorovTail } from './special.ts';

export interface KolmogorovSmirnov {
  /** The largest distance between the two distribution functions, 0 to 1. */
  d: number;
  /** Two-sided; with ties the exact value is an upper bound. */
  pValue: number;
  method: 'exact' | 'asymptotic';
}

const EXACT_UP_TO_CELLS = 250_000;

/** Compares two ascending, non-empty samples: exact while n·m <= 250,000, else Kolmogorov's limit at D·√(nm/(n+m)). */
export function kolmogorovSmirnov(
  a: Float64Array,
  b: Float64Array,
  exactUpToCells = EXACT_UP_TO_CELLS,
): KolmogorovSmirnov {
  const n = a.length;
  const m = b.length;
  let i = 0;
  let j = 0;
  let scaled = 0;
  while (i < n && j < m) {
    const value = Math.min(a[i]!, b[j]!);
    while (i < n && a[i] === value) i++;
    while (j < m && b[j] === value) j++;
    scaled = Math.max(scaled, Math.abs(i * m - j * n));
  }
  const d = scaled / (n * m);
  if (n * m <= exactUpToCells) return { d, pValue: exactTail(n, m, scaled), method: 'exact' };
  return { d, pValue: kolmogorovTail(Math.sqrt((n * m) / (n + m)) * d), method: 'asymptotic' };
}

/**
 * P(max |i·m - j·n| >= scaled) over all lattice paths from (0,0) to (n,m), which are equally likely without drift
 * (Hodges 1958, https://doi.org/10.1007/BF02589501). The mass of a path is collected at its first step outside, so that
 * a small p is a sum of small terms and never a difference from one.
 */
function exactTail(n: number, m: number, scaled: number): number {
  if (scaled === 0) return 1;
  const row = new Float64Array(m + 1);
  let outside = 0;
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= m; j++) {
      const left = n + m + 1 - i - j;
      let mass = i === 0 && j === 0 ? 1 : 0;
      if (i > 0) mass += (row[j]! * (n - i + 1)) / left;
      if (j > 0) mass += (row[j - 1]! * (m - j + 1)) / left;
      if (Math.abs(i * m - j * n) >= scaled) {
        outside += mass;
        mass = 0;
      }
      row[j] = mass;
    }
  }
  return Math.min(1, outside);
}
