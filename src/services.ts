/**
 * What the functions do their work with: the ways out of the app and the activities over them. The entry loads this module at the first call that needs it, so
 * that a cold start registers its functions, and answers a bad request, before any of it is read.
 */
import { createActivities } from './activities/create-activities.ts';
import type { Deps } from './activities/deps.ts';
import { createClients, type Clients } from './clients/create-clients.ts';
import { createTraceReader, type TraceReader } from './activities/watch/trace-reader.ts';
import type { Activities } from './contracts/activities.ts';
import { createRetailPrices } from './clients/retail-prices.ts';
import type { LabPlace } from './lab/resources.ts';
import type { LabSurvey } from './lab/survey.ts';
import type { Settings } from './settings.ts';
import type { Prices } from './lab/cost/retail-prices.ts';

/** What endpoints and timers are given. */
export type HttpDeps = {
  settings: Settings;
  labSurvey: LabSurvey;
  plan: Activities['planLab'];
  traces: (place: LabPlace) => Promise<TraceReader>;
  inventory: Activities['takeInventory'];
  /** Prices of a region as they are read; null where the app's own table is to serve. */
  prices: (region: string) => Promise<Prices | null>;
  now: () => Date;
};

export type Work = {
  clients: Clients;
  activities: Activities;
  traces: (place: LabPlace) => TraceReader;
  prices: (region: string) => Promise<Prices | null>;
};

export function createWork(deps: Omit<Deps, 'clients'>): Work {
  const clients = createClients(deps.settings);
  const { pricesEndpoint: endpoint, callTimeoutMs: timeoutMs } = deps.settings;
  const retail = endpoint === undefined ? undefined : createRetailPrices({ endpoint, timeoutMs }, deps.now);
  return {
    clients,
    activities: createActivities({ ...deps, clients }),
    prices: async (region) => (await retail?.(region)) ?? null,
    traces: ({ workspace, connection }) =>
      createTraceReader(clients.mlflow(workspace), connection.experimentId, deps.now),
  };
}
