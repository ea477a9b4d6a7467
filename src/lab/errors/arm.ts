/**
 * What the errors of Azure Resource Manager and of its providers mean to a lab. One table, first match wins, so that a new error is one new row.
 *
 * 1. Codes decide first, then the text: the same code can mean a region, a model or a subscription.
 * 2. An unknown refusal is not known to be final: it gets a fresh start, then another region, and ends with the service's own words.
 *
 * Sources stand at the rows; https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors covers the general codes.
 */
import { REQUIRED_PROVIDERS } from '../catalog/regions.ts';
import {
  CORE_QUOTA,
  POLICY_BY_REGION,
  REFUSED_FOR_ITS_REGION,
  STOCK_OUT,
  coreQuotaSuggestion,
  classify,
  type Circumstances,
  type Failure,
  type Rule,
  type Verdict,
} from './rules.ts';

export type { Failure, Verdict } from './rules.ts';
export { clusterCause, clusterProblem, parseTermination, type Termination } from './cluster.ts';
export { databricksProblem } from './databricks.ts';
export { chatProblem } from './openai.ts';

const PROVIDER = /namespace '([\w.]+)'|provider '([\w.]+)'|'(Microsoft\.\w+)'/i;
const namedProvider = (message: string): string | undefined =>
  PROVIDER.exec(message)
    ?.slice(1)
    .find((it) => it !== undefined);

