/** `npm run docs:api`: writes `docs/api.md` and `lab.http` from the OpenAPI document and the examples. A test fails when they are stale. */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { command } from '../../local/terminal/command.ts';
import { buildOpenApi, type JsonSchema, type OpenApi } from '../../src/http/openapi/document.ts';
import { OPERATIONS } from '../../src/http/openapi/operations.ts';
import { PROBLEMS } from '../../src/http/openapi/problem-codes.ts';
import { callsOf, type Listed } from './calls.ts';
import { CURL, TYPESCRIPT } from './examples.ts';
import { fieldsOf, nameOf, typeOf } from './fields.ts';
import { INTRODUCTION, PEOPLE } from './text.ts';

const API = 'docs/api.md';
const CALLS = 'lab.http';

/** The files by name, as they should be. */
export async function apiDocs(): Promise<Record<string, string>> {
  const document = buildOpenApi();
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Listed => ({ path, method: method.toUpperCase(), operation })),
  );
  const options = { ...(await resolveConfig(API)), filepath: API };
  return { [API]: await format(page(document, all), options), [CALLS]: callsOf(all) };
}

function page(document: OpenApi, all: Listed[]): string {
  const tags = [...new Set(all.map((it) => it.operation.tags[0] ?? ''))];
  const { schemas } = document.components;
  return [
    INTRODUCTION,
    '## Calls\n',
    table(
      ['Call', ''],
      all.map(({ path, method, operation }) => [
        `[\`${method} /api${path}\`](#${operation.operationId.toLowerCase()})`,
        operation.summary,
      ]),
    ),
    ...tags.flatMap((tag) => [
      `## ${tag}\n`,
      ...all.filter((it) => it.operation.tags[0] === tag).map((it) => section(it, schemas)),
    ]),
    PEOPLE,
    '## Answers\n',
    'What a call answers, by the name that stands beside its status. Answers may gain fields: pass over those you do not know.\n',
    ...answered(schemas).map((name) => answerSection(name, schemas[name] ?? {})),
    '## Problems\n',
    'Errors are `application/problem+json` (RFC 9457). Decide on `code`; `errors` names every bad field at once; `suggestion` says what to do.\n',
    table(
      ['Status', 'Code', ''],
      Object.entries(PROBLEMS).map(([code, { status, means }]) => [String(status), `\`${code}\``, means]),
    ),
    '## From TypeScript\n',
    'Node 22.19 or later runs it as it is.\n',
    fence('ts', TYPESCRIPT),
  ].join('\n');
}

function section({ path, method, operation }: Listed, schemas: Record<string, JsonSchema>): string {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
  const bodies = Object.entries(requestBody?.content ?? {});
  const answers = Object.entries(responses).filter(([, it]) => !('application/problem+json' in (it.content ?? {})));
  const problems = Object.entries(responses).flatMap(([status, it]) =>
    'application/problem+json' in (it.content ?? {})
      ? [...it.description.matchAll(/^`([a-z-]+)`/gm)].map(([, code]) => `${status} \`${code}\``)
      : [],
  );
  const example = CURL.find((it) => it.operation === operationId);
  return [
    `### ${operationId}\n`,
    `\`${method} /api${path}\`: ${lower(summary)}.\n`,
    description === undefined ? '' : `${description}\n`,
    parameters.length === 0
      ? ''
      : table(
          ['Parameter', 'In', 'Type', ''],
          parameters.map((it) => [
            `\`${it.name}\`${it.required === true ? '' : ' (optional)'}`,
            it.in,
            typeOf(it.schema),
            it.description,
          ]),
        ),
    ...bodies.map(([type, { schema }]) => {
      const name = nameOf(schema);
      const fields = fieldsOf(schemas[name] ?? {}).map((it) => [it.path, it.type, it.byDefault, it.what]);
      const about = fields.length === 0 ? `\n\n${aboutOf(schemas[name] ?? {})}\n` : '';
      return `Body, \`${type}\`: ${name}${about}\n\n${fields.length === 0 ? '' : table(['Field', 'Type', 'Default', ''], fields)}`;
    }),
    table(
      ['Answer', '', ''],
      answers.map(([status, it]) => [
        status,
        it.description,
        Object.entries(it.content ?? {})
          .map(
            ([type, { schema }]) =>
              `${linkTo(nameOf(schema), schemas)}${type === 'application/json' ? '' : ` as \`${type}\``}`,
          )
          .join(', '),
      ]),
    ),
    problems.length === 0 ? '' : `Problems: ${problems.join(', ')}.\n`,
    example === undefined ? '' : fence('sh', example.text),
  ].join('\n');
}

/** Names of the schemas that answers show, each with those that it refers to. */
function answered(schemas: Record<string, JsonSchema>): string[] {
  const asked = OPERATIONS.flatMap((it) => Object.values(it.answers).map(({ schema }) => schema)).filter(
    (it) => it !== null,
  );
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name) || schemas[name] === undefined) return;
    seen.add(name);
    for (const [, inner] of JSON.stringify(schemas[name]).matchAll(/#\/components\/schemas\/(\w+)/g))
      visit(inner ?? '');
  };
  [...asked, 'Problem'].forEach(visit);
  return [...seen].filter((it) => it !== 'Page');
}

function answerSection(name: string, schema: JsonSchema): string {
  const rows = fieldsOf(schema).map((it) => [it.path, `${it.type}${it.optional ? ', optional' : ''}`, it.what]);
  const about = aboutOf(schema);
  return [
    `### ${name}\n`,
    about === '' ? '' : `${about}\n`,
    rows.length === 0 ? '' : table(['Field', 'Type', ''], rows),
  ].join('\n');
}

/** What stands for a schema that has no fields of its own, or before its fields. */
function aboutOf(schema: JsonSchema): string {
  const described = (schema['description'] as string | undefined) ?? '';
  const either = (schema['anyOf'] as JsonSchema[] | undefined)?.every((it) => it['$ref'] !== undefined);
  if (either !== true && schema['type'] !== 'array') return described;
  return `${described} ${capital(typeOf(schema))}.`.trim();
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
/** A call of the same name has its heading first. */
const linkTo = (name: string, schemas: Record<string, JsonSchema>): string =>
  name in schemas && name !== 'Page' && !OPERATIONS.some((it) => it.id.toLowerCase() === name.toLowerCase())
    ? `[\`${name}\`](#${name.toLowerCase()})`
    : `\`${name}\``;

const fence = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\`\n`;
const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

const table = (head: string[], rows: string[][]): string => {
  const line = (cells: string[]) =>
    `| ${cells.map((it) => it.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const help = `Writes ${API} and ${CALLS} from the OpenAPI document and the examples. A test fails when they are stale.\n\nusage: npm run docs:api`;
  await command({ help }, async () => {
    for (const [file, text] of Object.entries(await apiDocs())) await writeFile(file, text);
  });
}
