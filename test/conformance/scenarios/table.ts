/** All scenarios, and what the Durable extension answered to each. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiScenarios } from './api.ts';
import { comparable, hubOf, type Machine } from './hub.ts';
import { orchestrationScenarios } from './orchestrations.ts';
import type { Scenario } from './scenario.ts';

/** The app that every scenario runs in. */
export const APP_DIR = join(import.meta.dirname, '..', 'apps', 'scenarios');

export const SCENARIOS: readonly Scenario[] = [...orchestrationScenarios, ...apiScenarios];

const RECORD = join(import.meta.dirname, 'recorded.json');

/** By name: what was seen on the Durable extension 3.19.0. */
export const recorded = (): Record<string, unknown> =>
  existsSync(RECORD) ? (JSON.parse(readFileSync(RECORD, 'utf8')) as Record<string, unknown>) : {};
export const record = (observed: Record<string, unknown>): void => {
  writeFileSync(RECORD, `${JSON.stringify(observed, null, 2)}\n`);
};

/** Runs the scenarios, so many at a time, those that want to be alone at the end. An error is an observation, too. */
export const observe = async (
  machine: Machine,
  scenarios: readonly Scenario[],
  lanes: number,
): Promise<Record<string, unknown>> => {
  const seen = new Map<string, unknown>();
  const run = async (it: Scenario): Promise<void> => {
    // Of one length, so that lengths of ids are the same on every host.
    const prefix = `S${String(SCENARIOS.indexOf(it)).padStart(4, '0')}-`;
    const observed = await it.run(hubOf(machine, prefix)).catch((error: unknown) => ({ broken: String(error) }));
    seen.set(it.name, comparable(observed, prefix));
  };
  const queue = scenarios.filter((it) => it.alone !== true);
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await run(next);
    }),
  );
  for (const it of scenarios.filter(({ alone }) => alone === true)) await run(it);
  return Object.fromEntries(scenarios.map(({ name }) => [name, seen.get(name)]));
};