const RULES: readonly Rule[] = [
  // Something else is still happening to the same thing.
  // https://github.com/Azure/azure-cli/issues/21121
  { code: /^ResourceGroupBeingDeleted$/, then: { note: 'the resource group is still being deleted' } },
  // https://github.com/hashicorp/terraform-provider-azurerm/issues/22607
  {
    code: /^RequestConflict$|^AnotherOperationInProgress$|^ConflictingConcurrent/,
    then: { note: 'another operation runs on the same resource' },
  },
  { code: /^AccountProvisioningStateInvalid$/, then: { note: 'the account is still being provisioned' } },
  // https://github.com/Azure/bicep-registry-modules/issues/1607: the deletion was rolled back; the cause may pass.
  {
    code: /^ResourceGroupDeletionBlocked$/,
    then: { note: 'the deletion of the group was rolled back', withMessage: true },
  },
  {
    code: /^(?:CannotDeleteResource|NestedResources)/,
    then: { note: 'nested resources are still there', withMessage: true },
  },

  // Subscription and rights: no region cures these.
  {
    code: /^(?:SubscriptionNotFound|InvalidSubscriptionId)$/,
    then: { remedy: 'none', suggestion: 'Check the subscription id, and that the app may read that subscription.' },
  },
  {
    code: /^ReadOnlyDisabledSubscription$/,
    then: {
      remedy: 'none',
      suggestion: 'The subscription is disabled and read-only: re-enable it (billing), or use another one.',
    },
  },
  {
    code: /^DenyAssignment/,
    then: {
      remedy: 'none',
      suggestion: 'A deny assignment protects this resource: delete the workspace that owns it instead.',
    },
  },
  {
    code: /^(?:AuthorizationFailed|LinkedAuthorizationFailed|RoleAssignmentUpdateNotPermitted|AuthorizationPermissionMismatch)$/,
    then: { remedy: 'none', suggestion: missingRight },
  },
  {
    code: /^ScopeLocked$/,
    then: {
      remedy: 'none',
      suggestion: 'Remove the lock on the resource or its group; the app tries again by itself.',
    },
  },
  {
    code: /^(?:MissingSubscriptionRegistration|SubscriptionNotRegistered)$/,
    message: new RegExp(REQUIRED_PROVIDERS.map((it) => it.replace('.', '\\.')).join('|'), 'i'),
    then: { note: 'the registration of a resource provider has not reached the region yet' },
  },
  {
    code: /^(?:MissingSubscriptionRegistration|SubscriptionNotRegistered)$/,
    then: {
      remedy: 'none',
      suggestion: ({ message }) =>
        `Register the resource provider ${namedProvider(message) ?? 'that the message names'} in the subscription.`,
    },
  },
  // Policies: only those about places are cured by another place.
  // Azure's own restriction of subscriptions to some regions, met by students first of all: https://github.com/Azure/static-web-apps/issues/1743
  {
    code: /^RequestDisallowedByAzure$/,
    then: {
      remedy: 'another-region',
      suggestion:
        'Azure restricts this subscription to certain regions: the policy assignment “Allowed resource deployment regions” lists them. Allow one of those.',
    },
  },
  {
    code: /^RequestDisallowedByPolicy$/,
    message: POLICY_BY_REGION,
    then: {
      remedy: 'another-region',
      suggestion: 'A policy forbids this region: allow another one, or ask for an exemption.',
    },
  },
  {
    code: /^RequestDisallowedByPolicy$/,
    then: {
      remedy: 'none',
      suggestion: 'A policy of the subscription forbids this: ask for an exemption of the lab’s resource group.',
    },
  },

  // Quota, capacity, place.
  // https://github.com/Azure-Samples/azure-openai-rag-workshop/issues/35
  { code: /^InsufficientQuota$/, then: { remedy: 'another-region', suggestion: tokenQuotaWayOut } },
  {
    message: /capacity '?\d+'?.{0,80}bigger than (?:the )?(?:current )?available capacity/i,
    then: { remedy: 'another-region', suggestion: tokenQuotaWayOut },
  },
  // Before quota: stock-outs come disguised as quota.
  {
    code: /^(?:SkuNotAvailable|AllocationFailed|ZonalAllocationFailed|OverconstrainedAllocationRequest)$/,
    then: {
      remedy: 'another-region',
      suggestion: 'The size is sold out or restricted here: allow another region, or try later.',
    },
  },
  {
    code: /^(?:OperationNotAllowed|QuotaExceeded)$/,
    message: STOCK_OUT,
    then: { remedy: 'another-region', suggestion: 'The size is sold out here: allow another region, or try later.' },
  },
  {
    code: /^(?:OperationNotAllowed|QuotaExceeded)$/,
    message: CORE_QUOTA,
    then: { remedy: 'another-region', suggestion: ({ message }) => coreQuotaSuggestion(message) },
  },
  // At most 30 Azure OpenAI accounts a region: https://learn.microsoft.com/azure/ai-foundry/openai/quotas-limits
  {
    code: /^QuotaExceeded$|AccountQuota|AccountLimit|MaxNumberOfAccounts|AccountCountExceeded/,
    then: {
      remedy: 'another-region',
      suggestion:
        'The region holds as many accounts as the subscription may have: purge soft-deleted ones, delete unused ones, or allow another region.',
    },
  },
  // https://github.com/Azure-Samples/azure-search-openai-demo/issues/1189 (model), issue 1084 there (account)
  {
    code: /^SpecialFeatureOrQuotaIdRequired$/,
    message: /required by (?:this|the) model|on location/i,
    then: {
      remedy: 'another-region',
      suggestion: 'The subscription may not use this model here: allow another region or another model.',
    },
  },
  {
    code: /^SpecialFeatureOrQuotaIdRequired$/,
    then: {
      remedy: 'none',
      suggestion:
        'The subscription may not have Azure OpenAI accounts: use another subscription, or ask Microsoft for access.',
    },
  },
  // https://github.com/microsoft/PubSec-Info-Assistant/issues/157
  {
    code: /^InvalidResourceProperties$/,
    message: /SKU|scale type|region|location/i,
    then: {
      remedy: 'another-region',
      suggestion: 'The model is not offered in this sku here: allow another region, sku or model.',
    },
  },
  {
    code: /^(?:LocationNotAvailableForResourceType|NoRegisteredProviderFound|LocationNotAvailable|LocationNotSupported)$/,
    then: { remedy: 'another-region', suggestion: 'The service is not offered in this region: allow another one.' },
  },

  // https://github.com/Azure-Samples/llama-index-python/issues/46
  {
    code: /^(?:ServiceModelDeprecated|ServiceModelDeprecating|DeploymentModelNotSupported|ModelDeprecated)$/,
    then: {
      remedy: 'another-model',
      suggestion: 'The model is retired or closed to new deployments: ask for another model.',
    },
  },

  // Names.
  // https://github.com/Azure-Samples/azuresandbox/issues/164, https://github.com/Azure/azure-cli/issues/18146
  {
    code: /^(?:CustomDomainInUse|FlagMustBeSetForRestore)$/,
    then: {
      remedy: 'another-name',
      suggestion: 'The name is taken, perhaps by a deleted account: purge that, or let the app take the next name.',
    },
  },
  {
    code: /^(?:ApplianceManagedResourceGroupMismatch|InvalidResourceLocation)$/,
    then: {
      remedy: 'another-name',
      suggestion: 'A resource of this name exists elsewhere: delete it, or let the app take the next name.',
    },
  },
  // https://github.com/pulumi/pulumi-azure-native/issues/3643
  {
    code: /^ApplianceProvisioningFailed$/,
    message: /managed resource group .*already exists/i,
    then: {
      remedy: 'another-name',
      suggestion: 'The managed group’s name is taken: delete that group, or let the app take the next name.',
    },
  },
  { code: /^ApplianceProvisioningFailed$/, message: STOCK_OUT, then: { remedy: 'another-region' } },
  {
    code: /^ApplianceProvisioningFailed$/,
    message: CORE_QUOTA,
    then: { remedy: 'another-region', suggestion: ({ message }) => coreQuotaSuggestion(message) },
  },
  {
    code: /^ApplianceProvisioningFailed$/,
    message: REFUSED_FOR_ITS_REGION,
    then: {
      remedy: 'another-region',
      suggestion: 'A policy forbids the workspace’s managed group in this region: allow another one.',
    },
  },
  {
    code: /^ApplianceProvisioningFailed$/,
    message: /RequestDisallowedByPolicy/i,
    then: {
      remedy: 'none',
      suggestion:
        'A policy of the subscription forbids what a workspace creates in its managed group: ask for an exemption.',
    },
  },
  // A workspace in state Failed must be deleted before the next try (https://github.com/microsoft/AzureTRE/issues/4467, https://github.com/MicrosoftLearning/dp-203-azure-data-engineer/issues/109).
  {
    code: /^ApplianceProvisioningFailed$/,
    then: {
      remedy: 'fresh-start',
      suggestion:
        'The service failed to build the workspace: delete it and start again; if it fails again, ask Microsoft support.',
    },
  },
  {
    code: /^(?:InvalidDatabricksSku|FeatureNotSupportedForServerlessWorkspace)$/,
    then: { remedy: 'none', suggestion: 'The service refuses the workspace’s settings: update the app.' },
  },

  // The rest of the transient, by name: some come with a status that says otherwise.
  {
    code: /^(?:TooManyRequests|SubscriptionRequestsThrottled|OperationNotAllowedThrottled|RetryableError|ServerTimeout|GatewayTimeout|ExpiredAuthenticationToken)$/,
    then: 'transient',
  },
  // Conflicts with a code that no row knows: those that speak of something under way pass.
  {
    status: [409],
    message:
      /another operation|try again later|being (?:created|updated|deleted)|not (?:in a )?terminal|nested resources/i,
    then: { note: 'another operation runs on the same resource' },
  },
  // Whatever else keeps something from being deleted is most likely its own creation. The caller bounds the wait.
  { status: [409], removing: true, then: { note: 'the service does not accept the deletion yet', withMessage: true } },
  // `exists` is what a repeated role assignment answers: https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
  { code: /^RoleAssignmentExists$/, then: 'exists' },
  {
    code: /^(?:ResourceGroupNotFound|ResourceNotFound|ParentResourceNotFound|NotFound|DeploymentNotFound)$/,
    then: 'gone',
  },
  { status: [404], then: 'gone' },
];

