'use strict';
// Sub-orchestrations: a device each, in parallel, with a retry of the one that fails at first.
Object.defineProperty(exports, '__esModule', { value: true });
const df = require('durable-functions');
const attempts = new Map();
df.app.orchestration('provisionDevices', function* (context) {
  const deviceIds = yield context.df.callActivity('getNewDeviceIds');
  const retryOptions = new df.RetryOptions(1000, 3);
  const tasks = deviceIds.map((id, index) => {
    const childId = `${context.df.instanceId}:${index}`;
    return context.df.callSubOrchestratorWithRetry('provisionDevice', retryOptions, { id }, childId);
  });
  return yield context.df.Task.all(tasks);
});
df.app.orchestration('provisionDevice', function* (context) {
  const { id } = context.df.getInput();
  const package_1 = yield context.df.callActivity('createInstallationPackage', { id });
  return { id, package: package_1 };
});
df.app.activity('getNewDeviceIds', {
  handler: function () {
    return ['a', 'b', 'c'];
  },
});
df.app.activity('createInstallationPackage', {
  handler: function ({ id }) {
    const attempt = (attempts.get(id) ?? 0) + 1;
    attempts.set(id, attempt);
    if (id === 'b' && attempt === 1) throw new Error('the depot is closed');
    return `package for ${id}, attempt ${attempt}`;
  },
});
