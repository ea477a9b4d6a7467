/** Services put into their errors what they were sent. Each of these secrets is planted into the answers of one service after the other, and looked for wherever the app writes. */
import { describe, expect, it } from 'vitest';
import type { FaultRule } from '../../local/cloud/core/faults.ts';
import { useWorld } from '../e2e/world.ts';

const world = useWorld();

const hex = '9f86d081884c7d659a2feaa0c55ad015';
/** By kind: the text as a service would say it, and the part that must be nowhere. */
const SECRETS: Record<string, [said: string, secret: string]> = {
  'a bearer token': ['Authorization: Bearer opaque-0AbCdEf123456789.qwertyuiop was refused', 'opaque-0AbCdEf123456789'],
  'a JSON Web Token': [
    `token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJl has expired`,
    'eyJzdWIiOiJwbGFudGVkIn0',
  ],
  'an account key': [`api-key: ${hex} is invalid`, hex],
  'a long key': [`the key ${'Ab1'.repeat(28)} was rotated`, 'Ab1'.repeat(28)],
  'a signed URL': [
    'could not write https://store.blob.core.windows.net/c/t.json?sv=2024-11-04&sp=rw&sig=pLaNtEd%2FsIgNaTuRe%3D to storage',
    'pLaNtEd%2FsIgNaTuRe',
  ],
  'an operation URL': [
    'see https://management.azure.com/subscriptions/x/operationresults/y?api-version=1&t=638&c=MIIplantedcert&s=plantedsign&h=plantedhash',
    'plantedsign',
  ],
  'a Databricks token': [`dapi${hex} is not valid`, `dapi${hex}`],
  'a connection string': [
    'AccountName=x;AccountKey=cGxhbnRlZGFjY291bnRrZXk=;EndpointSuffix=y',
    'cGxhbnRlZGFjY291bnRrZXk',
  ],
  'a function key': [
    'called https://app.azurewebsites.net/api/labs?code=pLaNtEdFuNcTiOnKeY1234== too often',
    'pLaNtEdFuNcTiOnKeY1234',
  ],
};
const sentence = Object.values(SECRETS)
  .map(([said]) => said)
  .join(' | ');

const arm = { error: { code: 'PlantedFault', message: sentence, details: [{ code: 'Inner', message: sentence }] } };
const databricks = { error_code: 'PLANTED_FAULT', message: sentence };
const openai = { error: { code: 'planted_fault', message: sentence, type: 'invalid_request_error' } };
const html = `<html><title>${sentence.replaceAll('&', '&amp;')}</title></html>`;

const always = (pattern: string, status: number, body: unknown, more: Partial<FaultRule> = {}): FaultRule =>
  ({ kind: 'status', pattern, status, body, fire: Infinity, ...more }) as FaultRule;

/** Where it is planted: once as a refusal that becomes an answer, once as a failure that is thrown until its retries are used up. */
const PLACES: [name: string, rule: FaultRule][] = [
  ['the plan', always('GET */models', 500, arm)],
  ['the plan, as a refusal', always('GET */usages', 403, arm)],
  ['the group', always('PUT */resourcegroups/*', 403, arm, { skip: 0 })],
  ['the account', always('PUT */accounts/*', 400, arm)],
  ['the account, as a failure', always('PUT */accounts/*', 500, arm)],
  ['the account, as a page of a gateway', always('PUT */accounts/*', 502, html)],
  ['the workspace', always('PUT */Microsoft.Databricks/workspaces/*', 409, arm)],
  ['the readiness of the workspace', always('GET /api/2.0/preview/scim/v2/Me', 403, databricks, { fire: 20 })],
  ['the notebook', always('POST /api/2.0/workspace/import', 400, databricks)],
  ['the cluster', always('POST /api/2.1/clusters/create', 400, databricks)],
  ['the cluster, as text', always('POST /api/2.1/clusters/create', 400, `PLANTED_FAULT: ${sentence}`)],
  ['the cluster, throttled', always('POST /api/2.1/clusters/create', 429, databricks, { fire: 3 })],
  ['the secret scope', always('POST /api/2.0/secrets/put', 400, databricks)],
  ['the model', always('POST */chat/completions', 400, openai)],
  ['the model, as a failure', always('POST */chat/completions', 500, openai, { fire: 2 })],
  ['MLflow', always('POST /api/2.0/mlflow/runs/create', 400, databricks)],
  ['MLflow, as a failure', always('POST /api/2.0/mlflow/runs/log-batch', 500, databricks)],
  ['the job', always('POST /api/2.2/jobs/runs/submit', 400, databricks)],
  ['the verification', always('POST /api/2.0/mlflow/runs/search', 500, databricks, { skip: 1 })],
  ['the removal', always('DELETE */accounts/*', 409, arm, { fire: 4 })],
];

describe('a secret in the error of a service', () => {
  it.each(PLACES)('at %s reaches neither log nor task hub nor status nor report', async (_name, rule) => {
    world.rig.cloud.faults.add(rule);
    const id = await world.start({});
    const seen: string[] = [];
    let looks = 0;
    await world.rig.host.until(
      async () => {
        if (looks++ % 4 === 0) seen.push(JSON.stringify(await world.view(id)));
        return world.rig.host.history(id).some((event) => event.EventType === 1);
      },
      { ms: 30 * 3_600_000 },
    );
    expect(world.rig.cloud.faults.hits[0], 'the fault was met').toBeGreaterThan(0);
    seen.push(await (await world.rig.host.fetch(`/api/labs/${id}`)).text());
    const sinks = {
      log: world.logs.map((it) => it.message).join('\n'),
      hub: world.rig.host.storeText(),
      answers: seen.join('\n'),
    };
    expect(Object.values(sinks).join('\n'), 'what was said is told, without the secrets').toContain('[redacted]');
    for (const [sink, text] of Object.entries(sinks))
      for (const [kind, [, secret]] of Object.entries(SECRETS))
        expect(around(text, secret), `${kind} in ${sink}`).toBeNull();
  });

  it('at a request is in neither its answer nor the log', async () => {
    world.rig.cloud.faults.add(always('GET */resourcegroups', 500, arm));
    const answers = [
      await world.rig.host.fetch('/api/labs'),
      await world.rig.host.fetch('/api/health'),
      await world.post({}),
      await world.rig.host.fetch('/api/labs/nobody'),
    ];
    await world.rig.host.runTimer('sweep').catch(() => undefined);
    expect(answers.map((it) => it.status)).toEqual([503, 503, 503, 503]);
    const texts = await Promise.all(answers.map((it) => it.text()));
    const log = world.logs.map((it) => it.message).join('\n');
    expect(log).toContain('"event":"request.failed"');
    expect(log).toContain('"event":"sweep.run","outcome":"failed"');
    for (const [kind, [, secret]] of Object.entries(SECRETS)) {
      expect(around(log, secret), `${kind} in the log`).toBeNull();
      expect(around(texts.join('\n'), secret), `${kind} in an answer`).toBeNull();
    }
  });
});

/** What stands around a secret, for the message of a failure; null where it is nowhere. */
function around(text: string, secret: string): string | null {
  const at = text.indexOf(secret);
  return at < 0 ? null : text.slice(Math.max(0, at - 120), at + secret.length + 20);
}
