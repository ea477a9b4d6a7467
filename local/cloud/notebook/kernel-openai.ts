// The `openai` package of the simulated kernel: AzureOpenAI and OpenAI, chat completions only, over real HTTPS, with the package's own checks,
// exceptions and retries. https://github.com/openai/openai-python
import { KernelLimit } from './kernel-ast.ts';
import type { Process } from './process.ts';
import {
  Callable,
  ExceptionType,
  EXCEPTIONS,
  Float,
  fromJson,
  numberOf,
  PyObject,
  PythonError,
  raise,
  str,
  toDict,
  toJson,
  type Keywords,
  type Value,
} from './kernel-values.ts';

/** What autologging puts around a call: told of its inputs, its result or its error, and when it began and ended (the process's own time). */
export type Tracer = {
  record:
    | ((call: {
        inputs: Record<string, unknown>;
        startedAt: number;
        endedAt: number;
        result: Record<string, unknown> | null;
        error: PythonError | null;
      }) => Promise<void>)
    | null;
};

type Options = {
  url: (model: string) => string;
  headers: Record<string, string>;
  maxRetries: number;
  timeoutMs: number;
};

const openaiError = new ExceptionType('OpenAIError', EXCEPTIONS.Exception);
const apiError = new ExceptionType('APIError', openaiError);
const connectionError = new ExceptionType('APIConnectionError', apiError);
const statusError = new ExceptionType('APIStatusError', apiError);
const STATUS_ERRORS: Record<number, ExceptionType> = Object.fromEntries(
  Object.entries({
    400: 'BadRequestError',
    401: 'AuthenticationError',
    403: 'PermissionDeniedError',
    404: 'NotFoundError',
    409: 'ConflictError',
    422: 'UnprocessableEntityError',
    429: 'RateLimitError',
    500: 'InternalServerError',
  }).map(([status, name]) => [status, new ExceptionType(name, statusError)]),
);

