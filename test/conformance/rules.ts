// The rules that durable-functions 3.x apps rely on are tested in `rules-*.test.ts`, each with a short orchestration and the history that it must leave,
// event by event and id by id. Sources: azure-functions-durable-extension (OutOfProcOrchestrationShim.cs, TaskActivityShim.cs, HttpApiHandler.cs) and
// durabletask (TaskOrchestrationContext.cs, RetryInterceptor.cs).
import { startMs, useDriver } from './driver.ts';

/** A turn of the event loop. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const stalled = ((globalThis as { stalled?: (() => void)[] }).stalled ??= []);

/** The text of an error that an activity or a child threw, as the extension stores it. */
export const boom = (message: string): string =>
  `{"$type":"System.Exception, System.Private.CoreLib","ClassName":"System.Exception","Message":"${message}"}`;

/** The driver, and the words in which the rules are told. */
export const useRules = () => {
  const durable = useDriver();
  const { run, start, raise, trace, turns, status, settle } = durable;
  return {
    ...{ durable, run, start, raise, trace, turns, status, settle },
    until: (goal: number | (() => boolean | Promise<boolean>)): Promise<void> => durable.host.until(goal),
    ended: (id: string) => (): Promise<boolean> => durable.ended(id),
    /** Waits until so many activities stall. */
    settleStalled: async (count = 1): Promise<void> => {
      while (stalled.length < count) await turn();
    },
    letGo: async (): Promise<void> => {
      for (const go of stalled.splice(0)) go();
      await settle();
    },
    letOneGo: (): void => stalled.shift()?.(),
    labSeconds: (): number => (durable.clock.now() - startMs) / 1000,
  };
};
