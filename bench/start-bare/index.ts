/** The least that an app of this kind can be: one HTTP function and one orchestrator, on the same two libraries. What it takes to start cannot be saved. */
import { app } from '@azure/functions';
import * as df from 'durable-functions';

app.http('hello', {
  methods: ['POST'],
  route: 'hello',
  authLevel: 'function',
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    df.getClient(context);
    return { status: 400, jsonBody: { hello: await request.json() } };
  },
});
df.app.orchestration('wait', function* (context) {
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 1_000));
});
