/** HTTP functions for what requests and answers look like on both sides. */
import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';

const seen: string[] = ((globalThis as { hooksSeen?: string[] }).hooksSeen ??= []);

const saw = async (request: HttpRequest): Promise<HttpResponseInit> => ({
  jsonBody: {
    body: await request.text(),
    twice: request.headers.get('x-twice'),
    q: request.query.get('q'),
    params: request.params,
    url: request.url,
  },
});
app.http('byDefault', { handler: saw });
app.http('posted', { methods: ['POST', 'PUT'], route: 'posted/{id:int}/{more?}', handler: saw });
app.http('aFirst', { route: 'overlap/{any}', handler: () => ({ body: 'aFirst' }) });
app.http('bSpecial', { route: 'overlap/special', handler: () => ({ body: 'bSpecial' }) });
app.http('nothing', { handler: () => undefined as unknown as HttpResponseInit });
app.http('text', { handler: () => 'a text' as unknown as HttpResponseInit });
app.http('noContent', { handler: () => ({ status: 204, body: 'dropped' }) });
app.http('bytes', { handler: () => ({ body: new Uint8Array([0, 255]), headers: { 'content-type': 'image/x' } }) });
app.http('cookie', { handler: () => ({ cookies: [{ name: 'a', value: 'b' }] }) });
app.http('function', { authLevel: 'function', handler: () => ({}) });
app.http('admin', { route: 'managed', authLevel: 'admin', handler: () => ({}) });
app.http('fails', { handler: () => Promise.reject(new Error('no luck')) });

app.hook.preInvocation(({ invocationContext }) => {
  if (invocationContext.functionName === 'fails') seen.push('before');
});
app.hook.postInvocation((hook) => {
  if (hook.invocationContext.functionName !== 'fails') return;
  seen.push(`after ${(hook.error as Error).message}`);
  hook.error = null;
  hook.result = { body: 'mended' };
});
