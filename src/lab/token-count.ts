/** Counts of tokens as services, runs and traces tell them, and anybody may write who may write to an experiment: whole, not negative, and no more than any model takes. */
import { z } from 'zod';

/** Far more than one call of any model takes. */
const MOST_TOKENS = 10_000_000;

export const tokenCount = z.int().min(0).max(MOST_TOKENS);

/** Null for what is no count of tokens. */
export const tokensOf = (value: unknown): number | null => tokenCount.safeParse(value).data ?? null;
