// The HTTP API of the Durable extension: what its client library calls on the RPC path and what people call on the webhook
// path (azure-functions-durable-extension, HttpApiHandler.cs).
import { hubQuery, managementUrls } from './client-urls.ts';
import { newId, type Engine } from './engine.ts';
import { eventNames, eventType, isTerminal, type HistoryEvent } from './history.ts';
import type { Instance, InstanceFilter, Store } from './store.ts';

export type ManagementRequest = {
  readonly method: string;
  /** Path segments below the API's base, decoded. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly continuationToken: string | undefined;
  readonly body: string;
  /** Origin and base path of the webhook API as the caller sees it. */
  readonly webhookBase: string;
};

export type ManagementResponse = {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
};
export type Management = (request: ManagementRequest) => ManagementResponse | Promise<ManagementResponse>;

const notFound: ManagementResponse = { status: 404 };
const accepted = { ok: { status: 202 }, missing: notFound, ended: { status: 410 } } as const;

const refusal = (status: number, Message: string): ManagementResponse => ({
  status,
  body: { Message, ExceptionMessage: Message, ExceptionType: 'System.InvalidOperationException', StackTrace: '' },
});

const goesWrong: ManagementResponse = refusal(500, 'Something went wrong while processing your request');

const notRun = (what: string): ManagementResponse =>
  refusal(501, `this local host does not run ${what}; the Durable extension in Azure does`);

const seconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** The value of a JSON text, or the text itself: reasons and failures are no JSON. */
const parsed = (text: string | null): unknown => {
  try {
    return JSON.parse(text ?? 'null') as unknown;
  } catch {
    return text;
  }
};
const isJson = (text: string): boolean => text === 'null' || parsed(text) !== text;

const truth = (query: URLSearchParams, name: string, byDefault = false): boolean => {
  const text = query.get(name)?.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : byDefault;
};

/** What `showHistory` shows: scheduling events are merged into their completions (DurableClient.cs). */
const shownHistory = (history: readonly HistoryEvent[], showInput: boolean, showOutput: boolean): object[] => {
  const isTurn = ({ EventType }: HistoryEvent): boolean =>
    EventType === eventType.OrchestratorStarted || EventType === eventType.OrchestratorCompleted;
  const sources = new Map(history.filter(({ EventId }) => EventId >= 0).map((event) => [event.EventId, event]));
  const ended = new Set(history.map(({ TaskScheduledId }) => TaskScheduledId));
  const shown = history.filter((event) => !isTurn(event) && !ended.has(event.EventId));
  return shown.map(({ EventType, Timestamp, ...event }) => {
    const source = sources.get(event.TaskScheduledId ?? -1);
    const isStart = EventType === eventType.ExecutionStarted;
    const Input = source ? source.Input : event.Input;
    const { Name, Result, Reason, Details, FireAt, InstanceId, OrchestrationStatus } = event;
    return {
      EventType: eventNames[EventType],
      Timestamp,
      ...(source ? { ScheduledTime: source.Timestamp, FunctionName: source.Name } : {}),
      ...(isStart ? { FunctionName: Name } : { Name }),
      ...(showInput ? { Input } : {}),
      ...(showOutput && Result !== undefined ? { Result: parsed(Result) } : {}),
      ...{ Reason, Details, FireAt, InstanceId, OrchestrationStatus },
    };
  });
};

const statusBody = (instance: Instance, showInput: boolean, historyEvents?: object[]): object => ({
  name: instance.name,
  ...(instance.version === null ? {} : { version: instance.version }),
  instanceId: instance.id,
  ...(instance.parentId === null ? {} : { parentInstanceId: instance.parentId }),
  runtimeStatus: instance.status,
  input: showInput ? parsed(instance.input) : null,
  customStatus: parsed(instance.customStatus),
  output: parsed(instance.output),
  createdTime: seconds(instance.createdMs),
  lastUpdatedTime: seconds(instance.updatedMs),
  historyEvents,
});

