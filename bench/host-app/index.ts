/** The orchestrations of `npm run bench:host`, for durable-functions. `bench/host-peer.ts` has the same for the peer. */
import * as df from 'durable-functions';

type Orchestrator = (context: df.OrchestrationContext) => Generator<df.Task, unknown, never>;
const orchestration = (name: string, handler: Orchestrator): unknown => df.app.orchestration(name, handler);

df.app.activity('echo', { handler: (input: unknown) => input });

orchestration('fanOut', function* ({ df }) {
  const { width }: { width: number } = df.getInput();
  const results: unknown[] = yield df.Task.all(Array.from({ length: width }, (_, n) => df.callActivity('echo', { n })));
  return results.length;
});

orchestration('chain', function* ({ df }) {
  const { hops }: { hops: number } = df.getInput();
  for (let n = 0; n < hops; n += 1) yield df.callActivity('echo', { n });
});

orchestration('mixed', function* ({ df }) {
  const { wakeMs }: { wakeMs: number } = df.getInput();
  for (const n of [1, 2]) yield df.callActivity('echo', { n });
  yield df.createTimer(new Date(wakeMs));
  for (const n of [3, 4, 5]) yield df.callActivity('echo', { n });
});

orchestration('long', function* ({ df }) {
  const { rounds, width }: { rounds: number; width: number } = df.getInput();
  for (let round = 0; round < rounds; round += 1)
    yield df.Task.all(Array.from({ length: width }, (_, n) => df.callActivity('echo', { n })));
  yield df.waitForExternalEvent('go');
});

orchestration('waits', function* ({ df }) {
  yield df.callActivity('echo', { n: 1 });
  yield df.waitForExternalEvent('go');
});
