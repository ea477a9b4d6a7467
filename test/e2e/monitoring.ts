/** What the monitoring tests ask of a living lab, over HTTP as a caller would. */
import { expect } from 'vitest';
import type { BatchView } from '../../src/http/api/get-completions.ts';
import type { World } from './world.ts';

export type Asked = { status: number; body: Record<string, unknown>; headers: Headers };

export const monitoringOf = (world: World) => {
  const get = async <T>(path: string, headers: Record<string, string> = {}): Promise<T> => {
    const response = await world.rig.host.fetch(`/api/labs/${path}`, { headers });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Asked> => {
    const response = await world.rig.host.fetch(`/api/labs/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return {
      status: response.status,
      body: (await response.json()) as Record<string, unknown>,
      headers: response.headers,
    };
  };
  const batch = (id: string, batchId: string) => get<BatchView>(`${id}/completions/${batchId}`);
  /** Lets lab time pass until the batch is over. */
  const over = async (id: string, batchId: string): Promise<BatchView> => {
    let view: BatchView | undefined;
    await world.rig.host.until(async () => (view = await batch(id, batchId)).state !== 'running');
    return view as BatchView;
  };
  return {
    get,
    post,
    batch,
    over,
    /** A lab in its watch. */
    watched: async (body: Record<string, unknown> = {}): Promise<string> => {
      const id = await world.start(body);
      await world.until(id, (view) => view.phase === 'watching');
      return id;
    },
    /** Asks, and waits for the end of the batch. */
    complete: async (id: string, body: unknown, headers: Record<string, string> = {}): Promise<BatchView> => {
      const asked = await post(`${id}/completions`, body, headers);
      expect(asked, JSON.stringify(asked.body)).toMatchObject({ status: 202 });
      return over(id, asked.body['id'] as string);
    },
    pass: (minutes: number) => world.rig.host.until(world.rig.clock.now() + minutes * 60_000),
  };
};
