// The local Azure, composed: state, endpoints, services. No Azure is contacted.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { followLabTime, type Clock } from '../clock.ts';
import { armHostRoutes, workspaceHostRoutes } from './hosts.ts';
import { armFailure, checkApiVersion } from './arm/errors.ts';
import { createBystanders, type Bystanders } from './bystanders.ts';
import { loadCertificate } from './core/certificate.ts';
import { accountHostRoutes } from './openai/routes.ts';
import { createFaults, type Faults } from './core/faults.ts';
import { identityRoutes } from './arm/identity.ts';
import type { PythonKernel } from './notebook/real-python.ts';
import { takeInventory } from './inventory.ts';
import type { CatalogueName } from './landscape.ts';
import type { InventoryItem } from './core/records.ts';
import { retailPriceRoutes } from './arm/prices.ts';
import { seedRoles } from './arm/roles.ts';
import { createRouter } from './core/router.ts';
import { createServer, type RequestRecord, type Service } from './core/server.ts';
import { CloudState } from './core/state.ts';
import { openStore } from './core/store.ts';
import { armOf } from './arm/tables.ts';

export type CloudOptions = {
  /** Folder of the database and the certificate; absent: in memory. */
  dataDir?: string;
  clock: Clock;
  catalogue?: CatalogueName;
  /** Port of ARM; default any free one. */
  port?: number;
  /** Whether the app's identity is user-assigned: AZURE_CLIENT_ID is then set. */
  userAssigned?: boolean;
  /** Runs notebooks in real Python, with a real MLflow server behind the workspaces; absent: in the simulated kernel. */
  python?: PythonKernel;
  /** Hears every request when it has been served. */
  onRequest?: (record: RequestRecord) => void;
};

export type Cloud = {
  /** What the app finds in its environment. */
  settings(): Record<string, string>;
  /** Where the prices are, for whoever sets `LAB_PRICES_ENDPOINT`. */
  readonly pricesOrigin: string;
  readonly caPem: string;
  /** The certificate's file, where there is a data folder. */
  readonly caFile: string | undefined;
  readonly state: CloudState;
  readonly faults: Faults;
  readonly requests: RequestRecord[];
  /** Routes that were called and do not exist: a test that meets one fails. */
  readonly unknownRoutes: string[];
  /** Makes other people's things. */
  readonly bystanders: Bystanders;
  /** Everything that exists, in whatever scope, once what is due has been applied. */
  inventory(): InventoryItem[];
  /** An empty cloud on the same ports, with the same identity. */
  reset(): void;
  close(): Promise<void>;
};

const ARM_AUDIENCES = ['https://management.azure.com/', 'https://management.core.windows.net/'];

export async function startCloud(options: CloudOptions): Promise<Cloud> {
  if (options.dataDir !== undefined) mkdirSync(options.dataDir, { recursive: true });
  const store = openStore(options.dataDir === undefined ? ':memory:' : join(options.dataDir, 'cloud.sqlite'));
  const certificate = await loadCertificate(options.dataDir);
  const state = new CloudState({
    store,
    clock: options.clock,
    catalogue: options.catalogue ?? '2026',
    userAssigned: options.userAssigned ?? false,
  });
  const unfollow = followLabTime(options.clock, state);
  const faults = createFaults();
  const server = createServer(state, faults, certificate, options.onRequest);

  const arm: Service = {
    name: 'arm',
    router: createRouter(armHostRoutes(state), { ignoreCase: true }),
    audiences: ARM_AUDIENCES,
    tokenRequired: true,
    fail: armFailure,
    challenge: (message) =>
      `Bearer authorization_uri="https://login.windows.net/${state.identity.tenantId}", error="invalid_token", error_description="${message.replaceAll('"', "'")}"`,
    check: checkApiVersion,
  };
  const identity: Service = { name: 'identity', router: createRouter(identityRoutes(state)), fail: armFailure };
  const prices: Service = { name: 'prices', router: createRouter(retailPriceRoutes()), fail: armFailure };
  // Accounts and workspaces check keys and tokens in their own handlers, with the error bodies of their own services.
  const account: Service = { name: 'openai', router: createRouter(accountHostRoutes(state)), fail: armFailure };
  const workspace: Service = {
    name: 'databricks',
    router: createRouter(workspaceHostRoutes(state, options.python)),
    fail: (status, code, message) => ({ status, json: { error_code: code, message } }),
  };

  const close = async (): Promise<void> => {
    await server.closeAll();
    unfollow();
    store.close();
  };

  const services = { account, workspace };
  state.openListener = (kind, key) => server.open(`${kind}:${key}`, services[kind]);
  state.closeListener = (kind, key) => {
    server.close(`${kind}:${key}`);
  };

  const openEndpoints = async () => {
    const origins = {
      arm: await server.open('arm', arm, options.port === undefined ? {} : { port: options.port }),
      identity: await server.open('identity', identity, { plain: true }),
      prices: await server.open('prices', prices),
    };
    for (const { id } of armOf(state).accounts.values()) await state.openListener('account', id.toLowerCase());
    for (const { id } of armOf(state).workspaces.values()) await state.openListener('workspace', id.toLowerCase());
    return origins;
  };
  const origins = await openEndpoints().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  seedRoles(state);
  state.onReset(() => {
    seedRoles(state);
  });
  store.flush();

  return {
    state,
    faults,
    bystanders: createBystanders(state),
    requests: server.requests,
    unknownRoutes: server.unknownRoutes,
    caPem: certificate.cert,
    pricesOrigin: origins.prices,
    caFile: certificate.certFile,
    settings: () => ({
      ARM_ENDPOINT: origins.arm,
      IDENTITY_ENDPOINT: `${origins.identity}/msi/token`,
      IDENTITY_HEADER: state.identityHeader,
      LAB_SUBSCRIPTION_ID: state.subscriptionIds[0] as string,
      ...(state.identity.userAssigned ? { AZURE_CLIENT_ID: state.identity.clientId } : {}),
    }),
    inventory: () => takeInventory(state),
    reset: () => {
      for (const { id } of armOf(state).accounts.values()) state.closeListener('account', id.toLowerCase());
      for (const { id } of armOf(state).workspaces.values()) state.closeListener('workspace', id.toLowerCase());
      state.reset();
      faults.clear();
      server.requests.length = 0;
      server.unknownRoutes.length = 0;
      store.flush();
    },
    close,
  };
}
