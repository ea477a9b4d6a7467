// What hangs, mixes results or loses data in Azure without a word, in words and with its remedy. Each happens here as well;
// the difference is the warning.

type MaybeAction = { readonly functionName?: string; readonly externalEventName?: string } & {
  readonly compoundActions?: unknown;
};

export const hazard = {
  openTasks: (name: string, ids: readonly number[]): string =>
    `'${name}' has returned but stays Running until its open tasks are done (ids ${ids.join(', ')}): cancel the losing timer of every race, and await what was started.`,
  stuck: (name: string): string =>
    `'${name}' can never go on: nothing is open and nothing is awaited, yet it has not returned. Known causes: retryTimeoutInMilliseconds (never set it), a task in two races, Task.all over tasks that are done already, an error thrown without a message.`,
  overtaken: (name: string): string =>
    `'${name}' caught a failed Task.all and went on while another of its tasks may still retry: the retry takes the id of what comes next, and results get mixed up. Let no branch of a Task.all throw (return { ok, error }), or give each branch a sub-orchestration of its own.`,
  retryTimeout: (name: string): string =>
    `'${name}' is called with retryTimeoutInMilliseconds: when it expires the orchestration hangs for ever (azure-functions-durable-js issue 629). Leave it out and bound maxNumberOfAttempts.`,
  reusedTask: (name: string): string =>
    `the task '${name}' is part of a second Task.any or Task.all: it runs again and shifts the ids of what follows (azure-functions-durable-js issue 574). Put each task into one race only; wait anew with a new task.`,
  eventCase: (raised: string, awaited: string): string =>
    `the event '${raised}' was taken by the wait for '${awaited}' but will never reach the orchestrator, which compares names with case: raise '${awaited}'.`,
  lostEvents: (name: string, events: readonly string[]): string =>
    `'${name}' continues as new while events that arrived early wait to be read (${events.join(', ')}): they are lost. Await them before continueAsNew, or do without it.`,
  replacedChild: (id: string, parentId: string | null): string =>
    `the sub-orchestration '${id}' takes the place of one of the same id that still runs${parentId === null ? '' : `: its former parent '${parentId}' waits for ever`}. Give each its own id.`,
  versionRejected: (name: string, version: string): string =>
    `'${name}' waits: this app does not take on version '${version}' (defaultVersion and versionMatchStrategy of host.json). Run an app of that version, or set versionFailureStrategy to "Fail".`,
  booleanInput: (name: string): string =>
    `the activity '${name}' is called with a bare boolean, which arrives as the text 'True' or 'False': pass an object.`,
  timestampKey: (name: string): string =>
    `the input of '${name}' has a text under the key "Timestamp", which the orchestrator receives as a Date: use another key.`,
} as const;

/** Whether an input (JSON text) has a key that durable-functions turns into a Date. */
export const hasTimestampKey = (input: string | null): boolean => input !== null && /"Timestamp"\s*:\s*"/.test(input);

/**
 * Names of the tasks that the orchestrator gave to a second race. `state` is what durable-functions returned, before it
 * becomes JSON: a task keeps its one action object, so that the same object twice is the same task twice.
 */
export const reusedTasks = (state: unknown): string[] => {
  const actions = (state as { actions?: unknown } | undefined)?.actions;
  const seen = new Set<unknown>();
  const reused = new Set<string>();
  const visit = (list: unknown): void => {
    for (const action of Array.isArray(list) ? (list as MaybeAction[]) : []) {
      if (Array.isArray(action)) visit(action);
      else if (seen.has(action)) reused.add(action.functionName ?? action.externalEventName ?? 'timer');
      else seen.add(action);
      visit(action.compoundActions);
    }
  };
  visit(actions);
  return [...reused];
};
