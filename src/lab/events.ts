/** External events of a lab's orchestrations. The SDK matches names by case, the extension does not: they are written here once. */
export const EVENTS = { end: 'end', keepalive: 'keepalive' } as const;

/** Why a lab ends. */
export type EndReason = 'idle' | 'asked' | 'deadline' | 'budget' | 'failed' | 'lease' | 'left-over';

export type EndEvent = { reason: EndReason; by: string; at: string };
export type KeepaliveEvent = { by: string; at: string };
