/** Every way out of the app, made once when it loads. Making them opens nothing and loads no SDK. */
import type { Settings } from '../settings.ts';
import { createArmConnections, type ArmConnection } from './arm/connection.ts';
import { accessCalls, type AccessCalls } from './arm/role-assignments.ts';
import { openaiCalls, type OpenAICalls } from './arm/openai.ts';
import { resourceCalls, type ResourceCalls } from './arm/resources.ts';
import { workspaceCalls, type WorkspaceCalls } from './arm/workspaces.ts';
import { readCoreQuota, readNode } from './arm/compute.ts';
import { readPermissions } from './arm/permissions.ts';
import { createChat, type ChatClient } from './openai/chat.ts';
import { COGNITIVE_SCOPE, createCredential } from './credential.ts';
import { createEstate } from './arm/lab-survey.ts';
import type { Estate } from '../lab/survey.ts';
import { databricksCalls, type Databricks } from './databricks/api.ts';
import { mlflowCalls, type Mlflow } from './mlflow/api.ts';
import { createSignedStorage } from './mlflow/signed-upload.ts';
import { createWorkspaceRest, type WorkspaceAddress } from './databricks/rest.ts';

export type Arm = ResourceCalls &
  WorkspaceCalls &
  OpenAICalls &
  AccessCalls &
  Pick<ArmConnection, 'operationError'> & {
    coreQuota: (region: string) => ReturnType<typeof readCoreQuota>;
    node: (region: string, nodeType: string) => ReturnType<typeof readNode>;
    permissions: (scope: Parameters<typeof readPermissions>[1]) => ReturnType<typeof readPermissions>;
  };

export type Clients = {
  arm: (subscriptionId: string) => Arm;
  databricks: (workspace: WorkspaceAddress) => Databricks;
  mlflow: (workspace: WorkspaceAddress) => Mlflow;
  chat: ChatClient;
  /** An Entra token for Azure OpenAI, for a notebook that may not use a key. Use it inside one activity and forget it. */
  openaiToken: () => Promise<string>;
  estate: Estate;
};

export function createClients(settings: Settings): Clients {
  const timeoutMs = settings.callTimeoutMs;
  const credential = createCredential(settings.identityClientId, timeoutMs);
  const connect = createArmConnections({ endpoint: settings.armEndpoint, timeoutMs }, credential);
  const rest = createWorkspaceRest({ managementScope: settings.databricksManagementScope, timeoutMs }, credential);
  const storage = createSignedStorage(timeoutMs);
  const arm = (subscriptionId: string): Arm => {
    const connection = connect(subscriptionId);
    return {
      ...resourceCalls(connection),
      ...workspaceCalls(connection),
      ...openaiCalls(connection),
      ...accessCalls(connection),
      operationError: connection.operationError,
      coreQuota: (region) => readCoreQuota(connection, region),
      node: (region, nodeType) => readNode(connection, region, nodeType),
      permissions: (scope) => readPermissions(connection, scope),
    };
  };
  return {
    arm,
    databricks: (workspace) => databricksCalls(rest(workspace)),
    mlflow: (workspace) => mlflowCalls(rest(workspace), storage),
    chat: createChat(timeoutMs, credential),
    openaiToken: () => credential.token(COGNITIVE_SCOPE),
    estate: createEstate(settings, arm),
  };
}