// What cannot be read is taken as not given, as the extension does.
const dateOf = (query: URLSearchParams, name: string): number | undefined => {
  const ms = Date.parse(query.get(name) ?? '');
  return Number.isNaN(ms) ? undefined : ms;
};

const statuses = ['Pending', 'Running', 'Suspended', 'ContinuedAsNew', 'Completed', 'Failed', 'Terminated', 'Canceled'];
const ended = ['Completed', 'Failed', 'Terminated'];

/** `among`: the names that count. Those that do not are not looked at, and where none is left nothing is filtered. */
const filterOf = (query: URLSearchParams, among: readonly string[]): InstanceFilter => {
  const named = query.getAll('runtimeStatus').flatMap((it) => it.split(','));
  const known = named.filter((it) => among.includes(it));
  return {
    statuses: known.length > 0 ? known : undefined,
    createdFromMs: dateOf(query, 'createdTimeFrom'),
    createdToMs: dateOf(query, 'createdTimeTo'),
  };
};

export const createManagement = (store: Store, engine: Engine, hubName: string, systemKey: string): Management => {
  const hub = hubQuery(hubName, systemKey);

  const checkStatus = (request: ManagementRequest, id: string): ManagementResponse => {
    // The extension leaves the rewind URL out here, and only here.
    const { rewindPostUri: _, ...body } = managementUrls(request.webhookBase, id, hub);
    return { status: 202, headers: { Location: body['statusQueryGetUri'] ?? '', 'Retry-After': '10' }, body };
  };

  const status = ({ query, webhookBase }: ManagementRequest, id: string): ManagementResponse => {
    const instance = store.instance(id);
    if (!instance) return notFound;
    const showInput = truth(query, 'showInput', true);
    const hasHistory = truth(query, 'showHistory') && instance.status !== 'Pending';
    const showOutput = truth(query, 'showHistoryOutput');
    const body = statusBody(
      instance,
      showInput,
      hasHistory ? shownHistory(engine.history(id), showInput, showOutput) : undefined,
    );
    const isError = instance.status === 'Failed' && truth(query, 'returnInternalServerErrorOnFailure');
    if (isTerminal(instance.status)) return { status: isError ? 500 : 200, body };
    const search = query.size > 0 ? `?${query.toString()}` : '';
    const Location = `${webhookBase}/instances/${encodeURIComponent(id)}${search}`;
    return { status: 202, headers: { Location, 'Retry-After': '5' }, body };
  };

  const list = ({ query, continuationToken: afterId }: ManagementRequest): ManagementResponse => {
    const top = Number.parseInt(query.get('top') ?? '', 10);
    if (top < 0) return goesWrong;
    const limit = Number.isNaN(top) ? 100 : top;
    const idPrefix = query.get('instanceIdPrefix') ?? undefined;
    const instances = store.instances({ ...filterOf(query, statuses), idPrefix, afterId, limit: limit + 1 });
    const page = instances.slice(0, limit);
    const token = instances.length > limit ? (page.at(-1)?.id ?? afterId ?? '!') : '';
    const body = page.map((instance) => statusBody(instance, truth(query, 'showInput', true)));
    return { status: 200, headers: { 'x-ms-continuation-token': token }, body };
  };

  const purge = ({ query }: ManagementRequest, id: string | undefined): ManagementResponse => {
    if (id === undefined && dateOf(query, 'createdTimeFrom') === undefined)
      return refusal(400, "Please provide value for 'createdTimeFrom' parameter.");
    const one = id === undefined ? undefined : store.instance(id);
    if (one && !isTerminal(one.status))
      return refusal(
        412,
        `Only orchestrations in a terminal state can be purged, but the orchestration with instance ID ${one.id} has status ${one.status}`,
      );
    const ids = id === undefined ? store.instances(filterOf(query, ended)).map((instance) => instance.id) : [id];
    const instancesDeleted = ids.filter((it) => engine.purge(it)).length;
    return instancesDeleted === 0 ? notFound : { status: 200, body: { instancesDeleted } };
  };

  const start = async (request: ManagementRequest, name: string, id = newId()): Promise<ManagementResponse> => {
    const { query, body } = request;
    if (query.has('timeout') && query.has('pollingInterval')) return notRun('a start that waits for the end');
    if (body !== '' && !isJson(body)) return refusal(400, 'Invalid JSON content');
    const input = body === '' ? null : body;
    const conflict = await engine.start({ name, id, input, version: query.get('version') });
    return conflict ? refusal(409, conflict) : checkStatus(request, id);
  };

  const restart = async (request: ManagementRequest, id: string): Promise<ManagementResponse> => {
    const instance = store.instance(id);
    if (!instance) return refusal(400, 'InstanceId does not match a valid orchestration instance.');
    const isNew = truth(request.query, 'restartWithNewInstanceId', true);
    const { name, input, version } = instance;
    const another = isNew ? newId() : id;
    if (await engine.start({ name, id: another, input, version }))
      return refusal(409, 'A non-terminal instance with this instance ID already exists.');
    return checkStatus(request, another);
  };

  const rewind = (id: string, reason: string): ManagementResponse => {
    const instance = store.instance(id);
    if (!instance) return refusal(404, `No orchestration with instance ID "$${id}" found.`);
    if (instance.status !== 'Failed')
      return refusal(
        412,
        `This orchestration has status ${instance.status}, but only orchestrations in the "Failed" state can be rewound.`,
      );
    engine.rewind(id, reason);
    return accepted.ok;
  };

  // The state is asked first, and then what was sent.
  const raiseEvent = (request: ManagementRequest, id: string, name: string): ManagementResponse => {
    const { contentType, body } = request;
    const instance = store.instance(id);
    if (!instance) return accepted.missing;
    if (isTerminal(instance.status)) return accepted.ended;
    if (!/^application\/json\b/i.test(contentType))
      return refusal(400, 'Only application/json request content is supported');
    // An event without data has an empty body: whoever has none passes null.
    return isJson(body) ? accepted[engine.raiseEvent(id, name, body)] : refusal(400, 'Invalid JSON content');
  };

  const hold = (id: string, operation: 'suspend' | 'resume', reason: string | null): ManagementResponse => {
    const status = store.instance(id)?.status;
    const isSuspended = status === 'Suspended';
    const isLive = status !== undefined && !isTerminal(status);
    if (isLive && isSuspended === (operation === 'suspend')) return goesWrong;
    return accepted[engine[operation](id, reason)];
  };

  const operate = (
    request: ManagementRequest,
    id: string,
    operation: string,
    name?: string,
  ): ManagementResponse | Promise<ManagementResponse> => {
    const reason = request.query.get('reason');
    switch (operation) {
      case 'raiseevent':
        return name ? raiseEvent(request, id, name) : notFound;
      case 'terminate':
        return accepted[engine.terminate(id, reason)];
      case 'suspend':
      case 'resume':
        return hold(id, operation, reason);
      case 'rewind':
        return rewind(id, reason ?? '');
      case 'restart':
        return restart(request, id);
      default:
        return notFound;
    }
  };

  return (request) => {
    const [area = '', id, operation, name, ...more] = request.segments;
    const { method, query } = request;
    if (more.length > 0 || (area.toLowerCase() === 'orchestrators' && name !== undefined)) return notFound;
    if ((query.get('taskHub') ?? hubName).toLowerCase() !== hubName.toLowerCase()) return notFound;
    if ((query.get('connection') ?? 'Storage').toLowerCase() !== 'storage') return goesWrong;
    switch (area.toLowerCase()) {
      case 'orchestrators':
        return method === 'POST' && id ? start(request, id, operation) : notFound;
      case 'entities':
        return notRun('entities');
      case 'instances':
        if (id && operation) return method === 'POST' ? operate(request, id, operation.toLowerCase(), name) : notFound;
        if (method === 'GET') return id ? status(request, id) : list(request);
        return method === 'DELETE' ? purge(request, id) : notFound;
      default:
        return notFound;
    }
  };
};
