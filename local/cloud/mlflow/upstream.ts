// A real MLflow server behind the workspace's MLflow API: the workspace keeps its door, and hands on what passes. For notebooks that run in real Python.
import { gatedRoutes, type WorkspaceCall } from '../databricks/gate.ts';
import type { Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

const ROOTS = [
  ...['api', 'ajax-api'].flatMap((root) => ['2.0', '3.0'].map((version) => `/${root}/${version}/mlflow/{path*}`)),
  '/api/2.0/mlflow-artifacts/{path*}',
  // OpenTelemetry's own path, by which clients of 3.6 and later send spans.
  '/v1/traces',
  '/version',
];
const METHODS = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'] as const;

/** Asked first by some clients, and not in the server's own vocabulary. */
const UNIFIED = '/api/4.0/mlflow/{path*}';

export function upstreamRoutes(state: CloudState, server: string): Route[] {
  const handOn = async (call: WorkspaceCall): Promise<Reply> => {
    const query = call.query.size === 0 ? '' : `?${call.query.toString()}`;
    const kept = Object.entries(call.headers).filter(
      ([name]) => name === 'content-type' || name.startsWith('x-mlflow-'),
    );
    const response = await fetch(`${server}${call.path}${query}`, {
      method: call.method,
      headers: Object.fromEntries(kept),
      ...(call.rawBody.length === 0 ? {} : { body: new Uint8Array(call.rawBody) }),
    });
    const type = response.headers.get('content-type');
    return {
      status: response.status,
      headers: type === null ? {} : { 'content-type': type },
      bytes: Buffer.from(await response.arrayBuffer()),
    };
  };
  const noSuchApi = (): Reply => ({ status: 404, json: { error_code: 'ENDPOINT_NOT_FOUND', message: 'Not found' } });
  return gatedRoutes(state, [
    ...ROOTS.flatMap((root) => METHODS.map((method) => [`${method} ${root}`, handOn] as const)),
    ...METHODS.map((method) => [`${method} ${UNIFIED}`, noSuchApi] as const),
  ]);
}
