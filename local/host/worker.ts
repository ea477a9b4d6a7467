// One invocation, in the order of the Node worker: arguments, pre-hooks, the function, post-hooks, response
// (azure-functions-nodejs-worker, src/eventHandlers/InvocationHandler.ts).
import { randomUUID } from 'node:crypto';
import type {
  Callback,
  CoreInvocation,
  FunctionMetadata,
  LogLevel,
  Registrations,
  TypedData,
} from './functions-core.ts';

export type Invocation = {
  readonly metadata: FunctionMetadata;
  readonly callback: Callback;
  /** The trigger's data and those of every other input binding, by binding name. */
  readonly inputData: readonly { readonly name: string; readonly data: TypedData }[];
  readonly triggerMetadata?: Record<string, TypedData>;
  readonly traceContext?: CoreInvocation['request']['traceContext'];
  readonly log: (level: LogLevel, category: string, message: string) => void;
};

type HookContext = {
  hookData: Record<string, unknown>;
  appHookData: Record<string, unknown>;
  invocationContext: unknown;
  inputs: unknown[];
  functionCallback?: Callback;
  result?: unknown;
  error?: unknown;
};

const appHookData: Record<string, unknown> = {};

/** Runs the app's start or end hooks in the order of registration; a throw aborts. */
export const runAppHooks = async (
  registrations: Registrations,
  name: 'appStart' | 'appTerminate',
  functionAppDirectory: string,
): Promise<void> => {
  for (const hook of registrations.hooks[name]) await hook({ hookData: {}, appHookData, functionAppDirectory });
};

/** Runs one function and returns its encoded return value. Throws what the function (or a hook) threw. */
export const invoke = async (registrations: Registrations, invocation: Invocation): Promise<TypedData | undefined> => {
  const { metadata, log } = invocation;
  if (!registrations.model) throw new Error('no programming model is registered: the app registers no function');
  const invocationId = randomUUID();
  const core: CoreInvocation = {
    invocationId,
    request: {
      invocationId,
      functionId: metadata.name,
      inputData: invocation.inputData,
      triggerMetadata: invocation.triggerMetadata ?? {},
      traceContext: invocation.traceContext ?? {},
    },
    metadata,
    log,
  };
  const model = registrations.model.getInvocationModel(core);
  const { context, inputs } = await model.getArguments();
  const hook: HookContext = {
    hookData: {},
    appHookData,
    invocationContext: context,
    inputs,
    functionCallback: invocation.callback,
  };
  core.state = 'preInvocationHooks';
  for (const before of registrations.hooks.preInvocation) await before(hook);
  core.state = 'invocation';
  try {
    hook.result = await model.invokeFunction(context, hook.inputs, hook.functionCallback ?? invocation.callback);
  } catch (error: unknown) {
    hook.error = error;
  }
  delete hook.functionCallback;
  core.state = 'postInvocationHooks';
  for (const after of registrations.hooks.postInvocation) await after(hook);
  if (hook.error) throw hook.error as Error;
  const response = await model.getResponse(context, hook.result);
  return response.returnValue ?? undefined;
};
