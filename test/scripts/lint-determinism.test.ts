import { Linter } from 'eslint';
import { describe, expect, it } from 'vitest';
import { determinism } from '../../scripts/lint-determinism.js';

const linter = new Linter();
const faults = (code: string): (string | undefined)[] =>
  linter
    .verify(code, [
      {
        plugins: { determinism },
        rules: { 'determinism/deterministic': 'error' },
        languageOptions: { sourceType: 'module', ecmaVersion: 2024 },
      },
    ])
    .map((it) => it.messageId ?? it.message);

describe('the determinism lint of orchestrators', () => {
  it.each([
    ['Date.now()', 'clock'],
    ['new Date()', 'clock'],
    ['Date()', 'clock'],
    ['Math.random()', 'random'],
    ['process.env.X', 'global'],
    ['fetch("https://example.org")', 'global'],
    ['setTimeout(() => 1, 5)', 'global'],
    ['crypto.randomUUID()', 'global'],
    ['import { readFile } from "node:fs/promises"; readFile', 'import'],
    ['import { createClients } from "../clients/create-clients.ts"; createClients', 'import'],
    ['await import("./x.ts")', 'import'],
    ['(async () => 1)()', 'async'],
  ])('reports %s', (code, fault) => {
    expect(faults(code)).toContain(fault);
  });

  it.each([
    'new Date(context.df.currentUtcDateTime.getTime() + 5)',
    'Math.min(1, 2)',
    'function* lab(context) { yield context.df.createTimer(new Date(1)); }',
  ])('accepts %s', (code) => {
    expect(faults(code)).toEqual([]);
  });
});
