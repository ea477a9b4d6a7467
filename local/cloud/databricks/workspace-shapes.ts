// Published shapes of Azure Databricks workspaces. https://learn.microsoft.com/rest/api/databricks/workspaces/create-or-update
import type { WorkspaceCustomParameters, WorkspaceProperties } from '@azure/arm-databricks';
import { z } from 'zod';
import { anything, flag, object, resource, tags, text, type NamesOf } from '../arm/shapes.ts';

const string = object({ type: anything, value: z.string() });
const boolean = object({ type: anything, value: z.boolean() });

const PARAMETERS = {
  amlWorkspaceId: string,
  customVirtualNetworkId: string,
  customPublicSubnetName: string,
  customPrivateSubnetName: string,
  enableNoPublicIp: boolean,
  loadBalancerBackendPoolName: string,
  loadBalancerId: string,
  natGatewayName: string,
  publicIpName: string,
  prepareEncryption: boolean,
  encryption: anything,
  requireInfrastructureEncryption: boolean,
  storageAccountName: string,
  storageAccountSkuName: string,
  vnetAddressPrefix: string,
  resourceTags: anything,
} satisfies NamesOf<WorkspaceCustomParameters>;

const WORKSPACE = {
  computeMode: text,
  managedResourceGroupId: text,
  parameters: object(PARAMETERS),
  provisioningState: anything,
  uiDefinitionUri: text,
  authorizations: z.array(z.unknown()).nullish(),
  createdBy: anything,
  updatedBy: anything,
  createdDateTime: anything,
  workspaceId: anything,
  workspaceUrl: anything,
  storageAccountIdentity: anything,
  managedDiskIdentity: anything,
  diskEncryptionSetId: anything,
  encryption: object({ entities: anything }),
  enhancedSecurityCompliance: anything,
  privateEndpointConnections: anything,
  publicNetworkAccess: z.enum(['Enabled', 'Disabled']).nullish(),
  requiredNsgRules: z.enum(['AllRules', 'NoAzureDatabricksRules', 'NoAzureServiceRules']).nullish(),
  defaultCatalog: anything,
  isUcEnabled: flag,
  accessConnector: anything,
  defaultStorageFirewall: z.enum(['Disabled', 'Enabled']).nullish(),
} satisfies NamesOf<WorkspaceProperties>;

export const workspaceShape = resource(object(WORKSPACE));
export const workspacePatchShape = z.strictObject({ tags });
