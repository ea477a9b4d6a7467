import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRig, type Rig } from '../local/rig.ts';

/** What `npm run build` makes is what a Functions host indexes: this loads it, and not the source. */
let rig: Rig;
beforeAll(async () => {
  if (!existsSync('dist/index.js'))
    throw new Error('dist is missing: "npm test" builds it, and so does "npm run build"');
  rig = await startRig({ clock: { kind: 'virtual' }, entry: 'dist/index.js' });
});
afterAll(() => rig.close());

const http = (name: string) => rig.host.functions.find((it) => it.name === name);

describe('dist/index.js registers', () => {
  it.each([
    ['startLab', 'POST', '/labs', 'function'],
    ['listLabs', 'GET', '/labs', 'function'],
    ['getLab', 'GET', '/labs/{id}', 'function'],
    ['keepLabAlive', 'POST', '/labs/{id}/keepalive', 'function'],
    ['endLab', 'DELETE', '/labs/{id}', 'function'],
    ['endLabByPost', 'POST', '/labs/{id}/end', 'function'],
    ['health', 'GET', '/health', 'anonymous'],
  ])('%s as %s %s, level %s', (name, method, route, authLevel) => {
    expect(http(name)).toMatchObject({
      trigger: expect.stringMatching(/http/i) as string,
      methods: [method],
      authLevel,
    });
    expect(http(name)?.route?.endsWith(route.slice(1)), http(name)?.route).toBe(true);
  });

  it('no HTTP function that asks for no key, except health and the files that are the same for everybody', () => {
    const open = rig.host.functions.filter((it) => /http/i.test(it.trigger) && it.authLevel !== 'function');
    expect(open.map((it) => it.name).toSorted()).toEqual(['assets', 'health']);
  });

  it('every orchestration, every activity and the sweep', () => {
    const of = (kind: RegExp) => rig.host.functions.filter((it) => kind.test(it.trigger)).map((it) => it.name);
    expect(of(/orchestration/i)).toEqual(
      expect.arrayContaining(['lab', 'openai', 'databricks', 'teardown', 'remove', 'report', 'report-line']),
    );
    expect(of(/activity/i)).toEqual(
      expect.arrayContaining(['planLab', 'ensureAccount', 'ensureCluster', 'completeFromApp', 'removeGroup']),
    );
    expect(rig.host.functions.find((it) => it.name === 'sweep')).toMatchObject({ schedule: '0 */5 * * * *' });
  });
});
