/** What orchestrations and activities do: inputs, results, failures, retries, races, events, children and rounds. */
import type { Step, TaskStep } from '../apps/scenarios/steps.ts';
import { firstLine, waits } from './hub.ts';
import { program, scenario, type Scenario } from './scenario.ts';

const echo = (n: unknown): TaskStep => ({ do: 'activity', name: 'echo', input: { n } });
const fails: TaskStep = { do: 'activity', name: 'hurl', input: { what: 'error' } };
const caught = (step: Step): Step => ({ do: 'try', step });
const second: TaskStep = { do: 'timer', ms: 1000 };
const child = (input: unknown, more: object = {}): TaskStep => ({ do: 'child', input, ...more });
const flaky = (failures: number, retry: object): TaskStep => ({
  do: 'activity',
  name: 'flaky',
  input: { key: `flaky ${failures} ${JSON.stringify(retry)}`, failures },
  retry: { firstMs: 100, attempts: 3, ...retry },
});

const inputs: readonly unknown[] = [
  ...[
    null,
    '5',
    'text',
    '',
    7,
    2.5,
    true,
    false,
    [],
    [1, 'a'],
    {},
    { a: { b: [null] } },
    'ção 😀',
    '2026-01-02T03:04:05.220Z',
  ],
  ...[{ at: '2026-01-02T03:04:05.220Z' }, { $type: 'x', a: 1 }, ' {"a": 1}', 'null', '"quoted"', 1e21, -0],
];
const gives = [
  ...[
    'text',
    'digits',
    'empty',
    'number',
    'integer',
    'yes',
    'no',
    'nothing',
    'undefined',
    'list',
    'object',
    'date',
    'typed',
    'typedBelow',
    'typedLate',
  ],
  ...['nan', 'infinity', 'bytes', 'big', 'negative', 'unicode', 'nested', 'key'],
];
const hurls = [
  'empty',
  'text',
  'object',
  'knot',
  'number',
  'nothing',
  'error',
  'silent',
  'lines',
  'type',
  'stack',
  'label',
  'secret',
];
const statuses: readonly unknown[] = ['text', '', 0, 7, false, true, null, [], [1], {}, { a: { b: 'ç' } }];

const activities: readonly Scenario[] = [
  program('an activity gets no input', [{ do: 'activity', name: 'typeOf' }]),
  ...inputs.map((input) =>
    program(`an activity gets ${JSON.stringify(input)}`, [{ do: 'activity', name: 'typeOf', input }]),
  ),
  ...gives.map((what) => program(`an activity returns ${what}`, [{ do: 'activity', name: 'give', input: { what } }])),
  ...hurls.map((what) =>
    program(`an activity throws ${what}, caught`, [caught({ do: 'activity', name: 'hurl', input: { what } })]),
  ),
  program('an activity throws, uncaught', [fails], { history: true }),
  program('a chain', [echo(1), echo(2), echo(3)], { history: true }),
  program('an activity in another case', [{ do: 'activity', name: 'ECHO', input: 1 }]),
  program('an unknown activity', [{ do: 'activity', name: 'nowhere' }]),
  program('an unknown activity, caught', [caught({ do: 'activity', name: 'nowhere' })]),
  scenario('a large result', async (hub) => {
    await hub.start('program', hub.id(), [{ do: 'activity', name: 'give', input: { what: 'large' } }]);
    const { runtimeStatus, output } = await hub.ended(hub.id());
    return { runtimeStatus, length: String((output as unknown[])[0]).length };
  }),
  ...[1, 5, 30].map((count) =>
    program(`all of ${count}`, [{ do: 'all', of: Array.from({ length: count }, (_, n) => echo(n)) }]),
  ),
  program('all, one fails', [caught({ do: 'all', of: [echo(1), fails, echo(2)] })]),
  program('all, one fails, and another activity', [caught({ do: 'all', of: [echo(1), fails] }), echo(2)]),
  program('all of nothing', [caught({ do: 'all', of: [] })]),
  program('any of two activities', [{ do: 'any', of: [echo(1), { do: 'event', name: 'never' }] }]),
  program('any, one fails', [caught({ do: 'any', of: [fails, { do: 'event', name: 'never' }] })]),
];

