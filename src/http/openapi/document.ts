/** GET /api/openapi.json: the API described in OpenAPI 3.1, generated from the schemas that requests are checked with. https://spec.openapis.org/oas/v3.1.1 */
import { z } from 'zod';
import { PromptSchema } from '../../lab/completions-request.ts';
import { endpoint, type Handler } from '../endpoint.ts';
import type { HttpDeps } from '../../services.ts';
import { OPERATIONS, SCHEMAS } from './operations.ts';
import type { Operation } from './operation.ts';
import { ALWAYS, PROBLEMS, UNSAFE, type ProblemCode } from './problem-codes.ts';
import { json, SAFE_METHODS } from '../responses.ts';

/** That of the package; a test holds them to each other. */
const VERSION = '0.1.0';

export type OpenApi = {
  openapi: string;
  info: { title: string; version: string; description: string; license: object };
  paths: Record<string, Record<string, OperationObject>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, object> };
} & Record<string, unknown>;
export type JsonSchema = Record<string, unknown>;
export type OperationObject = {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  parameters?: { in: string; name: string; description: string; required?: boolean; schema: JsonSchema }[];
  requestBody?: { required: boolean; content: Record<string, { schema: JsonSchema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: JsonSchema }> }>;
} & Record<string, unknown>;

const DESCRIPTION = `One call builds a complete LLMOps lab on Azure Databricks, runs a completion traced with MLflow, watches it, and removes every resource when the lab falls idle.

Errors are problem details (RFC 9457) with a stable \`code\`. Answers may gain fields: pass over those you do not know. Bodies are JSON, declared as such, and at most 64 KB unless the operation says more.`;

let known: OpenApi | undefined;

export const openapi = (deps: HttpDeps): Handler => endpoint(deps, async () => json(200, (known ??= buildOpenApi())));

export function buildOpenApi(): OpenApi {
  const paths: OpenApi['paths'] = {};
  for (const operation of OPERATIONS) (paths[operation.path] ??= {})[operation.method] = describe(operation);
  return {
    openapi: '3.1.1',
    info: {
      title: 'LLMOps lab',
      version: VERSION,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/api' }],
    security: [{ functionKey: [] }, { signIn: [] }],
    tags: [...new Set(OPERATIONS.map((it) => it.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...schemas(), OpenApi: { type: 'object', required: ['openapi', 'info', 'paths'] } },
      securitySchemes: {
        functionKey: {
          type: 'apiKey',
          in: 'header',
          name: 'x-functions-key',
          description: 'Where nobody signs in: the key of the function app. All who have it are one owner.',
        },
        signIn: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'With App Service Authentication: a token for the app’s registration, or the session of a browser.',
        },
      },
    },
  };
}

const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const HEADERS = {
  Location: { description: 'Where to read on.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds after which to ask again.', schema: { type: 'string' } },
} as const;

function describe(it: Operation): OperationObject {
  const { parameters = [], body, description } = it;
  const answers = Object.entries(it.answers).map(([status, { what, schema, types = {}, headers = [] }]) => {
    const all = { ...(schema === null ? {} : { 'application/json': schema }), ...types };
    const content = Object.entries(all).map(([type, name]) => [type, { schema: ref(name) }]);
    return [
      status,
      {
        description: what,
        ...(headers.length > 0 ? { headers: Object.fromEntries(headers.map((name) => [name, HEADERS[name]])) } : {}),
        ...(content.length > 0 ? { content: Object.fromEntries(content) as object } : {}),
      },
    ];
  });
  return {
    operationId: it.id,
    tags: [it.tag],
    summary: it.summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters.length > 0
      ? { parameters: parameters.map(({ what, ...rest }) => ({ ...rest, description: what })) }
      : {}),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: false,
            content: Object.fromEntries(body.map(({ type, schema }) => [type, { schema: ref(schema) }])),
          },
        }),
    responses: { ...problemsOf(it), ...Object.fromEntries(answers) } as OperationObject['responses'],
    ...(it.anonymous === true ? { security: [] } : {}),
  };
}

function problemsOf({ method, problems = [], anonymous }: Operation): OperationObject['responses'] {
  if (anonymous === true) return {};
  const unsafe = SAFE_METHODS.includes(method.toUpperCase()) ? [] : UNSAFE;
  const codes = [...new Set<ProblemCode>([...problems, ...ALWAYS, ...unsafe])];
  const statuses = [...new Set(codes.map((it) => PROBLEMS[it].status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const lines = codes
        .filter((it) => PROBLEMS[it].status === status)
        .map((it) => `\`${it}\`: ${PROBLEMS[it].means}`);
      const content = { 'application/problem+json': { schema: ref('Problem') } };
      return [String(status), { description: lines.join('\n\n'), content }];
    }),
  );
}

/** As requests are written and answers are read: what has a default may be left out. */
function schemas(): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  const generated = z.toJSONSchema(registry, {
    io: 'input',
    // A prompt may be a bare text, which is turned into an object before it is checked.
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema !== PromptSchema) return;
      const { type, properties, required, additionalProperties, ...rest } = jsonSchema;
      const object = { type, properties, required, additionalProperties } as typeof jsonSchema;
      for (const name of Object.keys(jsonSchema)) delete (jsonSchema as JsonSchema)[name];
      Object.assign(jsonSchema, rest, { anyOf: [{ type: 'string', minLength: 1, maxLength: 8_000 }, object] });
    },
    uri: (id) => `#/components/schemas/${id}`,
  }).schemas as Record<string, JsonSchema>;
  return Object.fromEntries(
    Object.entries(generated).map(([id, { $schema: _schema, $id: _id, ...schema }]) => [id, schema]),
  );
}
