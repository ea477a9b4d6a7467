import type { Clients } from '../clients/create-clients.ts';
import type { Settings } from '../settings.ts';

/** What activities are made of. `notebook` reads the source text that is deployed with the app. */
export type Deps = { settings: Settings; clients: Clients; notebook: () => Promise<string>; now: () => Date };
