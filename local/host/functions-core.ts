// The module `@azure/functions-core`, which the Node worker provides and @azure/functions looks up with `require`.
//
// Invariants
// F1  The hook is installed before anything imports @azure/functions: the library caches a missing core module for ever
//     and then skips every registration (azure-functions-nodejs-library, src/utils/tryGetCoreApiLazy.ts).
// F2  Registrations belong to the process, not to a host: an app is imported once, and a second host reuses them.
import { registerHooks } from 'node:module';
import type { HostJson } from './settings.ts';

/** A binding as registered: `type` and `direction`, plus every option of the trigger, input or output. */
export type Binding = { readonly type: string; readonly direction: 'in' | 'out' } & Readonly<Record<string, unknown>>;

export type FunctionMetadata = {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: unknown;
};

/** One value on the wire between host and worker; at most one member is set. */
export type TypedData = {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly int?: number;
  readonly double?: number;
  readonly http?: HttpData;
};

type NullableTexts = Readonly<Record<string, { readonly value: string }>>;
export type HttpData = {
  readonly method?: string;
  readonly url?: string;
  readonly nullableHeaders?: NullableTexts;
  readonly nullableParams?: NullableTexts;
  readonly nullableQuery?: NullableTexts;
  readonly body?: TypedData | null;
  readonly statusCode?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly unknown[];
};

export type Callback = (...args: unknown[]) => unknown;
export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical';
type LogSink = (level: LogLevel, category: string, message: string) => void;

/** One invocation as the programming model sees it. */
export type CoreInvocation = {
  readonly invocationId: string;
  readonly request: {
    readonly invocationId: string;
    readonly functionId: string;
    readonly inputData: readonly { readonly name: string; readonly data: TypedData }[];
    readonly triggerMetadata: Readonly<Record<string, TypedData>>;
    readonly traceContext: { readonly traceParent?: string | undefined };
  };
  readonly metadata: FunctionMetadata;
  state?: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks';
  readonly log: LogSink;
};

type ProgrammingModel = {
  getInvocationModel(context: CoreInvocation): {
    getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
    invokeFunction(context: unknown, inputs: unknown[], callback: Callback): Promise<unknown>;
    getResponse(context: unknown, result: unknown): Promise<{ returnValue?: TypedData | null }>;
  };
  getCapabilities(capabilities: Record<string, string>): Promise<Record<string, string>>;
};

const hookNames = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const;
type HookName = (typeof hookNames)[number];

export type Registrations = {
  readonly functions: Map<string, { readonly metadata: FunctionMetadata; readonly callback: Callback }>;
  readonly hooks: Record<HookName, Callback[]>;
  model?: ProgrammingModel;
  /** Set once the app has loaded; registering afterwards throws, as in the worker. */
  sealed: boolean;
  log: LogSink;
};

export type TriggerKind = 'http' | 'timer' | 'orchestration' | 'activity';

export type LoadedFunction = {
  readonly name: string;
  readonly kind: TriggerKind;
  readonly metadata: FunctionMetadata;
  readonly callback: Callback;
  readonly triggerName: string;
  readonly trigger: Binding;
  /** Names of the durable client inputs. */
  readonly clientNames: readonly string[];
};

export type App = {
  readonly registrations: Registrations & Required<Pick<Registrations, 'model'>>;
  readonly functions: readonly LoadedFunction[];
  readonly host: HostJson;
};

const systemError = <E extends Error>(error: E): E => Object.assign(error, { isAzureFunctionsSystemError: true });

const createCoreModule = (registrations: Registrations) => ({
  version: '3.10.0',
  hostVersion: '4.1000.0',
  Disposable: class {
    readonly dispose: () => unknown;
    constructor(dispose: () => unknown) {
      this.dispose = dispose;
    }
  },
  registerFunction: (metadata: FunctionMetadata, callback: Callback) => {
    if (registrations.sealed)
      throw systemError(new Error(`function "${metadata.name}": functions can only be registered during app startup`));
    // Names are compared without case, as the host does.
    const key = metadata.name.toLowerCase();
    if (registrations.functions.has(key))
      throw systemError(new Error(`two functions are named "${metadata.name}"; a name can be registered once`));
    registrations.functions.set(key, { metadata, callback });
    return { dispose: () => registrations.functions.delete(key) };
  },
  registerHook: (name: HookName, callback: Callback) => {
    // The library tests for exactly this error to learn that a host is too old for a hook.
    if (!hookNames.includes(name)) throw systemError(new RangeError(`Unrecognized hook "${String(name)}"`));
    registrations.hooks[name].push(callback);
    return {
      dispose: () => {
        registrations.hooks[name] = registrations.hooks[name].filter((known) => known !== callback);
      },
    };
  },
  setProgrammingModel: (model: ProgrammingModel) => {
    registrations.model = model;
  },
  getProgrammingModel: () => registrations.model,
  log: (level: LogLevel, category: string, message: string) => {
    registrations.log(level, category, message);
  },
});

// The answer lives on globalThis because a test runner may evaluate this file in a module graph of its own, while the
// library that requires the core module is loaded by Node itself.
const globalKey = Symbol.for('llmops-lab.functions-core');
type Provided = { readonly registrations: Registrations; readonly module: ReturnType<typeof createCoreModule> };
const shared = globalThis as { [globalKey]?: Provided };

const specifier = '@azure/functions-core';
const virtualUrl = 'host:functions-core';
const source = `module.exports = globalThis[Symbol.for('llmops-lab.functions-core')].module;`;

/** Makes `@azure/functions-core` resolvable in this process and returns what gets registered. Idempotent. */
export const installCoreModule = (): Registrations => {
  if (shared[globalKey]) return shared[globalKey].registrations;
  const registrations: Registrations = {
    functions: new Map(),
    hooks: { appStart: [], appTerminate: [], preInvocation: [], postInvocation: [], log: [] },
    sealed: false,
    log: () => undefined,
  };
  shared[globalKey] = { registrations, module: createCoreModule(registrations) };
  registerHooks({
    resolve: (name, context, next) =>
      name === specifier ? { url: virtualUrl, format: 'commonjs', shortCircuit: true } : next(name, context),
    load: (url, context, next) =>
      url === virtualUrl ? { format: 'commonjs', shortCircuit: true, source } : next(url, context),
  });
  return registrations;
};