const orchestratorEnds: readonly Scenario[] = [
  ...gives.map((what) => program(`an orchestrator returns ${what}`, [{ do: 'give', what, as: 'output' }])),
  ...hurls.map((what) => program(`an orchestrator throws ${what}`, [{ do: 'hurl', what }])),
  program('an orchestrator throws after an activity', [echo(1), { do: 'hurl', what: 'error' }], { history: true }),
  program('an orchestrator throws text after an activity', [echo(1), { do: 'hurl', what: 'text' }]),
  program('an orchestrator throws while a timer runs', [
    { do: 'any', of: [echo(1), second] },
    { do: 'hurl', what: 'error' },
  ]),
  program('an orchestrator without a step', []),
  program('guids', [{ do: 'guids' }, echo(1), { do: 'guids' }]),
  program('replaying', [{ do: 'replaying' }, echo(1), { do: 'replaying' }, echo(2), { do: 'replaying' }]),
  program('its own id', [{ do: 'instance' }]),
  program('its version', [{ do: 'version' }]),
  ...statuses.map((value) => program(`custom status ${JSON.stringify(value)}`, [{ do: 'status', value }, echo(1)])),
  ...[1000, 8000, 8190, 8202, 9002, 20_000].map((length) =>
    scenario(`custom status of ${length} characters`, async (hub) => {
      await hub.start('program', hub.id(), [{ do: 'status', length }, echo(1)]);
      const { runtimeStatus, output, customStatus } = await hub.ended(hub.id());
      return {
        runtimeStatus,
        output: firstLine(output),
        length: typeof customStatus === 'string' ? customStatus.length : 0,
      };
    }),
  ),
  program('custom status twice', [{ do: 'status', value: 'a' }, echo(1), { do: 'status', value: 'b' }]),
  program('custom status cleared', [{ do: 'status', value: 'a' }, echo(1), { do: 'status', value: null }]),
];

const retries: readonly Scenario[] = [
  program('retry succeeds at once', [flaky(0, {})], { history: true }),
  program('retry succeeds at the second attempt', [flaky(1, {})], { history: true }),
  program('retry succeeds at the last attempt', [flaky(2, {})]),
  program('retry gives up', [caught(flaky(3, {}))], { history: true }),
  program('retry gives up, uncaught', [flaky(4, {})]),
  program('retry with one attempt', [caught(flaky(1, { attempts: 1 }))], { history: true }),
  program('retry with backoff', [flaky(2, { backoff: 2 })]),
  program('retry with a bounded interval', [flaky(2, { backoff: 100, maxMs: 200 })]),
  program('retry with no attempt', [caught(flaky(1, { attempts: 0 }))]),
  program('retry with backoff 0', [caught(flaky(1, { backoff: 0 }))]),
  program('retries beside each other', [{ do: 'all', of: [flaky(1, { attempts: 4 }), flaky(2, { attempts: 4 })] }]),
  program('a child is retried', [caught(child([fails], { retry: { firstMs: 100, attempts: 2 } }))]),
];

const timersAndEvents: readonly Scenario[] = [
  program('a timer of no time', [{ do: 'timer', ms: 0 }], { history: true }),
  program('a timer', [second], { history: true }),
  program('a timer in the past', [{ do: 'timer', ms: -60_000 }]),
  program('a timer at no time at all', [{ do: 'timer', ms: 0, at: 'no date' }]),
  program('a timer loses a race', [{ do: 'race', of: [{ do: 'timer', ms: 600_000 }, echo(1)] }], { history: true }),
  program('a timer wins a race', [{ do: 'race', of: [second, { do: 'event', name: 'never' }] }]),
  program('a timer that nobody cancels', [{ do: 'any', of: [echo(1), { do: 'timer', ms: 2500 }] }]),
  program('a long timer that is cancelled', [{ do: 'race', of: [{ do: 'timer', ms: 10 * 86_400_000 }, echo(1)] }]),
  program('two timers', [{ do: 'all', of: [second, { do: 'timer', ms: 1500 }] }]),
  program('an event', [waits], { raise: [['go', { a: 1 }]], history: true }),
  ...[null, 'text', '', 0, 7.5, true, false, [1], { a: { b: null } }, '2026-01-02T03:04:05.220Z'].map((data) =>
    program(`an event with ${JSON.stringify(data)}`, [waits], { raise: [['go', data]] }),
  ),
  program('two events in their order', [waits, waits], {
    raise: [
      ['go', 1],
      ['go', 2],
    ],
  }),
  program('an event that comes early', [second, waits], { raise: [['go', 1]] }),
  program('two events that come early', [second, waits, waits], {
    raise: [
      ['go', 1],
      ['go', 2],
    ],
  }),
  program(
    'events of two names, early, in another order',
    [second, { do: 'event', name: 'b' }, { do: 'event', name: 'a' }],
    {
      raise: [
        ['a', 1],
        ['b', 2],
      ],
    },
  ),
  program('an event in another case', [waits], { raise: [['GO', 1]] }),
  program('an event of another name', [waits], { raise: [['stop', 1]] }),
  program('an event of another name, and then this', [waits], {
    raise: [
      ['stop', 1],
      ['go', 2],
    ],
  }),
  program('two waits for one name', [{ do: 'all', of: [waits, waits] }], {
    raise: [
      ['go', 1],
      ['go', 2],
    ],
  }),
  program('an event that nobody awaits', [second, echo(1)], { raise: [['go', 1]] }),
  program('an event wins a race', [{ do: 'race', of: [waits, { do: 'timer', ms: 600_000 }] }], { raise: [['go', 1]] }),
];

