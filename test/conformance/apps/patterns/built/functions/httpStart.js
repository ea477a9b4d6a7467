'use strict';
Object.defineProperty(exports, '__esModule', { value: true });
const df = require('durable-functions');
const functions_1 = require('@azure/functions');
const httpStart = async (request, context) => {
  const client = df.getClient(context);
  const body = await request.text();
  const input = body === '' ? undefined : JSON.parse(body);
  const instanceId = await client.startNew(request.params.orchestratorName, { input });
  context.log(`Started orchestration with ID = '${instanceId}'.`);
  return client.createCheckStatusResponse(request, instanceId);
};
functions_1.app.http('httpStart', {
  route: 'orchestrators/{orchestratorName}',
  extraInputs: [df.input.durableClient()],
  handler: httpStart,
});
