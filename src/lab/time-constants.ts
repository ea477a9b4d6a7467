/** Lengths of time that more than one part of the app goes by, in milliseconds. */
export const DAY_MS = 24 * 3_600_000;
/** How long a read of Azure may lag behind a write before it counts as proof. */
export const READ_LAG_MS = 2 * 60_000;