const children: readonly Scenario[] = [
  program('a child', [child([echo(1)])], { history: true }),
  program('a child in another case', [child([echo(1)], { name: 'PROGRAM' })]),
  program('an unknown child', [child(null, { name: 'nowhere' })]),
  program('a child fails, caught', [caught(child([fails]))]),
  program('a child fails, uncaught', [child([{ do: 'hurl', what: 'error' }])], { history: true }),
  program('children beside each other', [{ do: 'all', of: [child([echo(1)]), child([echo(2)])] }]),
  program('a child of a child', [child([child([echo(1)])])]),
  ...[undefined, null, 'text', 7, true, [1], { a: 1 }].map((input) =>
    program(`a child gets ${JSON.stringify(input) ?? 'nothing'}`, [child(input, { name: 'input' })]),
  ),
  scenario('a child without an id is named after its parent', async (hub) => {
    await hub.start('program', hub.id(), [child([{ do: 'instance' }])]);
    const { output } = await hub.ended(hub.id());
    return output;
  }),
  scenario('a child with an id', async (hub) => {
    await hub.start('program', hub.id(), [child([{ do: 'instance' }], { id: hub.id('child') })]);
    const { runtimeStatus, output } = await hub.ended(hub.id());
    const row = (await hub.status(hub.id('child'))) as unknown as Record<string, unknown>;
    return { runtimeStatus, output, child: [row['name'], row['runtimeStatus'], row['parentInstanceId']] };
  }),
  scenario('a child with the id of one that has ended', async (hub) => {
    await hub.start('program', hub.id('child'), [echo('before')]);
    await hub.ended(hub.id('child'));
    await hub.start('program', hub.id(), [child([echo('after')], { id: hub.id('child') })]);
    const { runtimeStatus, output } = await hub.ended(hub.id());
    return { runtimeStatus, output, child: (await hub.status(hub.id('child'))).output };
  }),
  scenario('a child with the id of one that runs replaces it', async (hub) => {
    await hub.running(hub.id('child'));
    await hub.start('program', hub.id(), [child([echo('after')], { id: hub.id('child') })]);
    const { runtimeStatus, output } = await hub.ended(hub.id());
    return { runtimeStatus, output, child: (await hub.status(hub.id('child'))).output };
  }),
  scenario("a parent whose child is replaced by another parent's waits for ever", async (hub) => {
    await hub.running(hub.id('first'), [child([waits], { id: hub.id('child') })]);
    await hub.becomes(hub.id('child'), 'Running');
    await hub.start('program', hub.id('second'), [child([echo('other')], { id: hub.id('child') })]);
    const ended = await hub.ended(hub.id('second'));
    await hub.settle();
    const { runtimeStatus, output } = await hub.status(hub.id('first'));
    return { second: [ended.runtimeStatus, ended.output], first: [runtimeStatus, output] };
  }),
  scenario("a child with its parent's own id", async (hub) => {
    await hub.start('program', hub.id(), [child([echo(1)], { id: hub.id() })]);
    return (await hub.ended(hub.id())).runtimeStatus;
  }),
  scenario('a child whose id begins with @', async (hub) => {
    await hub.start('program', hub.id(), [child([echo(1)], { id: `@${hub.id('child')}` })]);
    return (await hub.ended(hub.id())).runtimeStatus;
  }),
  scenario('a child that is terminated fails its parent', async (hub) => {
    await hub.running(hub.id(), [{ do: 'status', value: 'here' }, caught(child([waits], { id: hub.id('child') }))]);
    await hub.becomes(hub.id('child'), 'Running');
    await hub.operate(hub.id('child'), 'terminate', '?reason=why');
    const { runtimeStatus, output, customStatus } = await hub.ended(hub.id());
    return {
      runtimeStatus,
      output: firstLine(output),
      customStatus,
      child: (await hub.status(hub.id('child'))).runtimeStatus,
    };
  }),
  scenario('a parent that is terminated leaves its child', async (hub) => {
    await hub.running(hub.id(), [child([waits], { id: hub.id('child') })]);
    await hub.becomes(hub.id('child'), 'Running');
    await hub.operate(hub.id(), 'terminate', '?reason=why');
    const parent = await hub.ended(hub.id());
    const left = (await hub.status(hub.id('child'))).runtimeStatus;
    await hub.operate(hub.id('child'), 'terminate', '?reason=too');
    return { parent: parent.runtimeStatus, left, child: (await hub.ended(hub.id('child'))).runtimeStatus };
  }),
  scenario('a child that is purged leaves its parent waiting', async (hub) => {
    await hub.running(hub.id(), [child([waits], { id: hub.id('child') })]);
    await hub.becomes(hub.id('child'), 'Running');
    const { status } = await hub.purge(hub.id('child'));
    return { status, parent: (await hub.status(hub.id())).runtimeStatus };
  }),
];

