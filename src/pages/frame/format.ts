/** Numbers, sums, times and durations in the reader's language. Times are UTC: the labs' own clock, and the same for everybody. */
import { createNumberFormat } from '../../drift/text/numbers.ts';
import type { Locale } from '../../drift/text/vocabulary.ts';

export type Format = ReturnType<typeof formatFor>;

const made = new Map<Locale, Format>();

export function formatFor(locale: Locale): ReturnType<typeof createFormat> {
  const known = made.get(locale) ?? createFormat(locale);
  made.set(locale, known);
  return known;
}

function createFormat(locale: Locale) {
  const numbers = createNumberFormat(locale);
  const usd = (places: number) =>
    new Intl.NumberFormat(locale, {
      style: 'currency',
      currency: 'USD',
      minimumFractionDigits: places,
      maximumFractionDigits: places,
    });
  const [cents, fine] = [usd(2), usd(4)];
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const clock = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
  });
  return {
    ...numbers,
    /** Cents; below one, what there is of it. */
    usd: (value: number): string => (value !== 0 && Math.abs(value) < 0.01 ? fine : cents).format(value),
    date: (iso: string): string => day.format(new Date(iso)),
    clock: (iso: string): string => clock.format(new Date(iso)),
    /** For instance `23 Nov 2026, 09:14:03 UTC`. */
    moment: (iso: string): string => `${day.format(new Date(iso))}, ${clock.format(new Date(iso))} UTC`,
    milliseconds: (value: number): string =>
      value < 1_000 ? `${numbers.whole(value)} ms` : `${numbers.amount(value / 1_000)} s`,
    signed: (value: number): string => `${value > 0 ? '+' : ''}${numbers.amount(value)}`,
  };
}

/** Seconds as `< 1 s`, `41 s`, `3 min 05 s` or `1 h 02 min`: the same in every language that the pages speak. */
export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 1) return '< 1 s';
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const padded = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${padded(whole % 60)} s`;
  return `${Math.floor(whole / 3_600)} h ${padded(Math.floor((whole % 3_600) / 60))} min`;
}

export const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1_000;
