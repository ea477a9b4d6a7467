// One invocation, in the order of the Node worker: arguments, pre-hooks, the function, post-hooks, response
// (azure-functions-nodejs-worker, src/eventHandlers/InvocationHandler.ts).
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { FunctionRunner } from './durable/episode.ts';
import { reusedTasks } from './durable/hazards.ts';
import { numberText, withoutType } from './durable/values.ts';
import type { App, Callback, CoreInvocation, LoadedFunction, Registrations, TypedData } from './functions-core.ts';
import type { Log } from './log.ts';

type HookContext = {
  readonly hookData: Record<string, unknown>;
  readonly appHookData: Record<string, unknown>;
  readonly invocationContext: unknown;
  inputs: unknown[];
  functionCallback?: Callback;
  result: unknown;
  error: unknown;
};

export type CallOptions = {
  readonly instanceId?: string;
  readonly traceParent?: string | undefined;
  /** Sees the function's return value before it is encoded. */
  readonly onResult?: (result: unknown) => void;
};

/** Runs one function on its trigger's data and returns its encoded return value. Throws what the function (or a hook) threw. */
export type Call = (target: LoadedFunction, data: TypedData, options?: CallOptions) => Promise<TypedData | undefined>;

const appHookData: Record<string, unknown> = {};

/** Runs the app's start hooks in the order of registration; a throw aborts. Its end hooks never run: a process may start another host. */
export const runStartHooks = async ({ hooks }: Registrations, functionAppDirectory: string): Promise<void> => {
  for (const hook of hooks.appStart) await hook({ hookData: {}, appHookData, functionAppDirectory });
};

/** `clientText`: the value of a durable client binding. */
export const createCall = (app: App, clock: Clock, log: Log, clientText: string): Call => {
  const { model, hooks } = app.registrations;
  return async (target, data, { instanceId, traceParent, onResult } = {}) => {
    const { name: functionName, metadata } = target;
    const source = { functionName, ...(instanceId === undefined ? {} : { instanceId }) };
    const clients = target.clientNames.map((name) => ({ name, data: { string: clientText } }));
    const invocationId = randomUUID();
    const core: CoreInvocation = {
      invocationId,
      request: {
        invocationId,
        functionId: functionName,
        inputData: [{ name: target.triggerName, data }, ...clients],
        triggerMetadata: {},
        traceContext: { traceParent },
      },
      metadata,
      log: (level, owner, message) => {
        const category = owner === 'user' ? `Function.${functionName}.User` : `Function.${functionName}`;
        log({ time: clock.now(), level, category, message, ...source });
      },
    };
    const invocation = model.getInvocationModel(core);
    const { context, inputs } = await invocation.getArguments();
    const functionCallback = target.callback;
    const about = { hookData: {}, appHookData, invocationContext: context };
    const hook: HookContext = { ...about, inputs, functionCallback, result: null, error: null };
    core.state = 'preInvocationHooks';
    for (const before of hooks.preInvocation) await before(hook);
    core.state = 'invocation';
    try {
      hook.result = await invocation.invokeFunction(context, hook.inputs, hook.functionCallback ?? functionCallback);
    } catch (error: unknown) {
      hook.error = error;
    }
    delete hook.functionCallback;
    core.state = 'postInvocationHooks';
    for (const after of hooks.postInvocation) await after(hook);
    // Whoever throws nothing has succeeded (azure-functions-nodejs-worker, src/errors.ts, isError).
    if (hook.error !== null && hook.error !== undefined) throw hook.error as Error;
    onResult?.(hook.result);
    return (await invocation.getResponse(context, hook.result)).returnValue ?? undefined;
  };
};

/** How values cross between history and function (azure-functions-durable-extension, TaskActivityShim.cs). */
export const createRunner = (
  app: App,
  call: Call,
  { accepts, defaultVersion }: Pick<FunctionRunner, 'accepts' | 'defaultVersion'>,
): FunctionRunner => {
  const keyOf = (kind: string, name: string): string => `${kind} ${name.toLowerCase()}`;
  const byKey = new Map(app.functions.map((target) => [keyOf(target.kind, target.name), target]));
  const need = (kind: string, name: string): LoadedFunction => {
    const target = byKey.get(keyOf(kind, name));
    if (!target) throw new Error(`The function '${name}' doesn't exist or is disabled.`);
    return target;
  };
  return {
    has: (kind, name) => byKey.has(keyOf(kind, name)),
    accepts,
    defaultVersion,
    orchestrate: async (name, instanceId, payload) => {
      let reused: string[] = [];
      const onResult = (result: unknown): void => void (reused = reusedTasks(result));
      const reply = await call(need('orchestration', name), { string: payload }, { instanceId, onResult });
      return { text: reply?.json ?? '{}', reused };
    },
    runActivity: async (name, instanceId, input) =>
      activityResult(await call(need('activity', name), activityInput(input), { instanceId })),
  };
};

const activityInput = (input: string): TypedData => {
  const [value] = JSON.parse(input) as [unknown];
  if (value === null) return {};
  // A bare boolean becomes .NET's text for it.
  if (typeof value === 'boolean') return { string: value ? 'True' : 'False' };
  return { string: typeof value === 'string' ? value : withoutType(JSON.stringify(value)) };
};

const activityResult = (data: TypedData | undefined): string | null => {
  if (data?.string !== undefined) return JSON.stringify(data.string);
  if (data?.json !== undefined) return withoutType(data.json);
  if (data?.bytes !== undefined) return JSON.stringify(Buffer.from(data.bytes).toString('base64'));
  const number = data?.int ?? data?.double;
  return number === undefined ? 'null' : numberText(number);
};