/** @returns what an error of ARM or of a resource provider means; `afterSeconds` repeats a Retry-After. */
export const armProblem = (failure: Failure, circumstances: Circumstances = {}): Verdict =>
  classify(RULES, failure, circumstances);

/**
 * "…has permission to perform action 'x' on scope 's'; however, it does not have permission to perform action(s) 'y' on the linked scope(s) 't'…": what is there
 * comes first, what is missing after it. https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-authorization-failed
 */
const LINKED_RIGHT =
  /does not have (?:permission|authorization) to perform action(?:\(s\))? '(?<action>[^']+)' on the linked scope(?:\(s\))? '(?<scope>[^']+)'/i;

/** "…does not have authorization to perform action 'z' over scope '/subscriptions/…'": the right and the place, in a sentence. */
function missingRight({ message }: Failure): string {
  const lacking = LINKED_RIGHT.exec(message)?.groups;
  const action = lacking?.['action'] ?? /action '([^']+)'/i.exec(message)?.[1];
  const scope = lacking?.['scope'] ?? /scope '([^']+)'/i.exec(message)?.[1];
  const where = scope === undefined ? '' : ` at ${scope}`;
  return action === undefined
    ? 'Grant the app the role that its documentation lists.'
    : `Grant the app ${action}${where}; a new role assignment takes up to ten minutes to work.`;
}

/** "…require 5 new capacity in quota B, which is bigger than the current available capacity 0. The current quota usage is U and the quota limit is L…" */
function tokenQuotaWayOut({ message }: Failure): string {
  const bucket = /in quota (.+?), which/i.exec(message)?.[1] ?? 'tokens per minute';
  const needed = Number(
    /require (\d+) new capacity|capacity '?(\d+)'?/i
      .exec(message)
      ?.slice(1)
      .find((it) => it !== undefined),
  );
  const limit = Number(/quota limit is (\d+)/i.exec(message)?.[1]);
  const used = Number(/quota usage is (\d+)/i.exec(message)?.[1]);
  const target = Number.isFinite(needed + limit + used) ? ` from ${limit} to at least ${used + needed}` : '';
  return `Raise the quota "${bucket}" in this region${target}, free some of it, or allow another region.`;
}
