import { firstLine, type Hub } from './hub.ts';
import type { Step } from '../apps/scenarios/steps.ts';

export type Scenario = {
  readonly name: string;
  /** Acts on the hub and says what it has seen. */
  readonly run: (hub: Hub) => Promise<unknown>;
  /** It sees or touches what others have made, and runs when they are over. */
  readonly alone?: true;
};

export const scenario = (name: string, run: Scenario['run']): Scenario => ({ name, run });

/** A program and how it ends. `raise`: events that are raised once it runs, one after the other. */
export const program = (
  name: string,
  steps: readonly Step[],
  { raise = [], history = false }: { raise?: readonly [event: string, data?: unknown][]; history?: boolean } = {},
): Scenario =>
  scenario(name, async (hub) => {
    const id = hub.id();
    await hub.start('program', id, steps);
    if (raise.length > 0) await hub.becomes(id, 'Running');
    for (const [event, data] of raise) await hub.raise(id, event, data);
    const { runtimeStatus, output, customStatus } = await hub.ended(id);
    return {
      runtimeStatus,
      output: firstLine(output),
      ...(customStatus === null ? {} : { customStatus }),
      ...(history ? { history: await hub.history(id) } : {}),
    };
  });
