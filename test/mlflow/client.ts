// The app's own client of MLflow, on a workspace of the local cloud.
import type { Credential } from '../../src/clients/credential.ts';
import { mlflowCalls } from '../../src/clients/mlflow/api.ts';
import { createSignedStorage } from '../../src/clients/mlflow/signed-upload.ts';
import { createWorkspaceRest } from '../../src/clients/databricks/rest.ts';
import type { Lab } from '../local/cloud/databricks/workspace-harness.ts';

const MANAGEMENT_SCOPE = 'https://management.core.windows.net//.default';
const TIMEOUT_MS = 60_000;

export function clientOf(lab: Lab) {
  const token = (scope: string): string => lab.cloud.state.issueToken(scope.replace(/\/\.default$/, ''));
  const credential: Credential = {
    token: (scope) => Promise.resolve(token(scope)),
    getToken: (scopes) =>
      Promise.resolve({ token: token([scopes].flat()[0] ?? ''), expiresOnTimestamp: lab.clock.now() + 3_600_000 }),
  };
  const { id, origin: url } = lab.workspace();
  const rest = createWorkspaceRest({ managementScope: MANAGEMENT_SCOPE, timeoutMs: TIMEOUT_MS }, credential);
  return mlflowCalls(rest({ id, url }), createSignedStorage(TIMEOUT_MS));
}
