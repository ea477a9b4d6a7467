// The HTTP API of the Durable extension: what its client library calls on the RPC path and what people call on the webhook
// path (azure-functions-durable-extension, HttpApiHandler.cs).
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Engine } from './engine.ts';
import { eventNames, eventType, isTerminal, type HistoryEvent } from './history.ts';
import type { Instance, Store } from './store.ts';

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
export type Management = {
  readonly hubName: string;
  readonly systemKey: string;
  readonly handle: (request: ManagementRequest) => Promise<ManagementResponse>;
};

const actions = ['terminatePostUri', 'suspendPostUri', 'resumePostUri', 'rewindPostUri'] as const;
const instancePlaceholder = 'INSTANCEID';

const managementUrls = (base: string, id: string, query: string): Record<string, string> => {
  const instance = `${base}/instances/${id}`;
  const urls: Record<string, string> = {
    id,
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
  };
  for (const key of actions) urls[key] = `${instance}/${key.replace('PostUri', '')}?reason={text}&${query}`;
  return urls;
};

/** The value of a durable client binding: one JSON text (BindingHelper.cs). */
export const clientBinding = (hubName: string, systemKey: string, webhookBase: string, rpcBaseUrl: string): string => {
  const key = `code=${systemKey}`;
  const query = `taskHub=${hubName}&connection=Storage&${key}`;
  const create = `${webhookBase}/orchestrators/{functionName}[/{instanceId}]`;
  return JSON.stringify({
    taskHubName: hubName,
    connectionName: 'Storage',
    creationUrls: {
      createNewInstancePostUri: `${create}?${query}`,
      createAndWaitOnNewInstancePostUri: `${create}?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&${query}`,
    },
    managementUrls: managementUrls(webhookBase, instancePlaceholder, query),
    baseUrl: webhookBase,
    requiredQueryStringParameters: key,
    rpcBaseUrl,
  });
};

const seconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

