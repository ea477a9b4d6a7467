/**
 * What the functions do their work with: the ways out of the app and the activities over them. The entry loads this module at the first call that needs it, so
 * that a cold start registers its functions, and answers a bad request, before any of it is read.
 */
import { createActivities } from './activities/create-activities.ts';
import type { Deps } from './activities/deps.ts';
import { createClients, type Clients } from './clients/create-clients.ts';
import { createTraceReader, type TraceReader } from './activities/traces.ts';
import type { Activities } from './contracts.ts';
import type { LabPlace } from './lab/place.ts';

export type Work = { clients: Clients; activities: Activities; traces: (place: LabPlace) => TraceReader };

export function createWork(deps: Omit<Deps, 'clients'>): Work {
  const clients = createClients(deps.settings);
  return {
    clients,
    activities: createActivities({ ...deps, clients }),
    traces: ({ workspace, connection }) =>
      createTraceReader(clients.mlflow(workspace), connection.experimentId, deps.now),
  };
}
