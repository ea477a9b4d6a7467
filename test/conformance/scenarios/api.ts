/** What the HTTP API answers: starts, operations in every state, queries, purges, routes. */
import { firstLine, message, waits, type Hub, type Reply } from './hub.ts';
import { scenario, type Scenario } from './scenario.ts';
import type { Step } from '../apps/scenarios/steps.ts';

const echo: Step = { do: 'activity', name: 'echo', input: 1 };
const answer = ({ status, body }: Reply): object => ({ status, message: status < 300 ? undefined : message(body) });

const oddIds = [
  ...[
    'a',
    'A-b_c.d~e',
    'a b',
    'a%20b',
    'a+b',
    'a%2Bb',
    'a:b',
    'a@b',
    '@a',
    '%40a',
    'a%2Fb',
    'a/b',
    'a\\b',
    'a%5Cb',
    'a?b',
  ],
  ...[
    'a%3Fb',
    'a%23b',
    'a%00b',
    'a%0Ab',
    'a%7Fb',
    'a%C2%85b',
    'ção',
    'a%F0%9F%98%80',
    "a'b",
    'a"b',
    'a%b',
    'a|b',
    'a{b}',
    '..',
    'a,b',
  ],
];
const lengths = [100, 200, 256, 257, 400];
const bodies = [
  ...[
    '',
    ' ',
    'null',
    '{}',
    '[]',
    '"text"',
    '7',
    'true',
    '{"a":1}',
    '{"a":"2026-01-02T03:04:05.220Z"}',
    '{',
    'text',
    '{"a":1} x',
  ],
  ...[
    "{'a':1}",
    '{"a":1,}',
    '[1,]',
    '{a:1}',
    '/* c */ 1',
    '1 // c',
    'NaN',
    'undefined',
    '{"a":1,"a":2}',
    '{"$type":"x","a":1}',
    '1e400',
    '"\\ud800"',
  ],
];
const versions = ['', '1.0', '1.9', '2.0', '2.0.0', '2.1', '10.0', 'abc'];

const starts: readonly Scenario[] = [
  ...oddIds.map((id) =>
    scenario(`start under the id ${id}`, async (hub) => {
      const started = await hub.request('POST', `/orchestrators/input/${hub.prefix}${id}`, { body: '1' });
      const made = (started.body as { id?: unknown } | null)?.id;
      if (started.status !== 202 || typeof made !== 'string') return answer(started);
      return { ...answer(started), id: made, runtimeStatus: (await hub.ended(made)).runtimeStatus };
    }),
  ),
  ...lengths.map((length) =>
    scenario(`start under an id of ${length} characters`, async (hub) => {
      const id = hub.prefix.padEnd(length, 'x');
      const started = await hub.start('input', id, 1);
      return {
        status: started.status,
        ended: started.status === 202 ? (await hub.ended(id)).runtimeStatus : message(started.body),
      };
    }),
  ),
  ...bodies.map((body) =>
    scenario(`start with the body ${JSON.stringify(body)}`, async (hub) => {
      const started = await hub.request('POST', `/orchestrators/input/${hub.id()}`, { body });
      if (started.status !== 202) return { status: started.status };
      const { runtimeStatus, input, output } = await hub.ended(hub.id());
      return { status: 202, runtimeStatus, input, output: firstLine(output) };
    }),
  ),
  ...versions.map((version) =>
    scenario(`start of version "${version}"`, async (hub) => {
      const started = await hub.start('program', hub.id(), [{ do: 'version' }], `?version=${version}`);
      const { runtimeStatus, output } = await hub.ended(hub.id());
      return { status: started.status, runtimeStatus, output: firstLine(output) };
    }),
  ),
  scenario('start without a content type', async (hub) =>
    answer(await hub.request('POST', `/orchestrators/input/${hub.id()}`, { body: '1', headers: {} })),
  ),
  scenario('start as text', async (hub) =>
    answer(
      await hub.request('POST', `/orchestrators/input/${hub.id()}`, {
        body: '1',
        headers: { 'content-type': 'text/plain' },
      }),
    ),
  ),
  scenario('start of an unknown orchestrator', async (hub) => {
    const started = await hub.start('nowhere', hub.id(), 1);
    return { ...answer(started), runtimeStatus: (await hub.ended(hub.id())).runtimeStatus };
  }),
  scenario('start in another case', async (hub) => {
    const started = await hub.start('INPUT', hub.id(), 1);
    const row = (await hub.ended(hub.id())) as unknown as Record<string, unknown>;
    return { ...answer(started), name: row['name'], runtimeStatus: row['runtimeStatus'] };
  }),
  scenario('start without an id', async (hub) => {
    const { status, body } = await hub.request('POST', '/orchestrators/input', { body: '1' });
    const { id } = body as { id: string };
    return { status, isGuid: /^[0-9a-f]{32}$/.test(id), runtimeStatus: (await hub.ended(id)).runtimeStatus };
  }),
  scenario('the answer to a start', async (hub) => {
    const { body, headers } = await hub.start('input', hub.id(), 1);
    return {
      body,
      location: headers.get('location'),
      retryAfter: headers.get('retry-after'),
      type: headers.get('content-type'),
    };
  }),
  scenario('start and wait for the end', async (hub) => {
    const path = `/orchestrators/input/${hub.id()}?timeout=8&pollingInterval=1`;
    const { status, body } = await hub.request('POST', path, { body: '{"a":1}' });
    return { status, body };
  }),
  scenario('start and wait for what does not end', async (hub) => {
    const path = `/orchestrators/program/${hub.id()}?timeout=1&pollingInterval=1`;
    const { status, body } = await hub.request('POST', path, { body: JSON.stringify([waits]) });
    return { status, hasUrls: 'statusQueryGetUri' in (body as object) };
  }),
  ...(['Pending', 'Running', 'Suspended', 'Completed', 'Failed', 'Terminated'] as const).map((state) =>
    scenario(`start over one that is ${state}`, async (hub) => {
      await put(hub, state);
      const started = await hub.start('input', hub.id(), 'new');
      if (started.status !== 202) return answer(started);
      return { ...answer(started), output: (await hub.ended(hub.id())).output };
    }),
  ),
];