const parsed = (text: string | null): unknown => {
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

const refusal = (status: number, Message: string): ManagementResponse => ({
  status,
  body: { Message, ExceptionMessage: Message, ExceptionType: 'System.InvalidOperationException', StackTrace: '' },
});

const notRun = (what: string): ManagementResponse =>
  refusal(501, `this local host does not run ${what}; the Durable extension in Azure does`);

const truth = (query: URLSearchParams, name: string, byDefault: boolean): boolean =>
  query.has(name) ? query.get(name)?.toLowerCase() === 'true' : byDefault;

/** What `showHistory` shows: scheduling events are merged into their completions (DurableClient.cs). */
const shownHistory = (history: readonly HistoryEvent[], showInput: boolean, showOutput: boolean): unknown[] => {
  const scheduled = new Map<number, HistoryEvent>();
  const shown: (Record<string, unknown> & { id?: number })[] = [];
  for (const event of history) {
    if (event.EventType === eventType.orchestratorStarted || event.EventType === eventType.orchestratorCompleted)
      continue;
    const { EventType, EventId, IsPlayed, TaskScheduledId, TimerId, Version, Result, Name, Input, ...rest } = event;
    void [IsPlayed, TimerId, Version];
    const row: Record<string, unknown> & { id?: number } = {
      EventType: eventNames[EventType] ?? String(EventType),
      ...rest,
    };
    if (EventType === eventType.executionStarted) row['FunctionName'] = Name;
    else if (Name !== undefined) row['Name'] = Name;
    if (showInput && Input !== undefined) row['Input'] = parsed(Input);
    if (showOutput && Result !== undefined) row['Result'] = parsed(Result);
    if (EventType === eventType.taskScheduled || EventType === eventType.subOrchestrationCreated) {
      scheduled.set(EventId, event);
      row.id = EventId;
    }
    const source = TaskScheduledId === undefined ? undefined : scheduled.get(TaskScheduledId);
    if (source) {
      const index = shown.findIndex((other) => other.id === source.EventId);
      if (index >= 0) shown.splice(index, 1);
      row['ScheduledTime'] = source.Timestamp;
      row['FunctionName'] = source.Name;
      if (showInput && source.Input !== undefined) row['Input'] = parsed(source.Input);
    }
    shown.push(row);
  }
  for (const row of shown) delete row.id;
  return shown;
};

const badId = (id: string): string | undefined => {
  if (id.startsWith('@')) return "Orchestration instance IDs must not start with '@'.";
  if (/[/\\#?\u0000-\u001f\u007f-\u009f]/.test(id))
    return "Orchestration instance IDs must not contain '/', '\\', '#', '?', or control characters.";
  return id.length > 256 ? 'Instance ID lengths must not exceed 256 characters.' : undefined;
};

export const createManagement = (
  store: Store,
  engine: Engine,
  clock: Clock,
  hub: { readonly hubName: string; readonly systemKey: string },
): Management => {
  const { hubName, systemKey } = hub;
  const query = `taskHub=${hubName}&connection=Storage&code=${systemKey}`;

  const checkStatus = (request: ManagementRequest, id: string): ManagementResponse => {
    const { rewindPostUri, ...body } = managementUrls(request.webhookBase, id, query);
    void rewindPostUri; // The extension leaves it out here, and only here.
    return { status: 202, headers: { Location: body['statusQueryGetUri'] ?? '', 'Retry-After': '10' }, body };
  };

  const statusBody = (instance: Instance, options: { showInput: boolean; history?: unknown[] }) => ({
    name: instance.name,
    instanceId: instance.id,
    runtimeStatus: instance.status,
    input: options.showInput ? parsed(instance.input) : null,
    customStatus: parsed(instance.customStatus),
    output: parsed(instance.output),
    createdTime: seconds(instance.createdMs),
    lastUpdatedTime: seconds(instance.updatedMs),
    ...(options.history ? { historyEvents: options.history } : {}),
  });

  const status = (request: ManagementRequest, id: string): ManagementResponse => {
    const instance = store.instance(id);
    if (!instance) return { status: 404 };
    const showInput = truth(request.query, 'showInput', true);
    const showOutput = truth(request.query, 'showHistoryOutput', false);
    const withHistory = truth(request.query, 'showHistory', false) && instance.status !== 'Pending';
    const history = withHistory ? shownHistory(store.history(id), showInput, showOutput) : undefined;
    const body = statusBody(instance, { showInput, ...(history ? { history } : {}) });
    if (isTerminal(instance.status)) {
      const asError = instance.status === 'Failed' && truth(request.query, 'returnInternalServerErrorOnFailure', false);
      return { status: asError ? 500 : 200, body };
    }
    const location = `${request.webhookBase}/instances/${id}?${query}`;
    return { status: 202, headers: { Location: location, 'Retry-After': '5' }, body };
  };

  const filterOf = (request: ManagementRequest) => {
    const at = (name: string): number | undefined => {
      const text = request.query.get(name);
      return text ? Date.parse(text) : undefined;
    };
    const statuses = request.query.get('runtimeStatus')?.split(',').filter(Boolean);
    const createdFromMs = at('createdTimeFrom');
    const createdToMs = at('createdTimeTo');
    return {
      ...(statuses ? { statuses } : {}),
      ...(createdFromMs === undefined ? {} : { createdFromMs }),
      ...(createdToMs === undefined ? {} : { createdToMs }),
    };
  };

  const list = (request: ManagementRequest): ManagementResponse => {
    const limit = Number(request.query.get('top') ?? 100);
    const instances = store.instances({
      ...filterOf(request),
      idPrefix: request.query.get('instanceIdPrefix') ?? '',
      afterId: request.continuationToken ?? '',
      limit: limit + 1,
    });
    const page = instances.slice(0, limit);
    const showInput = truth(request.query, 'showInput', true);
    const last = page.at(-1);
    const more = instances.length > limit && last ? { headers: { 'x-ms-continuation-token': last.id } } : {};
    return { status: 200, ...more, body: page.map((instance) => statusBody(instance, { showInput })) };
  };

  const purgeMany = (request: ManagementRequest): ManagementResponse => {
    if (!request.query.get('createdTimeFrom'))
      return refusal(400, "Please provide a valid value for the 'createdTimeFrom' query parameter.");
    const instances = store.instances(filterOf(request));
    for (const { id } of instances) engine.purge(id);
    return instances.length === 0 ? { status: 404 } : { status: 200, body: { instancesDeleted: instances.length } };
  };

  const start = async (
    request: ManagementRequest,
    name: string,
    id: string | undefined,
  ): Promise<ManagementResponse> => {
    const instanceId = id ?? randomUUID().replaceAll('-', '');
    const wrong = badId(instanceId);
    if (wrong) return refusal(400, wrong);
    const input = request.body === '' ? null : request.body;
    if (input !== null && !isJson(input)) return refusal(400, 'The request body is not valid JSON.');
    const version = request.query.get('version');
    const started = engine.start({ name, id: instanceId, input, ...(version ? { version } : {}) });
    if (started.kind === 'conflict')
      return refusal(409, `An Orchestration instance with the status ${started.status} already exists.`);
    const timeoutMs = Number(request.query.get('timeout')) * 1000;
    const pollMs = Number(request.query.get('pollingInterval')) * 1000;
    if (!(timeoutMs > 0 && pollMs > 0)) return checkStatus(request, instanceId);
    if (clock.mode.kind === 'virtual') return notRun('waiting for an orchestration under a virtual clock');
    const untilMs = clock.now() + timeoutMs;
    while (clock.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, clock.realMs(Math.min(pollMs, untilMs - clock.now()))));
      const instance = store.instance(instanceId);
      if (instance?.status === 'Completed') return { status: 200, body: parsed(instance.output) };
      if (!instance || isTerminal(instance.status)) return status(request, instanceId);
    }
    return checkStatus(request, instanceId);
  };

  const accepted = { ok: { status: 202 }, missing: { status: 404 }, ended: { status: 410 } } as const;

  const operate = (
    request: ManagementRequest,
    id: string,
    operation: string,
    name: string | undefined,
  ): ManagementResponse => {
    switch (operation) {
      case 'raiseevent': {
        if (!name) return { status: 404 };
        if (!/^application\/json\b/i.test(request.contentType))
          return refusal(400, 'Only application/json request content is supported');
        if (!isJson(request.body))
          return refusal(
            400,
            "The event's data is not valid JSON. raiseEvent without data sends an empty body: pass null.",
          );
        return accepted[engine.raiseEvent(id, name, request.body)];
      }
      case 'terminate':
        return accepted[engine.terminate(id, request.query.get('reason') ?? '')];
      case 'suspend':
      case 'resume':
      case 'rewind':
      case 'restart':
        return notRun(operation);
      default:
        return { status: 404 };
    }
  };

  const handle = async (request: ManagementRequest): Promise<ManagementResponse> => {
    const [area, first, operation, name] = request.segments;
    const { method } = request;
    switch (area?.toLowerCase() ?? '') {
      case 'orchestrators':
        return method === 'POST' && first ? start(request, first, operation) : { status: 404 };
      case 'entities':
        return notRun('entities');
      case 'instances':
        if (operation)
          return method === 'POST' && first ? operate(request, first, operation.toLowerCase(), name) : { status: 404 };
        if (method === 'GET') return first ? status(request, first) : list(request);
        if (method === 'DELETE' && !first) return purgeMany(request);
        if (method === 'DELETE' && first)
          return engine.purge(first) ? { status: 200, body: { instancesDeleted: 1 } } : { status: 404 };
        return { status: 404 };
      default:
        return { status: 404 };
    }
  };
  return { hubName, systemKey, handle };
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