export function createOpenAI(process: Process, tracer: Tracer): PyObject {
  const env = (name: string): string | undefined => process.environment.get(name);
  const given = (value: Value | undefined): string | undefined =>
    value === undefined || value === null ? undefined : str(value);

  const azure = new Callable('AzureOpenAI', (args, keywords) => {
    if (args.length > 0) raise('TypeError', 'AzureOpenAI.__init__() takes 1 positional argument but more were given');
    refuseUnknown('AzureOpenAI', keywords, [
      'azure_endpoint',
      'azure_deployment',
      'api_version',
      'api_key',
      'azure_ad_token',
      'timeout',
      'max_retries',
    ]);
    const key = given(keywords.api_key) ?? env('AZURE_OPENAI_API_KEY');
    const token = given(keywords.azure_ad_token) ?? env('AZURE_OPENAI_AD_TOKEN');
    if (key === undefined && token === undefined) {
      throw new PythonError(
        openaiError,
        'Missing credentials. Please pass one of `api_key`, `azure_ad_token`, `azure_ad_token_provider`, or the `AZURE_OPENAI_API_KEY` or `AZURE_OPENAI_AD_TOKEN` environment variables.',
      );
    }
    const version =
      given(keywords.api_version) ??
      env('OPENAI_API_VERSION') ??
      raise(
        'ValueError',
        'Must provide either the `api_version` argument or the `OPENAI_API_VERSION` environment variable',
      );
    const endpoint =
      given(keywords.azure_endpoint) ??
      env('AZURE_OPENAI_ENDPOINT') ??
      raise(
        'ValueError',
        'Must provide one of the `base_url` or `azure_endpoint` arguments, or the `AZURE_OPENAI_ENDPOINT` environment variable',
      );
    const fixed = given(keywords.azure_deployment);
    return client('AzureOpenAI', keywords, {
      url: (model) =>
        `${endpoint.replace(/\/+$/, '')}/openai/deployments/${encodeURIComponent(fixed ?? model)}/chat/completions?api-version=${encodeURIComponent(version)}`,
      headers: key === undefined ? { authorization: `Bearer ${token ?? ''}` } : { 'api-key': key },
    });
  });

  const plain = new Callable('OpenAI', (_args, keywords) => {
    refuseUnknown('OpenAI', keywords, ['base_url', 'api_key', 'timeout', 'max_retries']);
    const key = given(keywords.api_key) ?? env('OPENAI_API_KEY');
    if (key === undefined)
      throw new PythonError(
        openaiError,
        'Missing credentials. Please pass an `api_key`, or set the `OPENAI_API_KEY` environment variable.',
      );
    const base = given(keywords.base_url) ?? env('OPENAI_BASE_URL');
    if (base === undefined) throw new KernelLimit('calls to api.openai.com');
    return client('OpenAI', keywords, {
      url: () => `${base.replace(/\/+$/, '')}/chat/completions`,
      headers: { authorization: `Bearer ${key}` },
    });
  });

  const client = (type: string, keywords: Keywords, how: Pick<Options, 'url' | 'headers'>): PyObject => {
    const maxRetries = numberOf(keywords.max_retries ?? null) ?? 2;
    const timeoutMs = 1_000 * (numberOf(keywords.timeout ?? null) ?? 600);
    const options: Options = { ...how, maxRetries, timeoutMs };
    const create = new Callable('create', (args, call) => {
      if (args.length > 0) raise('TypeError', 'Completions.create() takes 1 positional argument but more were given');
      return completion(call, options);
    });
    const completions = new PyObject('Completions', { create });
    const chat = new PyObject('Chat', { completions });
    return new PyObject(type, { chat });
  };

  const completion = async (keywords: Keywords, options: Options): Promise<Value> => {
    for (const name of ['messages', 'model']) {
      if (keywords[name] === undefined)
        raise(
          'TypeError',
          `Missing required arguments; Expected either ('messages' and 'model') or ('messages', 'model' and 'stream') arguments to be given`,
        );
    }
    if (keywords.stream === true) throw new KernelLimit('streamed completions');
    const inputs = toJson(toDict({ ...keywords })) as Record<string, unknown>;
    const startedAt = process.now();
    try {
      const result = await send(String(inputs.model), inputs, options);
      await tracer.record?.({ inputs, startedAt, endedAt: process.now(), result, error: null });
      return modelOf('ChatCompletion', result);
    } catch (error: unknown) {
      if (error instanceof PythonError)
        await tracer.record?.({ inputs, startedAt, endedAt: process.now(), result: null, error });
      throw error;
    }
  };

  const send = async (model: string, body: object, options: Options): Promise<Record<string, unknown>> => {
    for (let attempt = 0; ; attempt += 1) {
      const isLast = attempt >= options.maxRetries;
      let response: Response;
      let text: string;
      try {
        response = await fetch(options.url(model), {
          method: 'POST',
          headers: {
            ...options.headers,
            'content-type': 'application/json',
            'user-agent': 'AzureOpenAI/Python 3.54.0',
          },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(options.timeoutMs),
        });
        text = await response.text();
      } catch {
        if (isLast) throw new PythonError(connectionError, 'Connection error.');
        await process.wait(500 * 2 ** attempt);
        continue;
      }
      process.check();
      // What the service says it took is what passed for the caller.
      await process.wait(Number(response.headers.get('openai-processing-ms') ?? 0));
      if (response.ok) return parse(text);
      const isRetried = [408, 409, 429].includes(response.status) || response.status >= 500;
      if (!isRetried || isLast) throw errorOf(response.status, text);
      const after = Number(response.headers.get('retry-after') ?? 0);
      await process.wait(after > 0 && after <= 60 ? after * 1_000 : 500 * 2 ** attempt);
    }
  };

  const module = new PyObject('module', {
    AzureOpenAI: azure,
    OpenAI: plain,
    __version__: '3.54.0',
    OpenAIError: openaiError,
    APIError: apiError,
    APIConnectionError: connectionError,
    APIStatusError: statusError,
    ...Object.fromEntries(Object.values(STATUS_ERRORS).map((type) => [type.name, type])),
  });
  module.text = 'openai';
  return module;
}

const refuseUnknown = (type: string, keywords: Keywords, known: readonly string[]): void => {
  const surplus = Object.keys(keywords).find((name) => !known.includes(name));
  if (surplus !== undefined) raise('TypeError', `${type}.__init__() got an unexpected keyword argument '${surplus}'`);
};

const parse = (text: string): Record<string, unknown> => {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new PythonError(apiError, 'The response is not valid JSON.');
  }
};

const errorOf = (status: number, text: string): PythonError => {
  let message = text;
  let code: string | null = null;
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string; code?: string | null } };
    message = error?.message ?? text;
    code = error?.code ?? null;
  } catch {
    // A gateway's page stays as it is.
  }
  const type = STATUS_ERRORS[status] ?? (status >= 500 ? STATUS_ERRORS[500] : undefined) ?? statusError;
  return new PythonError(type, `Error code: ${status} - ${message}`, { status_code: status, code });
};

// JSON objects become objects with attributes, as the package's models are.
const modelOf = (type: string, value: unknown): Value => {
  if (Array.isArray(value)) return value.map((item) => modelOf(type, item));
  if (typeof value === 'number') return Number.isInteger(value) ? value : new Float(value);
  if (typeof value !== 'object' || value === null) return (value ?? null) as Value;
  const types: Record<string, string> = {
    choices: 'Choice',
    message: 'ChatCompletionMessage',
    usage: 'CompletionUsage',
  };
  const object = new PyObject(type);
  for (const [name, item] of Object.entries(value))
    object.attributes.set(name, modelOf(types[name] ?? 'BaseModel', item));
  object.attributes.set('model_dump', new Callable('model_dump', () => fromJson(value)));
  object.attributes.set('model_dump_json', new Callable('model_dump_json', () => JSON.stringify(value)));
  return object;
};