/** Brings one instance into a state. */
const put = async (hub: Hub, state: string): Promise<void> => {
  const id = hub.id();
  switch (state) {
    case 'missing':
      return;
    case 'Pending':
      await hub.start('program', id, [waits]);
      return;
    case 'Completed':
      await hub.start('program', id, [echo]);
      break;
    case 'Failed':
      await hub.start('program', id, [{ do: 'hurl', what: 'error' }]);
      break;
    default:
      await hub.running(id);
      if (state === 'Terminated') await hub.operate(id, 'terminate', '?reason=before');
      if (state === 'Suspended') await hub.operate(id, 'suspend', '?reason=before');
  }
  await hub.becomes(id, state);
};

const states = ['missing', 'Running', 'Suspended', 'Completed', 'Failed', 'Terminated'] as const;
type Operation = readonly [name: string, act: (hub: Hub) => Promise<Reply>];
const raiseBody =
  (body: string, type?: string): Operation[1] =>
  (hub) =>
    hub.request('POST', hub.instance(hub.id(), '/raiseEvent/go'), {
      body,
      headers: type === undefined ? {} : { 'content-type': type },
    });
const operations: readonly Operation[] = [
  ['terminate', (hub) => hub.operate(hub.id(), 'terminate', '?reason=why')],
  ['terminate without a reason', (hub) => hub.operate(hub.id(), 'terminate')],
  ['suspend', (hub) => hub.operate(hub.id(), 'suspend', '?reason=why')],
  ['resume', (hub) => hub.operate(hub.id(), 'resume', '?reason=why')],
  ['rewind', (hub) => hub.operate(hub.id(), 'rewind', '?reason=why')],
  ['restart in its place', (hub) => hub.operate(hub.id(), 'restart', '?restartWithNewInstanceId=false')],
  ['restart as another', (hub) => hub.operate(hub.id(), 'restart')],
  ['purge', (hub) => hub.purge(hub.id())],
  ['raise an event', (hub) => hub.raise(hub.id(), 'go', 1)],
  ['raise an event without a body', raiseBody('', 'application/json')],
  ['raise an event with a bad body', raiseBody('{', 'application/json')],
  ['raise an event as text', raiseBody('1', 'text/plain')],
  ['raise an event without a type', raiseBody('1')],
  ['ask for the status', (hub) => hub.request('GET', hub.instance(hub.id()))],
  [
    'ask for the status with an error on failure',
    (hub) => hub.request('GET', hub.instance(hub.id(), '?returnInternalServerErrorOnFailure=true')),
  ],
];

