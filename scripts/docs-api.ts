/** `npm run docs:api`: writes `docs/api.md` and `lab.http` from the OpenAPI document and the examples. A test fails when they are stale. */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { buildOpenApi, type JsonSchema, type OpenApi, type OperationObject } from '../src/http/openapi.ts';
import { PROBLEMS } from '../src/http/openapi-problems.ts';
import { BASE, BODIES, CURL, TYPESCRIPT } from './docs-api-examples.ts';
import { INTRODUCTION, PEOPLE } from './docs-api-text.ts';

const API = 'docs/api.md';
const CALLS = 'lab.http';
type Listed = { path: string; method: string; operation: OperationObject };

/** The files by name, as they should be. */
export async function apiDocs(): Promise<Record<string, string>> {
  const document = buildOpenApi();
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Listed => ({ path, method: method.toUpperCase(), operation })),
  );
  const options = { ...(await resolveConfig(API)), filepath: API };
  return { [API]: await format(page(document, all), options), [CALLS]: calls(all) };
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
    '## Problems\n',
    'Errors are `application/problem+json` (RFC 9457). Decide on `code`; `errors` names every bad field at once; `wayOut` says what to do.\n',
    table(
      ['Status', 'Code', ''],
      Object.entries(PROBLEMS).map(([code, { status, means }]) => [String(status), `\`${code}\``, means]),
    ),
    '## From TypeScript\n',
    'Node 24 runs it as it is.\n',
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
          ['Parameter', 'In', ''],
          parameters.map((it) => [`\`${it.name}\`${it.required === true ? '' : ' (optional)'}`, it.in, it.description]),
        ),
    ...bodies.map(([type, { schema }]) => {
      const name = nameOf(schema);
      const fields = fieldsOf(schemas[name] ?? {}, schemas);
      return `Body, \`${type}\`: ${name}\n\n${fields.length === 0 ? '' : table(['Field', 'Type', 'Default', ''], fields)}`;
    }),
    table(
      ['Answer', '', ''],
      answers.map(([status, it]) => [
        status,
        it.description,
        Object.entries(it.content ?? {})
          .map(([type, { schema }]) => `\`${nameOf(schema)}\`${type === 'application/json' ? '' : ` as \`${type}\``}`)
          .join(', '),
      ]),
    ),
    problems.length === 0 ? '' : `Problems: ${problems.join(', ')}.\n`,
    example === undefined ? '' : fence('sh', example.text),
  ].join('\n');
}

const fence = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\`\n`;
const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
const nameOf = (schema: JsonSchema): string => (schema['$ref'] as string | undefined)?.split('/').at(-1) ?? '';

const table = (head: string[], rows: string[][]): string => {
  const line = (cells: string[]) =>
    `| ${cells.map((it) => it.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
};

/** One row a field, those of objects in objects below their path. */
function fieldsOf(schema: JsonSchema, schemas: Record<string, JsonSchema>, prefix = ''): string[][] {
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
  return Object.entries(properties).flatMap(([name, it]) => {
    const path = `${prefix}${name}`;
    const inner = it['type'] === 'object' ? fieldsOf(it, schemas, `${path}.`) : [];
    const byDefault = it['default'] === undefined || inner.length > 0 ? '' : `\`${JSON.stringify(it['default'])}\``;
    return [[`\`${path}\``, typeOf(it), byDefault, (it['description'] as string | undefined) ?? ''], ...inner];
  });
}

function typeOf(it: JsonSchema): string {
  if (it['$ref'] !== undefined) return nameOf(it);
  if (Array.isArray(it['enum'])) return (it['enum'] as string[]).map((value) => `\`${value}\``).join(' or ');
  if (it['type'] === 'array') return `list of ${typeOf((it['items'] ?? {}) as JsonSchema)}`;
  const { type = 'any', minimum, exclusiveMinimum, maximum, maxLength } = it as Bounds;
  const least = exclusiveMinimum === undefined ? minimum : `over ${exclusiveMinimum}`;
  if (least !== undefined && maximum !== undefined) return `${type}, ${least} to ${maximum}`;
  if (it['format'] === 'uuid') return 'GUID';
  return maxLength === undefined ? type : `${type} of at most ${maxLength} characters`;
}

type Bounds = { type?: string; minimum?: number; exclusiveMinimum?: number; maximum?: number; maxLength?: number };

function calls(all: Listed[]): string {
  const head = `# Every call of the API, for the REST clients of editors. Generated by \`npm run docs:api\`.
# With \`npm start\` no key is needed. On Azure: the address of the app and its function key.
@base = ${BASE}
@key =
@id = monday
@batch = c-000000000000
@trace = tr-00000000000000000000000000000000
@other = tr-11111111111111111111111111111111
@file = pages.css
`;
  const values: Record<string, string> = { id: '{{id}}', batch: '{{batch}}', traceId: '{{trace}}', file: '{{file}}' };
  const requests = all.map(({ path, method, operation }) => {
    const at = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
    const query = operation.operationId === 'compareTraces' ? '?a={{trace}}&b={{other}}' : '';
    const body = BODIES[operation.operationId];
    const lines = [
      `### ${operation.summary}`,
      `# @name ${operation.operationId}`,
      `${method} {{base}}/api${at}${query}`,
    ];
    if (operation['security'] === undefined) lines.push('x-functions-key: {{key}}');
    return [...lines, ...(body === undefined ? [] : [`content-type: ${body.type}`, '', body.text])].join('\n');
  });
  return `${head}\n${requests.join('\n\n')}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [file, text] of Object.entries(await apiDocs())) await writeFile(file, text);
}
