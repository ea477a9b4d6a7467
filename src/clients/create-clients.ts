/** Every way out of the app, made once when it loads. Making them opens nothing and loads no SDK. */
import type { Settings } from '../settings.ts';
import { createArmConnections } from './arm/connection.ts';
import { accessCalls } from './arm/role-assignments.ts';
import { openaiCalls } from './arm/openai.ts';
import { resourceCalls } from './arm/resources.ts';
import { workspaceCalls } from './arm/workspaces.ts';
import { readCoreQuota, readNode } from './arm/compute.ts';
import { readPermissions } from './arm/permissions.ts';
import { createChat, type ChatClient } from './openai/chat.ts';
import { COGNITIVE_SCOPE, createCredential } from './credential.ts';
import { createLabSurvey } from './arm/lab-survey.ts';
import { createOwnership, type Ownership } from './arm/ownership.ts';
import type { LabSurvey } from '../lab/survey.ts';
import { databricksCalls, type Databricks } from './databricks/api.ts';
import { mlflowCalls, type Mlflow } from './mlflow/api.ts';
import { createSignedStorage } from './mlflow/signed-upload.ts';
import { createWorkspaceRest, type WorkspaceAddress } from './databricks/rest.ts';
import type { Arm } from './arm/arm.ts';

export type Clients = {
  arm: (subscriptionId: string) => Arm;
  databricks: (workspace: WorkspaceAddress) => Databricks;
  mlflow: (workspace: WorkspaceAddress) => Mlflow;
  chat: ChatClient;
  /** An Entra token for Azure OpenAI, for a notebook that may not use a key. Use it inside one activity and forget it. */
  openaiToken: () => Promise<string>;
  labSurvey: LabSurvey;
  ownership: Ownership;
};

export function createClients(settings: Settings): Clients {
  const timeoutMs = settings.callTimeoutMs;
  const credential = createCredential(settings.identityClientId, timeoutMs);
  const connect = createArmConnections({ endpoint: settings.armEndpoint, timeoutMs }, credential);
  const rest = createWorkspaceRest({ managementScope: settings.databricksManagementScope, timeoutMs }, credential);
  const ownership = createOwnership(settings.installation, settings.tagKeys, () => new Date());
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
    labSurvey: createLabSurvey(settings, arm, ownership),
    ownership,
  };
}