const operated: readonly Scenario[] = states.flatMap((state) =>
  operations.map(([name, act]) =>
    scenario(`${name}: ${state}`, async (hub) => {
      await put(hub, state);
      const reply = await act(hub);
      const hasStatus = typeof reply.body === 'object' && reply.body !== null && 'runtimeStatus' in reply.body;
      const said = hasStatus ? { status: reply.status } : answer(reply);
      await hub.settle();
      const after = await hub.request('GET', hub.instance(hub.id()));
      if (after.status === 404) return { ...said, after: 404 };
      const { runtimeStatus, output } = after.body as { runtimeStatus: string; output: unknown };
      return { ...said, after: runtimeStatus, output: firstLine(output) };
    }),
  ),
);

const held: readonly Scenario[] = [
  scenario('an event while suspended arrives after resume', async (hub) => {
    await put(hub, 'Suspended');
    await hub.raise(hub.id(), 'go', 1);
    await hub.pass(800);
    const before = (await hub.status(hub.id())).runtimeStatus;
    await hub.operate(hub.id(), 'resume', '?reason=on');
    const { runtimeStatus, output } = await hub.ended(hub.id());
    return { before, runtimeStatus, output, history: await hub.history(hub.id()) };
  }),
  scenario('a timer that fires while suspended counts after resume', async (hub) => {
    await hub.running(hub.id(), [{ do: 'timer', ms: 5000 }]);
    await hub.operate(hub.id(), 'suspend', '?reason=off');
    await hub.becomes(hub.id(), 'Suspended');
    await hub.pass(6000);
    const before = (await hub.status(hub.id())).runtimeStatus;
    await hub.operate(hub.id(), 'resume', '?reason=on');
    const { runtimeStatus, output } = await hub.ended(hub.id());
    return { before, runtimeStatus, output };
  }),
  scenario('terminate while suspended', async (hub) => {
    await put(hub, 'Suspended');
    const { status } = await hub.operate(hub.id(), 'terminate', '?reason=why');
    const { runtimeStatus, output } = await hub.ended(hub.id());
    return { status, runtimeStatus, output };
  }),
  scenario('a failed activity is rewound', async (hub) => {
    await hub.start('program', hub.id(), [{ do: 'activity', name: 'flaky', input: { key: hub.id(), failures: 1 } }]);
    await hub.becomes(hub.id(), 'Failed');
    const { status } = await hub.operate(hub.id(), 'rewind', '?reason=again');
    await hub.until(async () => (await hub.status(hub.id())).runtimeStatus === 'Completed');
    const { runtimeStatus, output } = await hub.status(hub.id());
    return { status, runtimeStatus, output: firstLine(output) };
  }),
  scenario('a failed child is rewound with its parent', async (hub) => {
    const input: Step[] = [{ do: 'activity', name: 'flaky', input: { key: hub.id(), failures: 1 } }];
    await hub.start('program', hub.id(), [echo, { do: 'child', input, id: hub.id('child') }]);
    await hub.becomes(hub.id(), 'Failed');
    const { status } = await hub.operate(hub.id(), 'rewind', '?reason=again');
    await hub.until(async () => (await hub.status(hub.id())).runtimeStatus === 'Completed');
    const { runtimeStatus, output } = await hub.status(hub.id());
    return {
      status,
      runtimeStatus,
      output: firstLine(output),
      child: (await hub.status(hub.id('child'))).runtimeStatus,
    };
  }),
  scenario('suspend without a reason', async (hub) => {
    await put(hub, 'Running');
    const { status } = await hub.operate(hub.id(), 'suspend');
    await hub.settle();
    const { runtimeStatus, output } = await hub.status(hub.id());
    return { status, runtimeStatus, output };
  }),
  scenario('terminate twice', async (hub) => {
    await put(hub, 'Running');
    const first = await hub.operate(hub.id(), 'terminate', '?reason=one');
    await hub.ended(hub.id());
    const again = await hub.operate(hub.id(), 'terminate', '?reason=two');
    return { first: first.status, again: again.status, output: (await hub.status(hub.id())).output };
  }),
  scenario('terminate, and the history', async (hub) => {
    await put(hub, 'Terminated');
    return hub.history(hub.id());
  }),
  scenario('suspend and resume, and the history', async (hub) => {
    await put(hub, 'Suspended');
    await hub.operate(hub.id(), 'resume', '?reason=on');
    await hub.becomes(hub.id(), 'Running');
    await hub.raise(hub.id(), 'go', 1);
    await hub.ended(hub.id());
    return hub.history(hub.id());
  }),
  scenario('purge what has ended, and start it anew', async (hub) => {
    await put(hub, 'Completed');
    const { status, body } = await hub.purge(hub.id());
    const gone = await hub.request('GET', hub.instance(hub.id()));
    const again = await hub.start('input', hub.id(), 2);
    return { status, body, gone: gone.status, again: again.status, output: (await hub.ended(hub.id())).output };
  }),
];

