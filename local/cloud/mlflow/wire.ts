// The wire of MLflow's REST API as its server speaks it (checked against mlflow 3.12): error bodies, required parameters, omission of empty lists.
import type { Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { gated, type WorkspaceCall, type WorkspaceHandler } from '../databricks/gate.ts';
import { isFields, refuse, type Fields } from '../databricks/wire.ts';

export const bad = (message: string): never => refuse(400, 'INVALID_PARAMETER_VALUE', message);
export const absent = (message: string): never => refuse(404, 'RESOURCE_DOES_NOT_EXIST', message);

const SEE_DOCS = 'See the API docs for more information about request parameters.';

/** The request's parameters: the JSON body of a POST, or the query of a GET (where a repeated key is a list). */
export function parametersOf(call: WorkspaceCall): Fields {
  if (call.method === 'GET' || call.rawBody.length === 0) {
    const names = [...new Set(call.query.keys())];
    return Object.fromEntries(
      names.map((name) => {
        const all = call.query.getAll(name);
        return [name, all.length === 1 ? all[0] : all];
      }),
    );
  }
  if (!isFields(call.body)) return refuse(400, 'BAD_REQUEST', 'The request body could not be decoded as JSON.');
  return call.body;
}

export const required = (name: string): never => bad(`Missing value for required parameter '${name}'. ${SEE_DOCS}`);

const wrongType = (name: string, value: unknown): never =>
  bad(
    `Invalid value ${JSON.stringify(value)} for parameter '${name}' supplied:  Hint: Value was of type '${pythonType(value)}'. ${SEE_DOCS}`,
  );

export function stringParameter(fields: Fields, name: string): string {
  const value = optionalString(fields, name);
  return value === undefined || value === '' ? required(name) : value;
}

export function optionalString(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : wrongType(name, value);
}

/** A number, which protobuf's JSON also reads from a decimal string, and from the names of what JSON's numbers cannot say. */
export function optionalNumberParameter(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && (!Number.isNaN(number) || value === 'NaN') ? number : wrongType(name, value);
}

export function objectsParameter(fields: Fields, name: string): Fields[] {
  const value = fields[name];
  if (value === undefined || value === null) return [];
  return Array.isArray(value) && value.every(isFields) ? value : wrongType(name, value);
}

export function stringsParameter(fields: Fields, name: string): string[] {
  const value = fields[name];
  if (value === undefined || value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.every((it): it is string => typeof it === 'string') ? list : wrongType(name, value);
}

/** `max_results` within its bounds. */
export function maxResultsOf(fields: Fields, fallback: number, maximum: number): number {
  const value = optionalNumberParameter(fields, 'max_results') ?? fallback;
  if (value < 1) bad(`Invalid value ${value} for parameter 'max_results' supplied. It must be a positive integer`);
  if (value > maximum || !Number.isInteger(value)) wrongType('max_results', value);
  return value;
}

/** Key-value pairs of a request, `[{key, value}]`. */
export function pairsOf(fields: Fields, name: string): [string, string][] {
  return objectsParameter(fields, name).map((it) => [stringParameter(it, 'key'), optionalString(it, 'value') ?? '']);
}

export const toPairs = (map: Readonly<Record<string, string>>): { key: string; value: string }[] =>
  Object.entries(map).map(([key, value]) => ({ key, value }));

/** Drops empty lists, empty maps and undefined, as protobuf's JSON does. */
export function compact(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => {
      if (value === undefined || value === null) return false;
      return typeof value !== 'object' || Object.keys(value).length > 0;
    }),
  );
}

export const answer = (fields: Record<string, unknown> = {}): Reply => ({ status: 200, json: compact(fields) });

/** Routes of the API: `['POST 2.0 runs/create', handler]`, served for clients (`/api`) and for the UI (`/ajax-api`). */
export const mlflowRoutesOf = (state: CloudState, routes: readonly (readonly [string, WorkspaceHandler])[]): Route[] =>
  routes.flatMap(([line, handler]) => {
    const [method, version, path] = line.split(' ') as [Route['method'], string, string];
    const served = gated(state, handler);
    return ['api', 'ajax-api'].map((root) => ({
      method,
      template: `/${root}/${version}/mlflow/${path}`,
      handler: served,
    }));
  });

const pythonType = (value: unknown): string => {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (typeof value === 'boolean') return 'bool';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'string' ? 'str' : 'dict';
};
