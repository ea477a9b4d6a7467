// Every scenario on Microsoft's own extension: what is recorded of it is what it does.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite, type Azurite } from '../../local/extension/azurite.ts';
import { startExtensionHost, type ExtensionHost } from '../../local/extension/host.ts';
import { realMachine } from '../conformance/scenarios/hub.ts';
import { APP_DIR, observe, record, recorded, SCENARIOS } from '../conformance/scenarios/table.ts';
import { PARTS } from './parts.ts';

const LANES = 12;
const WHOLE_MS = 15 * 60_000;

describe.skipIf(PARTS.kind === 'unavailable')('scenarios on the Durable extension', () => {
  let storage: Azurite | undefined;
  let host: ExtensionHost | undefined;
  let observed: Record<string, unknown> = {};
  beforeAll(async () => {
    if (PARTS.kind === 'unavailable') return;
    storage = await startAzurite(PARTS.azurite);
    const { connectionString } = storage;
    host = await startExtensionHost({ appDir: APP_DIR, assembly: PARTS.host, connectionString });
    observed = await observe(realMachine(host.fetch), SCENARIOS, LANES);
    if (process.env.LAB_EXTENSION_RECORD !== undefined) record(observed);
  }, WHOLE_MS);
  afterAll(async () => {
    await host?.close();
    await storage?.close();
  }, WHOLE_MS);

  const before = recorded();
  for (const { name } of SCENARIOS) {
    it(name, () => {
      expect(observed[name]).toEqual(process.env.LAB_EXTENSION_RECORD === undefined ? before[name] : observed[name]);
    });
  }
});