const queries: readonly Scenario[] = [
  scenario('the status of one that runs', async (hub) => {
    await put(hub, 'Running');
    const { status, body, headers } = await hub.request('GET', hub.instance(hub.id()));
    return { status, body, location: headers.get('location'), retryAfter: headers.get('retry-after') };
  }),
  scenario('where the status of one that runs is, asked with parameters', async (hub) => {
    await put(hub, 'Running');
    const { headers } = await hub.request('GET', hub.instance(hub.id(), '?taskHub=Scenarios&showInput=false'));
    return headers.get('location');
  }),
  scenario('the status of one that has ended', async (hub) => {
    await put(hub, 'Completed');
    const { status, body, headers } = await hub.request('GET', hub.instance(hub.id()));
    return { status, body, location: headers.get('location') };
  }),
  scenario('the status of one that has failed', async (hub) => {
    await put(hub, 'Failed');
    const { status, body } = await hub.request('GET', hub.instance(hub.id()));
    const { output, ...rest } = body as { output: unknown };
    return { status, ...rest, output: firstLine(output) };
  }),
  scenario('the status of a child', async (hub) => {
    await hub.start('program', hub.id(), [{ do: 'child', input: [echo], id: hub.id('child') }]);
    await hub.ended(hub.id());
    return (await hub.request('GET', hub.instance(hub.id('child')))).body;
  }),
  ...['showInput=false', 'showInput=true', 'showInput=maybe', 'showHistory=maybe'].map((query) =>
    scenario(`the status with ${query}`, async (hub) => {
      await hub.start('input', hub.id(), { a: 1 });
      await hub.ended(hub.id());
      const { status, body } = await hub.request('GET', hub.instance(hub.id(), `?${query}`));
      return { status, input: (body as { input: unknown }).input, hasHistory: 'historyEvents' in (body as object) };
    }),
  ),
  scenario('the history with its output', async (hub) => {
    await put(hub, 'Completed');
    const { body } = await hub.request('GET', hub.instance(hub.id(), '?showHistory=true&showHistoryOutput=true'));
    const { historyEvents } = body as { historyEvents: { EventType: string; Result?: unknown }[] };
    return historyEvents.map(({ EventType, Result }) => [EventType, Result]);
  }),
  ...[
    ...[
      '',
      '&runtimeStatus=Completed',
      '&runtimeStatus=Completed,Failed',
      '&runtimeStatus=completed',
      '&runtimeStatus=Nonsense',
    ],
    ...[
      '&runtimeStatus=Completed,Nonsense',
      '&runtimeStatus=',
      '&runtimeStatus=Running',
      '&runtimeStatus=Terminated',
      '&runtimeStatus=Suspended',
    ],
    ...[
      '&runtimeStatus=Failed&runtimeStatus=Completed',
      '&createdTimeFrom=2020-01-01T00:00:00Z',
      '&createdTimeFrom=2120-01-01T00:00:00Z',
    ],
    ...[
      '&createdTimeTo=2020-01-01T00:00:00Z',
      '&createdTimeTo=2120-01-01T00:00:00Z',
      '&createdTimeFrom=nonsense',
      '&top=2',
      '&top=0',
      '&top=-1',
      '&top=x',
    ],
    ...['&showInput=false', '&showHistory=true'],
  ].map((query) =>
    scenario(`a list with ${query || 'a prefix'}`, async (hub) => {
      for (const [label, steps] of [
        ['a', [echo]],
        ['b', [{ do: 'hurl', what: 'error' }]],
        ['c', [waits]],
      ] as const)
        await hub.start('program', hub.id(label), steps);
      await hub.ended(hub.id('a'));
      await hub.ended(hub.id('b'));
      await hub.becomes(hub.id('c'), 'Running');
      const { status, body, headers } = await hub.request('GET', `/instances?instanceIdPrefix=${hub.prefix}${query}`);
      if (!Array.isArray(body)) return { status, message: message(body) };
      const rows = (body as { instanceId: string; runtimeStatus: string; input: unknown }[]).map((it) => [
        it.instanceId,
        it.runtimeStatus,
      ]);
      return {
        status,
        rows,
        hasInput: (body as { input: unknown }[]).some((it) => it.input !== null),
        token: (headers.get('x-ms-continuation-token') ?? '') !== '',
      };
    }),
  ),
  scenario('a list in pages', async (hub) => {
    const ids = ['a', 'b', 'c', 'd', 'e'].map((it) => hub.id(it));
    for (const id of ids) await hub.start('input', id, 1);
    for (const id of ids) await hub.ended(id);
    const pages: number[] = [];
    const seen: string[] = [];
    let token = '';
    do {
      const headers = token === '' ? {} : { 'x-ms-continuation-token': token };
      const page = await hub.request('GET', `/instances?instanceIdPrefix=${hub.prefix}&top=2`, { headers });
      const rows = page.body as { instanceId: string }[];
      pages.push(rows.length);
      seen.push(...rows.map((it) => it.instanceId));
      token = page.headers.get('x-ms-continuation-token') ?? '';
    } while (token !== '' && pages.length < 9);
    return { pages: pages.filter((count) => count > 0), seen: seen.sort() };
  }),
];

