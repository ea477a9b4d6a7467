// The error body of Azure Resource Manager, and the check of api-version.
import type { Reply, Route } from '../core/router.ts';

type ArmDetail = { code: string; message: string; target?: string };

export const armFailure = (status: number, code: string, message: string, details?: readonly ArmDetail[]): Reply => ({
  status,
  headers: { 'x-ms-failure-cause': 'gateway' },
  json: { error: { code, message, ...(details === undefined ? {} : { details }) } },
});

export function checkApiVersion(route: Route, query: URLSearchParams): Reply | undefined {
  const version = query.get('api-version');
  if (version === null || version === '') {
    return armFailure(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    );
  }
  if (route.apiVersions === undefined || route.apiVersions.includes(version)) return undefined;
  return armFailure(
    400,
    'NoRegisteredProviderFound',
    `No registered resource provider found for API version '${version}' and route '${route.template}'. The supported api-versions are '${route.apiVersions.join(', ')}'.`,
  );
}
