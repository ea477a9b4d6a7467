// Published shapes of Cognitive Services accounts and their deployments. https://learn.microsoft.com/rest/api/aiservices/accountmanagement
import type { AccountProperties, DeploymentModel, DeploymentProperties } from '@azure/arm-cognitiveservices';
import { z } from 'zod';
import { anything, count, flag, object, resource, text, type NamesOf } from '../arm/shapes.ts';

const networkAcls = object({
  defaultAction: z.enum(['Allow', 'Deny']).nullish(),
  bypass: z.enum(['None', 'AzureServices']).nullish(),
  ipRules: z.array(z.strictObject({ value: z.string() })).nullish(),
  virtualNetworkRules: z
    .array(z.strictObject({ id: z.string(), state: text, ignoreMissingVnetServiceEndpoint: flag }))
    .nullish(),
});

const ACCOUNT = {
  provisioningState: anything,
  endpoint: anything,
  internalId: anything,
  capabilities: anything,
  isMigrated: anything,
  migrationToken: text,
  skuChangeInfo: anything,
  customSubDomainName: text,
  networkAcls,
  encryption: object({ keyVaultProperties: anything, keySource: text }),
  userOwnedStorage: z.array(z.unknown()).nullish(),
  amlWorkspace: anything,
  privateEndpointConnections: anything,
  publicNetworkAccess: z.enum(['Enabled', 'Disabled']).nullish(),
  apiProperties: z.record(z.string(), z.unknown()).nullish(),
  dateCreated: anything,
  callRateLimit: anything,
  dynamicThrottlingEnabled: flag,
  storedCompletionsDisabled: flag,
  quotaLimit: anything,
  restrictOutboundNetworkAccess: flag,
  allowedFqdnList: z.array(z.string()).nullish(),
  disableLocalAuth: flag,
  endpoints: anything,
  restore: flag,
  deletionDate: anything,
  scheduledPurgeDate: anything,
  locations: anything,
  commitmentPlanAssociations: anything,
  abusePenalty: anything,
  raiMonitorConfig: anything,
  networkInjections: z.array(z.unknown()).nullish(),
  allowProjectManagement: flag,
  defaultProject: text,
  associatedProjects: z.array(z.string()).nullish(),
} satisfies NamesOf<AccountProperties>;

export const accountShape = resource(object(ACCOUNT));

const MODEL = {
  publisher: text,
  format: text,
  name: text,
  version: text,
  source: text,
  sourceAccount: text,
  callRateLimit: anything,
} satisfies NamesOf<DeploymentModel>;

const DEPLOYMENT = {
  provisioningState: anything,
  model: object(MODEL),
  scaleSettings: object({
    scaleType: z.enum(['Standard', 'Manual']).nullish(),
    capacity: count,
    activeCapacity: anything,
  }),
  capabilities: anything,
  raiPolicyName: text,
  callRateLimit: anything,
  rateLimits: anything,
  versionUpgradeOption: z
    .enum(['OnceNewDefaultVersionAvailable', 'OnceCurrentVersionExpired', 'NoAutoUpgrade'])
    .nullish(),
  dynamicThrottlingEnabled: anything,
  currentCapacity: count,
  capacitySettings: object({ designatedCapacity: count, priority: count }),
  parentDeploymentName: text,
  spilloverDeploymentName: text,
} satisfies NamesOf<DeploymentProperties>;

export const deploymentShape = resource(object(DEPLOYMENT));

export const domainShape = z.strictObject({ subdomainName: z.string(), type: z.string(), kind: text });
