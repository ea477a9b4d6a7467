// The activities of the conformance orchestrations.
import * as df from 'durable-functions';

const attempts = new Map<string, number>();
export const stalled: (() => void)[] = ((globalThis as { stalled?: (() => void)[] }).stalled ??= []);

df.app.activity('echo', { handler: (input: unknown) => input });
df.app.activity('typeOf', { handler: (input: unknown) => ({ type: typeof input, input }) });
df.app.activity('text', { handler: () => 'a "text"' });
df.app.activity('number', { handler: () => 2.5 });
df.app.activity('nothing', { handler: () => undefined });
df.app.activity('yes', { handler: () => true });
df.app.activity('fail', {
  handler: (input: { why?: string } | undefined) => {
    throw new Error(input?.why ?? 'boom');
  },
});
/** Throws what an Error is not. */
df.app.activity('throwWhat', {
  handler: ({ what }: { what: 'nothing' | 'empty' | 'text' | 'object' | 'knot' }) => {
    const knot: Record<string, unknown> = {};
    knot['knot'] = knot;
    const thrown: Record<string, unknown> = { empty: '', text: 'a text', object: { code: 7 }, knot };
    throw thrown[what] as Error;
  },
});
/** Fails as often as asked for under that key, and says then how often it ran. */
df.app.activity('flaky', {
  handler: ({ key, failures }: { key: string; failures: number }) => {
    const attempt = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, attempt);
    if (attempt <= failures) throw new Error(`attempt ${attempt}`);
    return { attempt };
  },
});
/** Runs until the test lets it go. */
df.app.activity('stall', {
  handler: () => new Promise<string>((resolve) => stalled.push(() => resolve('late'))),
});