const purges: readonly Scenario[] = [
  scenario('purge by filter without a time', async (hub) =>
    answer(await hub.request('DELETE', '/instances?runtimeStatus=Completed')),
  ),
  scenario('purge by filter, nothing found', async (hub) =>
    answer(await hub.request('DELETE', '/instances?createdTimeFrom=2120-01-01T00:00:00Z')),
  ),
  scenario('purge by filter of a time that is none', async (hub) =>
    answer(await hub.request('DELETE', '/instances?createdTimeFrom=nonsense')),
  ),
  ...[
    '&runtimeStatus=Completed',
    '&runtimeStatus=Failed,Terminated',
    '&runtimeStatus=Running',
    '&runtimeStatus=Completed,Running',
    '&runtimeStatus=Nonsense',
    '',
  ].map((query): Scenario => ({
    alone: true,
    name: `purge by filter${query || ' without a status'}`,
    run: async (hub) => {
      for (const [label, steps] of [
        ['a', [echo]],
        ['b', [{ do: 'hurl', what: 'error' }]],
        ['c', [waits]],
      ] as const)
        await hub.start('program', hub.id(label), steps);
      await hub.ended(hub.id('a'));
      await hub.ended(hub.id('b'));
      await hub.becomes(hub.id('c'), 'Running');
      const { status, body } = await hub.request('DELETE', `/instances?createdTimeFrom=2020-01-01T00:00:00Z${query}`);
      const left = await hub.request('GET', `/instances?instanceIdPrefix=${hub.prefix}`);
      return {
        status,
        counts: 'instancesDeleted' in (body as object),
        left: (left.body as { instanceId: string }[]).map((it) => it.instanceId),
      };
    },
  })),
];

const routes: readonly Scenario[] = [
  ...(
    [
      ...[
        ['GET', '/orchestrators/input'],
        ['PUT', '/orchestrators/input/ID'],
        ['DELETE', '/orchestrators/input/ID'],
        ['POST', '/orchestrators'],
      ],
      ...[
        ['POST', '/orchestrators/input/ID/more'],
        ['POST', '/instances'],
        ['PUT', '/instances'],
        ['POST', '/instances/ID'],
        ['PUT', '/instances/ID'],
      ],
      ...[
        ['GET', '/instances/ID/terminate'],
        ['DELETE', '/instances/ID/terminate'],
        ['POST', '/instances/ID/nonsense'],
        ['POST', '/instances/ID/raiseEvent'],
      ],
      ...[
        ['GET', '/nonsense'],
        ['GET', '/'],
        ['POST', '/nonsense/ID'],
        ['GET', '/instances/ID?taskHub=Other'],
        ['GET', '/instances/ID?connection=Other'],
      ],
      ...[
        ['GET', '/instances/ID?taskHub=SCENARIOS'],
        ['GET', '/instances/ID?taskHub=Scenarios&connection=Storage'],
        ['GET', '/INSTANCES/ID'],
      ],
      ...[
        ['POST', '/instances/ID/TERMINATE?reason=x'],
        ['GET', '/instances/ID/'],
        ['HEAD', '/instances/ID'],
        ['POST', '/Orchestrators/input/ID-b'],
      ],
    ] as readonly (readonly string[])[]
  ).map(([method = '', path = '']) =>
    scenario(`${method} ${path}`, async (hub) => {
      await put(hub, 'Running');
      const { status, body } = await hub.request(
        method,
        path.replace('ID', hub.id()),
        method === 'POST' || method === 'PUT' ? { body: '1' } : {},
      );
      return status >= 500 ? { status } : { status, message: status < 300 ? undefined : message(body) };
    }),
  ),
];

export const apiScenarios: readonly Scenario[] = [...starts, ...operated, ...held, ...queries, ...purges, ...routes];
