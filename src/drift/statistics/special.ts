/**
 * The special functions behind the p-values: gamma, normal, chi-squared (central and not) and Kolmogorov.
 *
 * Everything rests on one function, the regularised upper incomplete gamma Q(a, x): a normal tail is Q(1/2, z^2/2) and
 * a chi-squared tail is Q(dof/2, x/2) (https://dlmf.nist.gov/7.11.E2 and https://dlmf.nist.gov/8.2), so that tails keep
 * their relative accuracy down to the smallest doubles. Checked against SciPy in test/drift.
 */

// Lanczos' approximation with g = 7 and the nine coefficients of Godfrey
// (https://www.numericana.com/answer/info/godfrey.htm).
const LANCZOS_G = 7;
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;
const LN_SQRT_2PI = 0.9189385332046727;

/** ln Γ(x) for x >= 1/2. */
export function lnGamma(x: number): number {
  const shifted = x - 1;
  let sum: number = LANCZOS[0];
  for (let term = 1; term < LANCZOS.length; term++) sum += LANCZOS[term]! / (shifted + term);
  const base = shifted + LANCZOS_G + 0.5;
  return LN_SQRT_2PI + (shifted + 0.5) * Math.log(base) - base + Math.log(sum);
}

/**
 * Q(a, x) = Γ(a, x) / Γ(a) for a >= 1/2 and x >= 0: the power series (https://dlmf.nist.gov/8.11.E4) below x = a + 1,
 * the continued fraction (https://dlmf.nist.gov/8.9.E2, evaluated by Lentz's method) above.
 */
export function gammaQ(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - lnGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let k = 1; term > sum * 1e-17; k++) {
      term *= x / (a + k);
      sum += term;
    }
    return 1 - front * sum;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1; k < 10_000; k++) {
    const an = -k * (k - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    const step = c * d;
    fraction *= step;
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return front * fraction;
}

/** P(|Z| >= z) of a standard normal Z, for z >= 0. */
export function normalTwoSided(z: number): number {
  return gammaQ(0.5, (z * z) / 2);
}

/** The z with P(|Z| >= z) = p, for 0 < p <= 1. */
export function normalTwoSidedQuantile(p: number): number {
  return bisect((z) => normalTwoSided(z) <= p, 0, 40);
}

/** P(X >= x) of a chi-squared X with `dof` degrees of freedom. */
export function chiSquaredTail(x: number, dof: number): number {
  return gammaQ(dof / 2, x / 2);
}

/** The x with P(X >= x) = p of a chi-squared X with `dof` degrees of freedom. */
export function chiSquaredQuantile(p: number, dof: number): number {
  return bisect((x) => chiSquaredTail(x, dof) <= p, 0, 200 + 4 * dof);
}

/**
 * P(X >= x) of a non-central chi-squared X: central tails mixed by Poisson weights of mean lambda / 2
 * (https://en.wikipedia.org/wiki/Noncentral_chi-squared_distribution).
 */
export function noncentralChiSquaredTail(x: number, dof: number, lambda: number): number {
  const mean = lambda / 2;
  let weight = Math.exp(-mean);
  let left = 1;
  let tail = 0;
  for (let k = 0; left > 1e-14 && k < 1000; k++) {
    tail += weight * gammaQ(dof / 2 + k, x / 2);
    left -= weight;
    weight *= mean / (k + 1);
  }
  return tail;
}

/**
 * Kolmogorov's limiting tail Q(λ) = 2 Σ (-1)^(k-1) exp(-2 k² λ²); below λ = 1.18, where that series is slow, its theta
 * dual 1 - √(2π)/λ Σ exp(-(2k-1)² π² / (8 λ²))
 * (https://en.wikipedia.org/wiki/Kolmogorov-Smirnov_test#Kolmogorov_distribution).
 */
export function kolmogorovTail(lambda: number): number {
  if (lambda <= 0) return 1;
  let sum = 0;
  if (lambda < 1.18) {
    for (let k = 1; k <= 9; k += 2) sum += Math.exp((-k * k * Math.PI * Math.PI) / (8 * lambda * lambda));
    return 1 - (Math.sqrt(2 * Math.PI) / lambda) * sum;
  }
  for (let k = 1; k <= 8; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * lambda * lambda);
  return sum;
}

/**
 * The smallest x in [low, high] at which a condition that turns from false to true holds, to the last bit that halving
 * can tell apart; `high` when it never does.
 */
export function bisect(holds: (x: number) => boolean, low: number, high: number): number {
  if (holds(low)) return low;
  for (let step = 0; step < 80; step++) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
