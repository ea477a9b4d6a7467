/**
 * host.json of a package. What scales the function app on its plan reads this file and none of the settings that the host would let override it, so that the
 * backend stands in the file: https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-storage-providers#configuring-durable-task-scheduler
 */
export const BACKENDS = ['azureStorage', 'durableTaskScheduler'] as const;
/** What keeps the orchestrations; the words of `LAB_DURABLE_BACKEND`. */
export type Backend = (typeof BACKENDS)[number];

type HostJson = { extensions: { durableTask: { storageProvider: object } } };

/** The repository's own host.json, which names Azure Storage, for the backend that was chosen. */
export function hostJsonFor(backend: Backend, own: string): string {
  if (backend === 'azureStorage') return own;
  const host = JSON.parse(own) as HostJson;
  host.extensions.durableTask.storageProvider = {
    type: 'azureManaged',
    connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING',
  };
  return `${JSON.stringify(host, null, 2)}\n`;
}
