// The notebook's credential goes to the secret scope and nowhere else; where keys are off it is a token.
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { secretOf } from '../../local/cloud/databricks/secrets.ts';
import {
  buildDatabricks,
  buildOpenAI,
  inAnHour,
  planOf,
  PROMPTS,
  startBench,
  type Bench,
  type Built,
} from './bench.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

let bench: Bench;
let parts: Omit<Built, 'connection'>;
beforeAll(async () => {
  bench = await startBench();
});
const make = async () => {
  const plan = await planOf(bench);
  await bench.value('ensureGroup', { lab: bench.lab, region: 'eastus2', lease: inAnHour(bench) });
  parts = { plan, ...(await buildOpenAI(bench, plan)), ...(await buildDatabricks(bench, plan)) };
};
afterEach(() => {
  expect(bench.cloud.unknownRoutes).toEqual([]);
  bench.reset();
});

const accountRow = () => armOf(bench.cloud.state).accounts.get(parts.account.id.toLowerCase())!;
const secret = (scope: string) => {
  const workspace = armOf(bench.cloud.state).workspaces.get(parts.workspace.id.toLowerCase())!;
  return secretOf(bench.cloud.state, workspace.workspaceId, scope, 'azure-openai');
};
const connect = () => bench.value('connectWorkspace', { lab: bench.lab, ...parts });

describe('where keys are on', () => {
  beforeEach(make);

  it('the scope holds the key, and people may read folder and experiment', async () => {
    const connection = await connect();
    expect(connection.credential).toBe('key');
    expect(connection.warnings).toBeUndefined();
    expect(secret(connection.scope)).toBe(accountRow().keys.key1);
    expect(bench.requests(/^PATCH \/api\/2.0\/permissions\/(directories|experiments)\//)).toHaveLength(2);
    expect(await connect()).toEqual(connection);
  });

  it('a permission that cannot be given is a warning', async () => {
    bench.cloud.faults.add({
      pattern: 'PATCH */permissions/*',
      kind: 'status',
      status: 403,
      body: { error_code: 'PERMISSION_DENIED', message: 'no' },
      fire: 2,
    });
    expect((await connect()).warnings).toHaveLength(2);
  });

  it('the notebook runs with it', async () => {
    const connection = await connect();
    const facts = await bench.value('runNotebook', {
      lab: bench.lab,
      ...parts,
      connection,
      prompts: PROMPTS,
      attempt: 1,
    });
    expect(facts).toMatchObject({
      source: 'notebook',
      traceId: null,
      runPageUrl: expect.stringMatching(/^https:/) as string,
    });
  });
});

describe('where a policy switched keys off', () => {
  beforeEach(async () => {
    bench.cloud.state.landscape.keyPolicy = 'modify';
    await make();
  });

  it('the scope holds a token for Azure OpenAI, and the notebook runs with it', async () => {
    const connection = await connect();
    expect(connection.credential).toBe('entra-token');
    expect(secret(connection.scope)).toMatch(/^eyJ/);
    expect([...bench.stored].join('\n')).not.toContain(secret(connection.scope));
    await bench.value('runNotebook', { lab: bench.lab, ...parts, connection, prompts: PROMPTS, attempt: 1 });
  });
});
