// How a cluster's start can go wrong: the failures that people report, in the words in which the service reports them.
// Shapes: https://github.com/MicrosoftLearning/DP-203-Data-Engineer/issues/139 and /issues/164,
// https://github.com/databricks-industry-solutions/pixels/issues/24
import type { TerminationReason } from './records.ts';
import type { NodeType } from './runtimes.ts';

export type ClusterScript =
  /** No cores left, said as such. */
  | 'quota'
  /** No cores left, said as a failure of the launch. */
  | 'quota-as-launch-failure'
  /** The size is sold out in the region. */
  | 'stockout'
  /** The size is sold out, and the service calls that a quota problem. */
  | 'stockout-as-quota'
  | 'public-ip-limit'
  /** Transient: the machine came up and never reported. */
  | 'bootstrap-timeout'
  /** A code without a type, which says nothing of whose fault it is. */
  | 'untyped'
  /** The caller's configuration: never worth a repetition. */
  | 'vnet-misconfigured'
  /** PENDING for as long as anybody waits. */
  | 'never'
  /** Healthy, four times as slow. */
  | 'slow'
  | 'healthy';

export type StartFacts = { region: string; node: NodeType; limit: number; used: number };

/** When a scripted start fails, as a part of the usual start time, and why; null where it does not fail. */
export function failureOf(
  script: ClusterScript,
  facts: StartFacts,
): { part: number; reason: TerminationReason } | null {
  const { node, region } = facts;
  const launch = 'Error code: PUBLIC_API, error message: The cloud provider refused to launch the instances.';
  switch (script) {
    case 'quota':
      return { part: 0.25, reason: quotaReason(facts) };
    case 'quota-as-launch-failure':
      return {
        part: 0.25,
        reason: reason('CLOUD_PROVIDER_LAUNCH_FAILURE', 'CLOUD_FAILURE', {
          ...quotaReason(facts).parameters,
          azure_error_code: 'OperationNotAllowed',
          databricks_error_message: launch,
        }),
      };
    case 'stockout':
      return {
        part: 0.3,
        reason: reason('CLOUD_PROVIDER_RESOURCE_STOCKOUT', 'CLOUD_FAILURE', {
          azure_error_code: 'SkuNotAvailable',
          azure_error_message: soldOut(node, region),
          databricks_error_message: launch,
        }),
      };
    case 'stockout-as-quota':
      return {
        part: 0.3,
        reason: reason('AZURE_QUOTA_EXCEEDED_EXCEPTION', 'CLIENT_ERROR', {
          azure_error_code: 'SkuNotAvailable',
          azure_error_message: soldOut(node, region),
          databricks_error_message: 'Cloud provider quota exceeded.',
        }),
      };
    case 'public-ip-limit':
      return {
        part: 0.25,
        reason: reason('CLOUD_PROVIDER_LAUNCH_FAILURE', 'CLOUD_FAILURE', {
          azure_error_code: 'PublicIPCountLimitReached',
          azure_error_message: `Cannot create more than 10 public IP addresses for this subscription in this region.`,
          databricks_error_message: launch,
        }),
      };
    case 'bootstrap-timeout':
      return {
        part: 0.9,
        reason: reason('BOOTSTRAP_TIMEOUT', 'SERVICE_FAULT', {
          databricks_error_message:
            '[id: InstanceId(7c1f), status: INSTANCE_INITIALIZING] Bootstrap timeout: the instance did not report within 700 seconds.',
        }),
      };
    case 'vnet-misconfigured':
      return {
        part: 0.2,
        reason: reason('AZURE_VNET_CONFIGURATION_FAILURE', 'CLIENT_ERROR', {
          azure_error_code: 'SubnetIsFull',
          azure_error_message: 'The subnet does not have enough capacity for 2 IP addresses.',
        }),
      };
    // https://github.com/databricks/databricks-sdk-go/blob/main/service/compute/model.go (TerminationReason: `type` is optional)
    case 'untyped':
      return { part: 0.5, reason: { code: 'SELF_BOOTSTRAP_FAILURE', parameters: {} } };
    case 'never':
    case 'slow':
    case 'healthy':
      return null;
  }
}

/** The sentence of Azure's compute quota: family, region, limit and use. */
export const quotaReason = ({ node, region, limit, used }: StartFacts): TerminationReason =>
  reason('AZURE_QUOTA_EXCEEDED_EXCEPTION', 'CLIENT_ERROR', {
    azure_error_code: 'QuotaExceeded',
    azure_error_message:
      `Operation could not be completed as it results in exceeding approved ${node.family} Cores quota. ` +
      `Additional details - Deployment Model: Resource Manager, Location: ${region}, Current Limit: ${limit}, Current Usage: ${used}, ` +
      `Additional Required: ${node.cores}, (Minimum) New Limit Required: ${used + node.cores}.`,
    databricks_error_message: 'Cloud provider quota exceeded.',
  });

const reason = (
  code: string,
  type: NonNullable<TerminationReason['type']>,
  parameters: Record<string, string>,
): TerminationReason => ({ code, type, parameters });

const soldOut = (node: NodeType, region: string): string =>
  `The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: ${node.id}' is currently not available in location '${region}'. ` +
  `Please try another size or deploy to a different location or different zone.`;
