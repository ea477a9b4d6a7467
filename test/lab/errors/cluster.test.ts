import { describe, expect, it } from 'vitest';
import { clusterCause, clusterProblem, parseTermination, type Termination } from '../../../src/lab/errors/arm.ts';
import { TERMINATION_CODES } from './termination-codes.ts';

const azure = (azure_error_code: string, azure_error_message: string) => ({ azure_error_code, azure_error_message });
const coreQuota =
  'Operation could not be completed as it results in exceeding approved standardDDSv5Family Cores quota. Additional details - Deployment Model: Resource Manager, Location: eastus2, Current Limit: 250, Current Usage: 144, Additional Required: 120, (Minimum) New Limit Required: 264. Setup Alerts when Quota reaches threshold.';

const rows: [what: string, termination: Termination, cause: string, remedy: string, suggestion?: RegExp][] = [
  [
    'core quota',
    { code: 'AZURE_QUOTA_EXCEEDED_EXCEPTION', type: 'CLIENT_ERROR', parameters: azure('QuotaExceeded', coreQuota) },
    'quota',
    'another-region',
    /"standardDDSv5Family" in eastus2 from 250 to at least 264/,
  ],
  [
    'total cores',
    {
      code: 'AZURE_QUOTA_EXCEEDED_EXCEPTION',
      type: 'CLIENT_ERROR',
      parameters: azure('OperationNotAllowed', coreQuota.replace('standardDDSv5Family', 'Total Regional')),
    },
    'quota',
    'another-region',
    /"Total Regional" in eastus2/,
  ],
  [
    'quota without details',
    { code: 'AZURE_QUOTA_EXCEEDED_EXCEPTION', type: 'CLIENT_ERROR' },
    'quota',
    'another-region',
    /vCPU/,
  ],
  [
    'quota as a refused operation',
    { code: 'AZURE_OPERATION_NOT_ALLOWED_EXCEPTION', type: 'CLIENT_ERROR' },
    'quota',
    'another-region',
  ],
  [
    'quota disguised as a launch failure',
    {
      code: 'CLOUD_PROVIDER_LAUNCH_FAILURE',
      type: 'CLOUD_FAILURE',
      parameters: azure('OperationNotAllowed', coreQuota),
    },
    'quota',
    'another-region',
  ],
  [
    'launch failure, operation not allowed',
    {
      code: 'CLOUD_PROVIDER_LAUNCH_FAILURE',
      type: 'CLOUD_FAILURE',
      parameters: azure('OperationNotAllowed', 'Operation not allowed.'),
    },
    'quota',
    'another-region',
  ],
  [
    'public addresses used up',
    {
      code: 'CLOUD_PROVIDER_LAUNCH_FAILURE',
      type: 'CLOUD_FAILURE',
      parameters: azure('PublicIPCountLimitReached', 'Cannot create more than 10 public IP addresses'),
    },
    'quota',
    'another-region',
    /public IP/,
  ],
  [
    'stock-out',
    { code: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT', type: 'CLOUD_FAILURE' },
    'capacity',
    'another-region',
    /sold out/,
  ],
  [
    'stock-out that is called a misconfiguration: the cloud cannot give this size here',
    { code: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT_DUE_TO_MISCONFIG', type: 'CLIENT_ERROR' },
    'capacity',
    'another-region',
    /sold out/,
  ],
  [
    'Azure’s own restriction of regions',
    {
      code: 'CLOUD_PROVIDER_LAUNCH_FAILURE',
      type: 'CLOUD_FAILURE',
      parameters: azure('RequestDisallowedByAzure', 'This policy maintains a set of best available regions'),
    },
    'policy-by-region',
    'another-region',
  ],
  [
    'stock-out whose text says nothing of it',
    {
      code: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT',
      type: 'CLIENT_ERROR',
      parameters: { databricks_error_message: 'The nodes could not be acquired.' },
    },
    'capacity',
    'another-region',
    /sold out/,
  ],
  [
    'size not available',
    {
      code: 'CLOUD_PROVIDER_LAUNCH_FAILURE',
      type: 'CLOUD_FAILURE',
      parameters: azure('SkuNotAvailable', 'The requested VM size is not available'),
    },
    'capacity',
    'another-region',
  ],
  [
    'stock-out disguised as quota',
    {
      code: 'AZURE_QUOTA_EXCEEDED_EXCEPTION',
      type: 'CLIENT_ERROR',
      parameters: azure(
        'SkuNotAvailable',
        "The requested size for resource 'x' is currently not available in location 'eastus2' zones '' for subscription 's'.",
      ),
    },
    'capacity',
    'another-region',
    /sold out/,
  ],
  [
    'allocation failed',
    {
      code: 'CLOUD_PROVIDER_LAUNCH_FAILURE',
      type: 'CLOUD_FAILURE',
      parameters: azure('ZonalAllocationFailed', 'Allocation failed.'),
    },
    'capacity',
    'another-region',
  ],
  [
    'policy on places',
    {
      code: 'CLOUD_PROVIDER_LAUNCH_FAILURE',
      type: 'CLOUD_FAILURE',
      parameters: azure('RequestDisallowedByPolicy', 'Resource was disallowed by policy: Allowed locations'),
    },
    'policy-by-region',
    'another-region',
  ],
  [
    'policy on machines',
    {
      code: 'CLOUD_PROVIDER_LAUNCH_FAILURE',
      type: 'CLOUD_FAILURE',
      parameters: azure('RequestDisallowedByPolicy', 'Not allowed sizes'),
    },
    'policy',
    'none',
  ],
  ...[
    'BOOTSTRAP_TIMEOUT',
    'BOOTSTRAP_TIMEOUT_DUE_TO_X',
    'AZURE_RESOURCE_MANAGER_THROTTLING',
    'AZURE_RESOURCE_PROVIDER_THROTTLING',
    'CLUSTER_OPERATION_THROTTLED',
    'CLUSTER_OPERATION_TIMEOUT',
    'DRIVER_UNREACHABLE',
    'DRIVER_UNRESPONSIVE',
    'INTERNAL_ERROR',
    'SPARK_STARTUP_FAILURE',
    'CONTROL_PLANE_REQUEST_FAILURE',
    'STORAGE_DOWNLOAD_FAILURE',
    'STORAGE_DOWNLOAD_FAILURE_SLOW',
    'SPARK_IMAGE_DOWNLOAD_FAILURE',
    'AZURE_EPHEMERAL_DISK_FAILURE',
    'NPIP_TUNNEL_SETUP_FAILURE',
    'TEMPORARILY_UNAVAILABLE',
  ].map((code): [string, Termination, string, string] => [
    `transient: ${code}`,
    { code, type: 'SERVICE_FAULT' },
    'transient',
    'fresh-start',
  ]),
  ...[
    'INVALID_ARGUMENT',
    'INVALID_SPARK_IMAGE',
    'SPARK_IMAGE_NOT_FOUND',
    'EOS_SPARK_IMAGE',
    'UNSUPPORTED_INSTANCE_TYPE',
    'AZURE_VNET_CONFIGURATION_FAILURE',
    'SECRET_RESOLUTION_ERROR',
    'SECRET_PERMISSION_DENIED',
    'WORKSPACE_CONFIGURATION_ERROR',
    'TRIAL_EXPIRED',
    'BOOTSTRAP_TIMEOUT_DUE_TO_MISCONFIG',
    'NPIP_TUNNEL_SETUP_FAILURE_DUE_TO_MISCONFIG',
  ].map((code): [string, Termination, string, string] => [
    `config: ${code}`,
    { code, type: 'CLIENT_ERROR' },
    'config',
    'none',
  ]),
  [
    'fell idle',
    { code: 'INACTIVITY', type: 'SUCCESS', parameters: { inactivity_duration_min: '20' } },
    'idle',
    'fresh-start',
  ],
  ['its job ended', { code: 'JOB_FINISHED', type: 'SUCCESS' }, 'idle', 'fresh-start'],
  [
    'somebody stopped it',
    { code: 'USER_REQUEST', type: 'SUCCESS', parameters: { username: 'a@b' } },
    'stopped',
    'none',
    /Somebody/,
  ],
  ['unknown, by the cloud’s fault', { code: 'SOMETHING_NEW', type: 'CLOUD_FAILURE' }, 'transient', 'fresh-start'],
  ['unknown, by the service’s fault', { code: 'SOMETHING_NEW', type: 'SERVICE_FAULT' }, 'transient', 'fresh-start'],
  ['unknown, by ours', { code: 'SOMETHING_NEW', type: 'CLIENT_ERROR' }, 'unknown', 'fresh-start'],
  ['nothing said', {}, 'unknown', 'fresh-start'],
];

describe('clusterProblem', () => {
  it.each(rows)('%s', (_what, termination, cause, remedy, suggestion) => {
    expect(clusterCause(termination)).toBe(cause);
    const problem = clusterProblem(termination);
    expect(problem.remedy).toBe(remedy);
    expect(problem.code).toBe(termination.code ?? 'UNKNOWN');
    expect(problem.message).not.toBe('');
    expect(problem.suggestion).toMatch(suggestion ?? /\w/);
  });

  it('tells a trial that has ended what to ask for', () => {
    expect(clusterProblem({ code: 'TRIAL_EXPIRED', type: 'CLIENT_ERROR' }).suggestion).toMatch(/premium/);
  });

  it('reads the reason out of the sentence of a job run', () => {
    const text = `Cluster 0123-1 was terminated while waiting on it to be ready: ClusterX(123) terminated: AZURE_QUOTA_EXCEEDED_EXCEPTION(CLIENT_ERROR): azure_error_code:QuotaExceeded,azure_error_message:${coreQuota}`;
    const termination = parseTermination(text);
    expect(termination).toEqual({
      code: 'AZURE_QUOTA_EXCEEDED_EXCEPTION',
      type: 'CLIENT_ERROR',
      parameters: { azure_error_code: 'QuotaExceeded', azure_error_message: coreQuota },
    });
    expect(clusterProblem(termination ?? {}).suggestion).toMatch(/264/);
    expect(parseTermination('Task main failed with message: Workload failed, see run output for details.')).toBeNull();
  });
});

/** What no new start cures: the settings that the app sends, and what somebody decided. */
const FINAL =
  /^(?:INVALID_ARGUMENT|INVALID_SPARK_IMAGE|SPARK_IMAGE_NOT_FOUND|EOS_SPARK_IMAGE|UNSUPPORTED_INSTANCE_TYPE|AZURE_VNET_CONFIGURATION_FAILURE|SECRET_RESOLUTION_ERROR|SECRET_PERMISSION_DENIED|WORKSPACE_CONFIGURATION_ERROR|TRIAL_EXPIRED|USER_REQUEST)$|_DUE_TO_MISCONFIG$/;

describe('every published termination code', () => {
  it.each(TERMINATION_CODES.filter((code) => !FINAL.test(code)))('%s is not final, whosever fault it is', (code) => {
    for (const type of [undefined, 'CLIENT_ERROR', 'CLOUD_FAILURE', 'SERVICE_FAULT'])
      expect(['fresh-start', 'another-region']).toContain(clusterProblem({ code, type }).remedy);
  });
});
