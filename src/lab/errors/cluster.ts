/**
 * Why a cluster ended, from its `termination_reason`. A cluster that fails to start ends in TERMINATED with a reason, never in ERROR; over 200 codes exist and more
 * come, so code, type and the text are read together.
 * https://learn.microsoft.com/azure/databricks/dev-tools/api (TerminationReason), https://github.com/MicrosoftLearning/DP-203-Data-Engineer/issues/139
 */
import type { Problem, Remedy } from '../outcome.ts';
import { CORE_QUOTA, POLICY_BY_REGION, STOCK_OUT, coreQuotaSuggestion } from './rules.ts';
import { safeMessage } from '../redact.ts';

export type Termination = {
  code?: string | undefined;
  /** CLIENT_ERROR, CLOUD_FAILURE, SERVICE_FAULT or SUCCESS. */
  type?: string | undefined;
  parameters?: Readonly<Record<string, string>> | undefined;
};

export type ClusterCause =
  'quota' | 'capacity' | 'policy-by-region' | 'policy' | 'config' | 'transient' | 'idle' | 'stopped' | 'unknown';

type CauseRule = { code?: RegExp; text?: RegExp; type?: RegExp; cause: ClusterCause };

/** First match wins. `text` is the error's code and message as Azure and Databricks gave them. */
const CAUSES: readonly CauseRule[] = [
  // The text outranks the code: stock-outs come as quota, quota comes as a launch failure (DP-203 issues 139 and 164).
  { text: /RequestDisallowedByAzure/, cause: 'policy-by-region' },
  { text: /RequestDisallowedByPolicy/, cause: 'policy' },
  // `…_STOCKOUT_DUE_TO_MISCONFIG` as well: a size that the cloud cannot give here again and again. The lab's size is its own, so another region is the cure.
  { code: /STOCKOUT/i, cause: 'capacity' },
  { text: STOCK_OUT, cause: 'capacity' },
  { text: CORE_QUOTA, cause: 'quota' },
  { text: /PublicIPCountLimitReached|QuotaExceeded|\bquota\b/i, cause: 'quota' },
  { code: /^AZURE_QUOTA_EXCEEDED_EXCEPTION$|^AZURE_OPERATION_NOT_ALLOWED_EXCEPTION$/, cause: 'quota' },
  { code: /^CLOUD_PROVIDER_LAUNCH_FAILURE/, text: /OperationNotAllowed/, cause: 'quota' },
  {
    code: /^(?:INVALID_ARGUMENT|INVALID_SPARK_IMAGE|SPARK_IMAGE_NOT_FOUND|EOS_SPARK_IMAGE|UNSUPPORTED_INSTANCE_TYPE|AZURE_VNET_CONFIGURATION_FAILURE|SECRET_RESOLUTION_ERROR|SECRET_PERMISSION_DENIED|WORKSPACE_CONFIGURATION_ERROR|TRIAL_EXPIRED)$|_DUE_TO_MISCONFIG$/,
    cause: 'config',
  },
  {
    code: /^(?:BOOTSTRAP_TIMEOUT|AZURE_RESOURCE_MANAGER_THROTTLING|AZURE_RESOURCE_PROVIDER_THROTTLING|CLUSTER_OPERATION_THROTTLED|CLUSTER_OPERATION_TIMEOUT|DRIVER_UNREACHABLE|DRIVER_UNRESPONSIVE|INTERNAL_ERROR|SPARK_STARTUP_FAILURE|CONTROL_PLANE_REQUEST_FAILURE|STORAGE_DOWNLOAD_FAILURE|SPARK_IMAGE_DOWNLOAD_|AZURE_EPHEMERAL_DISK_FAILURE|NPIP_TUNNEL_|TEMPORARILY_UNAVAILABLE)/,
    cause: 'transient',
  },
  { code: /^(?:INACTIVITY|JOB_FINISHED)$/, cause: 'idle' },
  { code: /^USER_REQUEST$/, cause: 'stopped' },
  // Codes that nobody has met yet, by whose fault they are said to be.
  { type: /^(?:CLOUD_FAILURE|SERVICE_FAULT)$/, cause: 'transient' },
];

