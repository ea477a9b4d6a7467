/** Small texts of the terminal: durations, columns, and whether anybody looks. */

/** Seconds as `41 s`, `3 m 05 s` or `1 h 02 m`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3_600)} h ${String(Math.floor((whole % 3_600) / 60)).padStart(2, '0')} m`;
}

export const seconds = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1_000;

/** Text of a service or a model on a terminal: control characters could move the cursor or rewrite what was printed. */
export const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, (it) => (it === '\n' ? ' ' : ''));
