/** Regions, and what a subscription must have in them. */

/**
 * The lab's four regions, then a spare. Switzerland West is named by the lab and yet missing from the model's own region table, where Switzerland North stands.
 * https://github.com/MicrosoftLearning/mslearn-databricks/blob/main/Instructions/Exercises/AI-07-LLMOps.md (2026-03-11);
 * https://github.com/MicrosoftDocs/azure-ai-docs/blob/main/articles/ai-services/openai/includes/model-matrix/standard-models.md (2025-04)
 */
export const PREFERRED_REGIONS = [
  'eastus2',
  'northcentralus',
  'swedencentral',
  'switzerlandwest',
  'switzerlandnorth',
] as const;

/** Regions that are not the lab's own: taken only when the others cannot serve. */
export const SPARE_REGIONS: readonly string[] = ['switzerlandnorth'];

/**
 * Resource providers whose types a lab creates, directly or through its workspace.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/azure-services-resource-providers (2026-06)
 */
export const REQUIRED_PROVIDERS = [
  'Microsoft.CognitiveServices',
  'Microsoft.Databricks',
  'Microsoft.Compute',
  'Microsoft.Network',
  'Microsoft.Storage',
] as const;

/** Where a subscription asks for more quota. */
export const QUOTA_REQUESTS = {
  openai: 'https://learn.microsoft.com/azure/ai-foundry/openai/quotas-limits#request-quota-increases',
  databricks: 'https://learn.microsoft.com/azure/quotas/per-vm-quota-requests',
} as const;
