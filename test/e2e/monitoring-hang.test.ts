// What is kept of the traces must not hold up the end of a lab: here MLflow never answers, and time is scaled, so that a durable timer can win against a call that hangs.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { setTimeout as realDelay } from 'node:timers/promises';
import type { LabView } from '../../src/hub/lab-view.ts';
import { startRig, type Rig } from '../../local/rig.ts';

const SPEED = 600;
const CALL_TIMEOUT_SECONDS = 15;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    clock: { kind: 'scaled', speed: SPEED },
    settings: { LAB_CALL_TIMEOUT_SECONDS: String(CALL_TIMEOUT_SECONDS) },
  });
});
afterAll(() => rig.close());

it(
  'a lab whose traces cannot be read is taken down after a minute, not after the call’s timeout',
  { timeout: 60_000 },
  async () => {
    const started = await rig.host.fetch('/api/labs', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    const { id } = (await started.json()) as { id: string };
    const until = async (predicate: (view: LabView) => boolean): Promise<LabView> => {
      for (;;) {
        const view = (await (await rig.host.fetch(`/api/labs/${id}`)).json()) as LabView;
        if (predicate(view)) return view;
        await realDelay(20);
      }
    };
    await until((view) => view.phase === 'watching');
    rig.cloud.faults.add({ pattern: 'POST */traces/search', kind: 'hang', fire: Infinity });
    const asked = rig.clock.now();
    await rig.host.fetch(`/api/labs/${id}`, { method: 'DELETE' });
    const view = await until((it) => it.steps.some((step) => step.name === 'inventory'));
    const inventory = view.steps.find((step) => step.name === 'inventory');
    const waitedMs = Date.parse(inventory?.startedAt ?? '') - asked;
    expect(waitedMs).toBeGreaterThanOrEqual(60_000);
    // Far from a bound on speed: the call itself would have taken that many seconds of real time.
    expect(waitedMs).toBeLessThan((CALL_TIMEOUT_SECONDS * 1_000 * SPEED) / 2);
    // The call is still hanging; removal does not wait for it.
    await until((it) => it.steps.some((step) => step.name === 'remove-group' && step.state === 'done'));
  },
);
