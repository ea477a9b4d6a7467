import { describe, expect, it } from 'vitest';
import { useWorld } from './world.ts';

const world = useWorld();

describe('a branch whose placement is refused', () => {
  it('goes on in the next region when the token quota is gone between plan and deployment, and the failed try is removed', async () => {
    world.rig.cloud.faults.add({
      pattern: 'PUT *deployments/*',
      kind: 'status',
      status: 400,
      body: {
        error: {
          code: 'InsufficientQuota',
          message:
            'This operation require 5 new capacity in quota Tokens Per Minute (thousands) - gpt-5.1, which is bigger than the current available capacity 0. The current quota usage is 50 and the quota limit is 50.',
        },
      },
    });
    const id = await world.start({});
    const watching = await world.until(id, (view) => view.phase === 'watching' || view.phase === 'ended');
    expect(watching.phase).toBe('watching');
    const deployments = watching.steps.filter((it) => it.name === 'deployment');
    expect(deployments.map((it) => [it.attempt, it.state])).toEqual([
      [1, 'failed'],
      [2, 'done'],
    ]);
    expect(new Set(deployments.map((it) => it.region)).size).toBe(2);
    await world.end(id);
    await world.ended(id);
    expect(world.left()).toEqual([]);
  });

  it("gives up a service that stays unwell in the service's own words, with none of what Durable wraps around them", async () => {
    world.rig.cloud.faults.add({
      pattern: 'POST *chat/completions*',
      service: 'openai',
      kind: 'status',
      status: 503,
      body: { error: { code: 'ServiceUnavailable', message: 'Please try again later.' } },
      fire: 1_000,
    });
    const { problem, steps } = await world.ended(await world.start({}));
    expect(problem).toMatchObject({ code: 'gave-up', suggestion: expect.stringContaining('did not answer') as string });
    expect(problem?.message).toMatch(/^openai: POST \S+ 503 ServiceUnavailable: [^{}]*Please try again later\.[^{}]*$/);
    expect(steps.find((it) => it.state === 'failed')?.note).toMatch(/^gave-up: openai: POST /);
    expect(world.left()).toEqual([]);
  });

  it('fails the lab at once when no region can cure it, says what to do, and leaves nothing', async () => {
    world.rig.cloud.faults.add({
      pattern: 'PUT *Microsoft.CognitiveServices/accounts/*',
      kind: 'status',
      status: 403,
      body: {
        error: {
          code: 'AuthorizationFailed',
          message:
            "The client 'x' does not have authorization to perform action 'Microsoft.CognitiveServices/accounts/write' over scope 'y'.",
        },
      },
      fire: 100,
    });
    const view = await world.ended(await world.start({}));
    expect(view.report?.outcome).toBe('failed');
    expect(view.problem).toMatchObject({ code: 'AuthorizationFailed', remedy: 'none' });
    expect(view.problem?.suggestion).toMatch(/\S/);
    expect(view.steps.filter((it) => it.name === 'account')).toHaveLength(1);
    // The other branch hears of it: no cluster is started, and billed, for a lab that cannot be.
    expect(view.steps.map((it) => it.name)).toContain('workspace');
    expect(view.steps.map((it) => it.name)).not.toContain('cluster');
    expect(world.left()).toEqual([]);
  });
});
