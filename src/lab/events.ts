import type { TokenLine } from './cost/ledger.ts';

/** External events of a lab's orchestrations. The SDK matches names by case, the extension does not: they are written here once. */
export const EVENTS = { end: 'end', keepalive: 'keepalive', tokens: 'tokens' } as const;

/** Why a lab ends. */
export type EndReason = 'idle' | 'asked' | 'deadline' | 'budget' | 'failed' | 'lease' | 'left-over';

export type EndEvent = { reason: EndReason; by: string; at: string };
export type KeepaliveEvent = { by: string; at: string };
/** What one part of a batch of completions has used. Told anew, it takes the place of what was told of that part before. */
export type TokensEvent = { part: string; tokens: TokenLine[] };
