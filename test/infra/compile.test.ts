/**
 * The templates, built, linted, formatted and evaluated by the real compiler, and our own reader held to what it says. Without a compiler all of this is skipped, by
 * name, and the templates are read by our own reader alone.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Resource } from './bicep.ts';
import type { Value } from './bicep-values.ts';
import {
  bicep,
  compiler,
  snapshot,
  withCopy,
  writeParameters,
  type Predicted,
  type Said,
  type Snapshot,
} from './compiler.ts';
import { deployed, modes, SUBSCRIPTION } from './modes.ts';

const files = globSync('**/*.bicep', { cwd: 'infra' });
const read = (folder: string, file: string) => readFileSync(path.join(folder, file), 'utf8');
/** With letters, which capitals need. */
const LETTERS = 'abcdefab-2222-3333-4444-555555555555';
const SLOW = { timeout: 300_000 };

function quiet({ status, stdout, stderr }: Said): string {
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

describe.skipIf(compiler === undefined)(`Bicep compiler ${compiler ?? '(skipped: there is none here)'}`, () => {
  it('builds the templates without a word, and far below the size and the lengths that Azure takes', SLOW, () => {
    const json = quiet(bicep('build', 'infra/main.bicep', '--stdout'));
    // https://learn.microsoft.com/azure/azure-resource-manager/templates/best-practices#template-limits
    expect(json.length).toBeLessThan(1_000_000);
    const strings = [...json.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((it) => it[1]!);
    const expressions = strings.filter((it) => it.startsWith('['));
    expect(Math.max(...expressions.map((it) => it.length))).toBeLessThan(2_000);
    // A deployment inside of one: at most 64 characters, with the thirteen of the environment's hash.
    const names = [
      ...json.matchAll(/"Microsoft\.Resources\/deployments",\s+"apiVersion": "[^"]+",\s+"name": "([^"]+)"/g),
    ].map((it) => it[1]!.replace(/^\[format\('([^']+)'.*/, '$1').replace('{0}', 'hash-of-13-ch'));
    expect(names).toContain('lab-rights-hash-of-13-ch');
    expect(names.filter((it) => it.length > 64)).toEqual([]);
  });

  it('finds nothing to lint', SLOW, () => {
    quiet(bicep('lint', '--pattern', 'infra/**/*.bicep'));
  });

  it('formats every template as it stands', SLOW, () =>
    withCopy((copy) => {
      quiet(bicep('format', '--pattern', path.join(copy, '**/*.bicep')));
      expect(files.length).toBeGreaterThan(10);
      expect(files.filter((it) => read(copy, it) !== read('infra', it))).toEqual([]);
    }),
  );

  it('builds the parameters of every mode', SLOW, () =>
    withCopy((copy) => {
      for (const [index, { params }] of modes.entries()) writeParameters(copy, params, `mode-${index}`);
      quiet(bicep('build-params', '--pattern', path.join(copy, '*.bicepparam')));
      expect(globSync('mode-*.json', { cwd: copy })).toHaveLength(modes.length);
    }),
  );

  it.each(modes)(
    'predicts a deployment $name, property for property as our own reader does',
    SLOW,
    async ({ params }) => {
      const ours = (await deployed(params, SUBSCRIPTION, {}, {})).resources.map(ofReader);
      const theirs = withCopy((copy) => {
        const { said, snapshot: predicted } = snapshot(copy, params);
        said.forEach(quiet);
        expect(predicted().diagnostics).toEqual([]);
        expect(predicted().predictedResources.length).toBeLessThan(50);
        return predicted().predictedResources.map(ofCompiler);
      });
      const [a, b] = [ours, theirs].map((it) => it.flatMap((one) => leavesOf(masked(one), one.type)).toSorted());
      expect(a!.length).toBeGreaterThan(250);
      expect(without(a!, b!)).toEqual([]);
      expect(without(b!, a!)).toEqual([]);
    },
  );

  it.each([
    ['capitals and a comma at the end', `${LETTERS.toUpperCase()},`],
    ["the app's own, twice, with blanks", ` ${SUBSCRIPTION}, ${LETTERS} ,${SUBSCRIPTION}`],
  ])('makes each role once where ids are written with %s', SLOW, (_, allowedSubscriptionIds) =>
    withCopy((copy) => {
      const { said, snapshot: predicted } = snapshot(copy, { allowedSubscriptionIds, participants: 'true' });
      said.forEach(quiet);
      expect(rolesIn(predicted(), SUBSCRIPTION)).toBe(3);
      expect(rolesIn(predicted(), LETTERS)).toBe(2);
    }),
  );

  describe('catches an earlier fault that is put back:', () => {
    const change = (folder: string, file: string, from: string | RegExp, to: string) => {
      const before = read(folder, file);
      const after = before.replaceAll(from, to);
      expect(after).not.toBe(before);
      writeFileSync(path.join(folder, file), after);
    };

    it('a variable that hides a decorator is refused by the build', SLOW, () =>
      withCopy((copy) => {
        change(copy, 'main.bicep', 'var byGroup =', "var allowed = 'hidden'\nvar byGroup =");
        const { status, stderr } = bicep('build', path.join(copy, 'main.bicep'), '--stdout');
        expect(status).toBe(1);
        expect(stderr).toContain('BCP265');
      }),
    );

    it('the output of a module loop, read by index, builds, and no snapshot can be made of it', SLOW, () =>
      withCopy((copy) => {
        change(copy, 'modules/lab-rights.bicep', /$(?![\s\S])/g, '\noutput roleId string = subscriptionRole.id\n');
        change(
          copy,
          'main.bicep',
          'output APP_WORKBOOK_ID',
          'output APP_ROLE_ID string = labRights[0].outputs.roleId\noutput APP_WORKBOOK_ID',
        );
        quiet(bicep('build', path.join(copy, 'main.bicep'), '--stdout'));
        const { said } = snapshot(copy, {});
        expect(said.map((it) => it.status)).not.toEqual([0, 0]);
        expect(said.map((it) => it.stderr).join('\n')).toContain('copyIndex');
      }),
    );

    it('ids that are not made lower case give two roles in one subscription', SLOW, () =>
      withCopy((copy) => {
        change(copy, 'main.bicep', 'toLower(allowedSubscriptionIds)', 'allowedSubscriptionIds');
        const { snapshot: predicted } = snapshot(copy, {
          allowedSubscriptionIds: LETTERS.toUpperCase(),
          labSubscriptionId: LETTERS,
        });
        expect(rolesIn(predicted(), LETTERS)).toBe(2);
      }),
    );
  });
});

const rolesIn = ({ predictedResources }: Snapshot, subscriptionId: string): number =>
  predictedResources.filter(
    (it) =>
      it.type === 'Microsoft.Authorization/roleDefinitions' && it.id.toLowerCase().split('/')[2] === subscriptionId,
  ).length;

/** The first few that are missing in the other, cut to what can be read. */
const without = (list: readonly string[], other: readonly string[]): string[] =>
  list
    .filter((it) => !other.includes(it))
    .slice(0, 5)
    .map((it) => it.slice(0, 300));

type Comparable = { type: string; id: string; fields: Record<string, Value> };

const ofReader = ({ type, id, name, apiVersion, body: { name: _, ...rest } }: Resource): Comparable => ({
  type,
  id,
  fields: JSON.parse(JSON.stringify({ name, apiVersion, ...rest })) as Record<string, Value>,
});
const ofCompiler = ({ type, id, ...fields }: Predicted): Comparable => ({ type, id, fields });

/**
 * What cannot be the same in both: Azure's hash of the environment, names that are made of what only Azure knows, and settings, which stay an expression in a snapshot
 * because those that are there are read first.
 */
function masked({ type, id, fields }: Comparable): Record<string, Value> {
  const { scope: _, ...rest } = fields;
  if (/\/(?:roleAssignments|workbooks)$/.test(type)) return { ...rest, name: '' };
  if (type === 'Microsoft.Web/sites/config') return { ...rest, id, properties: '' };
  return { ...rest, id };
}

function leavesOf(value: Value, at: string): string[] {
  if (Array.isArray(value))
    return value.length === 0 ? [`${at} []`] : value.flatMap((it: Value, n) => leavesOf(it, `${at}[${n}]`));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value as Record<string, Value>).flatMap(([key, it]) => leavesOf(it, `${at}.${plain(key)}`));
  return [`${at} ${plain(String(value))}`];
}

/** One word for what only a deployment can tell, and one for the hash. */
const plain = (text: string): string =>
  /^\[.*\b(?:reference|list)\(|<Microsoft\./s.test(text)
    ? '<known to Azure>'
    : text.replaceAll(/(?<=(?:-lab-|-|stllmops))[a-z0-9]{13}(?=$|\W)/g, 'TOKEN');
