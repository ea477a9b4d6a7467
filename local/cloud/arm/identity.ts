// The managed identity endpoint as App Service and Functions have it.
// https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

export function identityRoutes(state: CloudState): Route[] {
  const token = (call: Call): Reply => {
    if (call.headers['x-identity-header'] !== state.identityHeader) {
      return { status: 401, json: { statusCode: 401, message: 'The X-IDENTITY-HEADER header is missing or wrong.' } };
    }
    if (call.query.get('api-version') !== '2019-08-01') {
      return { status: 400, json: { statusCode: 400, message: 'api-version 2019-08-01 is required.' } };
    }
    const resource = call.query.get('resource');
    if (resource === null || resource === '') {
      return { status: 400, json: { statusCode: 400, message: 'The resource parameter is required.' } };
    }
    const { clientId, objectId, userAssigned } = state.identity;
    const { tokenLifeMs } = state.latency;
    const wanted = call.query.get('client_id') ?? call.query.get('principal_id') ?? call.query.get('object_id');
    if (userAssigned ? wanted !== clientId && wanted !== objectId : wanted !== null) {
      return {
        status: 400,
        json: {
          statusCode: 400,
          message: `No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.`,
        },
      };
    }
    return {
      status: 200,
      json: {
        access_token: state.issueToken(resource, tokenLifeMs),
        expires_on: String(Math.floor((call.now + tokenLifeMs) / 1_000)),
        resource,
        token_type: 'Bearer',
        client_id: clientId,
      },
    };
  };
  return [{ method: 'GET', template: '/msi/token', handler: token }];
}