const rounds = (name: string, input: object, events: readonly string[] = []): Scenario =>
  scenario(name, async (hub) => {
    await hub.start('rounds', hub.id(), { heard: [], ...input });
    await hub.becomes(hub.id(), 'Running', 'Completed');
    for (const event of events) await hub.raise(hub.id(), 'go', event);
    const { runtimeStatus, output } = await hub.ended(hub.id());
    return { runtimeStatus, output };
  });

const continued: readonly Scenario[] = [
  rounds('two rounds', { left: 1 }),
  rounds('five rounds', { left: 4 }),
  rounds('a round that waits for an event', { left: 0, listen: true }, ['a']),
  scenario('events that come early are lost with the round', async (hub) => {
    await hub.running(hub.id(), [waits, { do: 'timer', ms: 300 }, { do: 'continue', input: [waits] }]);
    for (const data of [1, 2]) await hub.raise(hub.id(), 'go', data);
    await hub.pass(2500);
    const before = (await hub.status(hub.id())).runtimeStatus;
    await hub.raise(hub.id(), 'go', 3);
    const { runtimeStatus, output } = await hub.ended(hub.id());
    return { before, runtimeStatus, output };
  }),
  scenario('the time of creation in the next round', async (hub) => {
    await hub.running(hub.id(), [waits, { do: 'continue', input: [waits] }]);
    const { createdTime } = await hub.status(hub.id());
    await hub.pass(2100);
    await hub.raise(hub.id(), 'go', 1);
    await hub.settle();
    const after = await hub.status(hub.id());
    return { runtimeStatus: after.runtimeStatus, isKept: after.createdTime === createdTime };
  }),
  scenario('custom status goes along with the next round', async (hub) => {
    await hub.running(hub.id(), [{ do: 'status', value: 'kept' }, echo(1), { do: 'continue', input: [waits] }]);
    await hub.settle();
    const { runtimeStatus, customStatus } = await hub.status(hub.id());
    return { runtimeStatus, customStatus };
  }),
  scenario('custom status goes no further than the first turn of the next round', async (hub) => {
    const next: Step[] = [waits, { do: 'event', name: 'more' }];
    await hub.running(hub.id(), [{ do: 'status', value: 'lost' }, echo(1), { do: 'continue', input: next }]);
    await hub.settle();
    await hub.raise(hub.id(), 'go', 1);
    await hub.settle();
    const { runtimeStatus, customStatus } = await hub.status(hub.id());
    return { runtimeStatus, customStatus };
  }),
  scenario('the input is that of the round', async (hub) => {
    await hub.running(hub.id(), [echo(1), { do: 'continue', input: [waits] }]);
    await hub.settle();
    return (await hub.status(hub.id())).input;
  }),
];

export const orchestrationScenarios: readonly Scenario[] = [
  ...activities,
  ...orchestratorEnds,
  ...retries,
  ...timersAndEvents,
  ...children,
  ...continued,
];
