// The error body of Azure Resource Manager, and its checks of api-version and of a request's shape.
import type { Reply, Route } from '../core/router.ts';
import type { BodyFault } from '../core/shapes.ts';

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

/**
 * In the words of Resource Manager's reader of JSON, as reports quote them for names beside `properties`. That providers refuse unknown names inside of
 * `properties` too, and in these words, is assumed: some are known to overlook them.
 */
export function misshapen(fault: BodyFault): Reply {
  const at = `Path '${fault.path}', line 1, position 1.`;
  const value = JSON.stringify(fault.value) ?? 'null';
  const cannotConvert = `Error converting value ${value}`;
  const why = {
    unknown: `Could not find member '${fault.name}' on object of type 'ResourceDefinition'.`,
    missing: `Required property '${fault.name}' not found in JSON.`,
    pattern: `${cannotConvert}: it has not the form that is needed.`,
    type: `${cannotConvert} to type '${'expected' in fault ? String(fault.expected) : ''}'.`,
    value: `${cannotConvert}: requested value was not found.`,
    below: `${cannotConvert}: value was too small.`,
    above: `${cannotConvert}: value was too large.`,
  }[fault.kind];
  return armFailure(
    400,
    'InvalidRequestContent',
    `The request content was invalid and could not be deserialized: '${why} ${at}'.`,
  );
}
