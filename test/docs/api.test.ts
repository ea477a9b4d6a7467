/** The pages about the API are generated, fresh and complete. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apiDocs } from '../../scripts/docs-api/main.ts';
import { buildOpenApi } from '../../src/http/openapi/document.ts';
import { OPERATIONS } from '../../src/http/openapi/operations.ts';
import { PROBLEMS } from '../../src/http/openapi/problem-codes.ts';

/** What only the pages send: forms, which need sign-in, and files, whose names change with what is in them. */
const OF_THE_PAGES = ['startFromPage', 'extendFromPage', 'endFromPage', 'assets'];

type Bounds = { pattern?: string; maxItems?: number; minimum?: number; exclusiveMinimum?: number; maximum?: number };

const docs = readFileSync('docs/api.md', 'utf8');

describe('docs/api.md and lab.http', () => {
  it('are what `npm run docs:api` writes', async () => {
    for (const [file, text] of Object.entries(await apiDocs()))
      expect(readFileSync(file, 'utf8'), `${file} is stale: npm run docs:api`).toBe(text);
  });

  it('hold every call', () => {
    const calls = readFileSync('lab.http', 'utf8');
    for (const { id, method, path } of OPERATIONS) {
      expect(docs).toContain(`### ${id}\n`);
      expect(docs).toContain(`\`${method.toUpperCase()} /api${path}\``);
      if (!OF_THE_PAGES.includes(id)) expect(calls).toContain(`# @name ${id}\n${method.toUpperCase()} {{base}}/api/`);
    }
  });

  it('say the limits that the schemas have', () => {
    const start = buildOpenApi().components.schemas['LabRequest'] as { properties: Record<string, Bounds> };
    const { id, regions, participants, idleMinutes, maxHours, budgetUsd } = start.properties;
    expect(docs).toMatch(/`id` +\| 3 to 24 characters/);
    expect(['ab', 'abc', 'a'.repeat(24), 'a'.repeat(25)].map((it) => new RegExp(id?.pattern ?? '').test(it))).toEqual([
      ...[false, true, true, false],
    ]);
    expect(docs).toContain(`at most ${regions?.maxItems}, at most ${participants?.maxItems}`);
    expect(docs).toContain(
      `${idleMinutes?.minimum} to ${idleMinutes?.maximum?.toLocaleString('en')}, ${maxHours?.minimum} to ${maxHours?.maximum}, ` +
        `above ${budgetUsd?.exclusiveMinimum} to ${budgetUsd?.maximum?.toLocaleString('en')}`,
    );
  });

  it('hold every code with its status', () => {
    for (const [code, { status }] of Object.entries(PROBLEMS))
      expect(docs).toMatch(new RegExp(`^\\| ${status} +\\| \`${code}\``, 'm'));
  });
});