const textOf = ({ code, parameters = {} }: Termination): string =>
  [parameters.azure_error_code, parameters.azure_error_message, parameters.databricks_error_message]
    .filter((part) => part !== undefined && part !== '')
    .join(': ') ||
  (code ?? 'UNKNOWN');

/** What kind of end it was. */
export function clusterCause(termination: Termination): ClusterCause {
  const text = textOf(termination);
  const rule = CAUSES.find(
    (cause) =>
      (cause.code === undefined || cause.code.test(termination.code ?? '')) &&
      (cause.text === undefined || cause.text.test(text)) &&
      (cause.type === undefined || cause.type.test(termination.type ?? '')),
  );
  if (rule?.cause === 'policy' && POLICY_BY_REGION.test(text)) return 'policy-by-region';
  return rule?.cause ?? 'unknown';
}

const ANSWERS: Readonly<Record<ClusterCause, { remedy: Remedy; suggestion: string }>> = {
  quota: { remedy: 'another-region', suggestion: '' },
  capacity: {
    remedy: 'another-region',
    suggestion: 'The size is sold out in this region: allow another region, or try later.',
  },
  'policy-by-region': { remedy: 'another-region', suggestion: 'A policy forbids this region: allow another one.' },
  policy: {
    remedy: 'none',
    suggestion: 'A policy of the subscription forbids the cluster’s machine: ask for an exemption.',
  },
  config: { remedy: 'none', suggestion: 'The service refuses the cluster’s settings: a new start would fail again.' },
  transient: { remedy: 'fresh-start', suggestion: 'A failure of the service: one fresh start usually cures it.' },
  idle: { remedy: 'fresh-start', suggestion: 'The cluster stopped because nothing used it: start it again.' },
  stopped: { remedy: 'none', suggestion: 'Somebody stopped the cluster: start a new lab.' },
  unknown: {
    remedy: 'fresh-start',
    suggestion: 'Look the code up in the Databricks documentation of termination reasons.',
  },
};

/** @returns the end of a cluster as a problem; its `code` is Databricks' own. */
export function clusterProblem(termination: Termination): Problem {
  const cause = clusterCause(termination);
  const text = textOf(termination);
  const { remedy, suggestion } = ANSWERS[cause];
  return {
    code: termination.code ?? 'UNKNOWN',
    message: safeMessage(text),
    remedy,
    suggestion:
      cause === 'quota'
        ? quotaWayOut(text)
        : termination.code === 'TRIAL_EXPIRED'
          ? 'The trial has ended: ask for tier premium.'
          : suggestion,
  };
}

const quotaWayOut = (text: string): string =>
  /PublicIPCountLimitReached/.test(text)
    ? 'Raise the quota of public IP addresses in this region, or allow another region.'
    : coreQuotaSuggestion(text);

/**
 * Reads the reason out of the sentence that a job run shows when its cluster did not start
 * ("…: CODE(TYPE): azure_error_code:X,azure_error_message:Y"; https://github.com/databricks-industry-solutions/pixels/issues/24).
 */
export function parseTermination(text: string): Termination | null {
  const match = /\b([A-Z][A-Z0-9_]{3,})\s*\((CLIENT_ERROR|CLOUD_FAILURE|SERVICE_FAULT|SUCCESS)\)/.exec(text);
  if (match === null) return null;
  const tail = text.slice(match.index + match[0].length);
  const names =
    'azure_error_code|azure_error_message|databricks_error_message|inactivity_duration_min|username|instance_id';
  const parameters: Record<string, string> = {};
  for (const [, name = '', value = ''] of tail.matchAll(
    new RegExp(`(${names})\\s*:\\s*([\\s\\S]*?)(?=,\\s*(?:${names})\\s*:|$)`, 'g'),
  )) {
    parameters[name] = value.trim();
  }
  return { code: match[1], type: match[2], parameters };
}
