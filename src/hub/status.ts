/** The custom status of an instance, as far as it has one yet. */
import type { DurableOrchestrationStatus } from 'durable-functions';

/** `S`: the status that the instance's orchestration sets; each of its fields may still be missing. */
export const statusOf = <S extends object>(instance: DurableOrchestrationStatus | null): Partial<S> =>
  instance?.customStatus ?? {};
