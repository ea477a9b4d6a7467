/** Numbers in the reader's language, for sentences and pages alike: one rounding for what both show. */
import type { Locale } from './vocabulary.ts';

const SMALLEST_P = 0.0001;

export type NumberFormat = ReturnType<typeof createNumberFormat>;

export function createNumberFormat(locale: Locale) {
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const digits3 = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
  const digits2 = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 });
  return {
    whole: (value: number): string => whole.format(value),
    /** Three significant digits, and all of those before the point. */
    amount: (value: number): string => (Math.abs(value) >= 100 ? whole : digits3).format(value),
    /** Of a share: 0.25 is `25 %`. Two significant digits below 10 %, whole percents above. */
    percent: (share: number): string => `${(Math.abs(share) >= 0.1 ? whole : digits2).format(share * 100)} %`,
    p: (value: number): string => (value < SMALLEST_P ? `< ${digits3.format(SMALLEST_P)}` : digits2.format(value)),
  };
}
