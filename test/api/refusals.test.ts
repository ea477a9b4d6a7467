/** Twenty bad requests, and what their senders are told: in words that lead to the right request, not in those of a validator. */
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../src/http/openapi/operations.ts';
import type { Operation } from '../../src/http/openapi/operation.ts';
import { useWorld } from '../e2e/world.ts';

const world = useWorld();
const detailOf = async (path: string, body?: string): Promise<string> => {
  const response = await world.rig.host.fetch(path, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
  });
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  return ((await response.json()) as { detail: string }).detail;
};

describe('a bad start', () => {
  it.each([
    ['{"idleminutes":30}', 'idleminutes is not a known field; did you mean idleMinutes?'],
    ['{"budget":5}', 'budget is not a known field; did you mean budgetUsd?'],
    ['{"max_hours":5}', 'max_hours is not a known field; did you mean maxHours?'],
    ['{"databricks":{"cluster":"x"}}', 'databricks.cluster is not a known field; did you mean clusterId?'],
    ['{"colour":"red"}', 'colour is not a known field'],
    ['{"__proto__":{"id":"x"}}', '__proto__ is not a known field'],
    ['{"constructor":1}', 'constructor is not a known field'],
    ['{"idleMinutes":"30"}', 'idleMinutes must be a number, not a text'],
    ['{"idleMinutes":2.5}', 'idleMinutes must be a whole number'],
    ['{"idleMinutes":1}', 'idleMinutes must be at least 5'],
    ['{"maxHours":100}', 'maxHours must be at most 72'],
    ['{"budgetUsd":0}', 'budgetUsd must be more than 0'],
    ['{"budgetUsd":null}', 'budgetUsd must be a number, not null'],
    ['{"recreate":"yes"}', 'recreate must be true or false, not a text'],
    ['{"regions":"eastus2"}', 'regions must be a list, not a text'],
    ['{"regions":[]}', 'regions must have at least 1 elements'],
    ['{"regions":["East US 2"]}', 'regions.0 must be an Azure region name such as eastus2'],
    ['{"databricks":{"tier":"standard"}}', 'databricks.tier must be premium or trial'],
    ['{"openai":{}}', 'openai.accountId is missing'],
    ['{"completion":"Tell me a joke"}', 'completion must be an object, not a text'],
    ['{"completion":{"prompt":""}}', 'completion.prompt must not be empty'],
    ['{"participants":["ana@example.org"]}', 'participants.0 must be an object id'],
    ['[]', 'body must be an object, not a list'],
    ['null', 'body must be an object, not null'],
    ["{'id':'x'}", 'The body must be valid JSON; it breaks at character 2.'],
    ['{"id":', 'The body must be valid JSON.'],
  ])('%s is told: %s', async (body, detail) => {
    expect(await detailOf('/api/labs', body)).toBe(detail);
  });

  it('tells a misspelt rehearsal instead of taking it for the real thing', async () => {
    expect(await detailOf('/api/labs?dryrun=true', '{}')).toBe('dryrun is not a known parameter; dryRun is');
    expect(await detailOf('/api/labs?dryRun', '{}')).toBe('dryRun must be true or false');
    expect(await (await world.rig.host.fetch('/api/labs')).json()).toEqual({ living: [], ended: [] });
  });

  it('takes a function key as a parameter, as the platform does', async () => {
    const response = await world.rig.host.fetch('/api/labs?code=key&dryRun=true', { method: 'POST' });
    expect(response.status).toBe(200);
  });
});

describe('a query', () => {
  const sent = (it: Operation, query: string) =>
    world.rig.host.fetch(`/api${it.path.replaceAll(/\{\w+\}/g, 'some')}?${query}`, {
      method: it.method.toUpperCase(),
      redirect: 'manual',
    });

  it('with a parameter that is not known is refused by every endpoint, not passed over', async () => {
    for (const it of OPERATIONS.filter(({ anonymous }) => !anonymous)) {
      const response = await sent(it, 'nonsense=1');
      expect(response.status, it.id).toBe(400);
      expect(await response.text(), it.id).toContain('nonsense is not a known parameter; ');
    }
  });

  it('is known by every parameter of the description, and by every value that this names', async () => {
    for (const it of OPERATIONS)
      for (const { name, schema } of (it.parameters ?? []).filter((one) => one.in === 'query')) {
        const values = schema['enum'] as string[] | undefined;
        const textOf = async (value: string) => (await sent(it, `${name}=${value}`)).text();
        if (values !== undefined) expect(await textOf('1'), `${it.id} ${name}`).toContain(`${name} must be `);
        for (const value of values ?? ['1'])
          expect(await textOf(value), `${it.id} ${name}`).not.toContain('known parameter');
      }
  });

  it.each([
    ['/api/labs/some/report?format=pdf', 'format must be json, md or html'],
    ['/api/labs/some/report?lang=fr', 'lang must be en or pt-BR'],
    ['/api/labs?foo=1', 'foo is not a known parameter; there is none here'],
    [
      '/api/labs/some/traces?limit=0&limits=5',
      'limit must be a whole number from 1 to 500; limits is not a known parameter; limit, filter and page are',
    ],
  ])('%s is told: %s', async (path, detail) => {
    expect(await detailOf(path)).toBe(detail);
  });
});

describe('bad completions', () => {
  it.each([
    ['{"messages":[]}', 'messages is not a known field; prompt or prompts must be given, and not both'],
    ['{"prompt":"a","prompts":["b"]}', 'prompt or prompts must be given, and not both'],
    ['{"prompt":5}', 'prompt must be a text, not a number'],
    ['["a",{"prompt":"b","n":0}]', '1.n must be at least 1'],
    ['["a",7]', '1 must be an object, not a number'],
    ['{"prompt":"x","temperature":3}', 'temperature must be at most 2'],
    [
      '{"prompt":"x","tags":{"mlflow.x":"y"}}',
      'tags.mlflow.x must be 1-50 of A-Z, a-z, 0-9, _, . and -, and begin with neither "mlflow." nor "llmops."',
    ],
    ['{"prompt":', 'The body must be valid JSON.'],
  ])('%s is told: %s', async (body, detail) => {
    expect(await detailOf('/api/labs/monday/completions', body)).toBe(detail);
  });
});

describe('a bad question', () => {
  it.each([
    ['/api/labs/monday/traces?limit=0', 'limit must be a whole number from 1 to 500'],
    [
      '/api/labs/monday/traces/compare?a=1',
      'a must be the id of a trace or of a run; b must be the id of a trace or of a run',
    ],
    [
      '/api/labs/monday/drift?baseline=last',
      'baseline must be one of all, count:N[,skip:N], time:FROM/TO, run:ID, tag:KEY=VALUE, session:ID, or report:LAB[/WINDOW]',
    ],
  ])('%s is told: %s', async (path, detail) => {
    expect(await detailOf(path)).toBe(detail);
  });
});
