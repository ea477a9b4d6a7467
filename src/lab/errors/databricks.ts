/**
 * What the errors of a workspace's own REST API mean. `error_code` beats the status, as in Databricks' own clients
 * (https://github.com/databricks/databricks-sdk-go/blob/main/apierr, https://github.com/databricks/databricks-sdk-py/blob/main/databricks/sdk/errors).
 */
import { classify, type Rule, type Verdict } from './rules.ts';

/** How a workspace says that it is not built yet, as 400 INVALID_PARAMETER_VALUE or 5xx, minutes after ARM said Succeeded. https://github.com/Azure/azure-rest-api-specs/issues/9316 */
const NOT_READY =
  /UnknownWorkerEnvironmentException|worker env(?:ironment)?s?\b.*\bnot found|does not have any associated worker environments|no worker environment with id|unknown worker environment|ClusterNotReadyException|worker environment is ready/i;

const NO_ACCESS =
  'Give the app’s identity Contributor on the workspace resource; the first call then makes it a workspace admin.';

const RULES: readonly Rule[] = [
  { message: NOT_READY, then: { note: 'the workspace is still being built' } },
  // The home directory of an identity is made some time after its first call.
  { code: /^DIRECTORY_PROTECTED$/, then: { note: 'the home directory is not made yet', withMessage: true } },
  { message: /Timed out after |deadline exceeded|RPC token bucket limit/i, then: 'transient' },
  {
    message: /private-link-validation-error/i,
    then: {
      remedy: 'none',
      suggestion:
        'The workspace accepts private connections only: allow public network access, or run the app inside its network.',
    },
  },
  {
    message: /blocked by .*IP ACL|IP access list/i,
    then: { remedy: 'none', suggestion: 'The workspace’s IP access list refuses the app: add its outbound addresses.' },
  },
  // https://github.com/databricks/terraform-provider-databricks/issues/1627
  { message: /Management API token must be provided/i, then: { remedy: 'none', suggestion: NO_ACCESS } },
  { code: /^(?:RESOURCE_ALREADY_EXISTS|ALREADY_EXISTS)$/, then: 'exists' },
  { status: [400, 409], message: /already exists/i, then: 'exists' },
  {
    code: /^(?:FEATURE_DISABLED|ENDPOINT_NOT_FOUND|FEATURE_NOT_ENABLED)$/,
    then: { remedy: 'none', suggestion: 'The workspace does not offer this function: check its tier and region.' },
  },
  // Before what is gone: nothing is waited for here. https://github.com/databricks/cli/issues/4488
  {
    message: /\bPrincipal: \w+\(.*\) does not exist/,
    then: {
      remedy: 'none',
      suggestion: 'The workspace does not know this person or group: let its administrator add them.',
    },
  },
  { code: /^RESOURCE_DOES_NOT_EXIST$/, then: 'gone' },
  // Clusters and runs that are not there answer 400.
  {
    code: /^(?:INVALID_PARAMETER_VALUE|INVALID_STATE)$/,
    message: /\b(?:cluster|run|job|path|experiment|scope)\b.*\bdoes not exist\b|terminated or unpinned more than/i,
    then: 'gone',
  },
  {
    code: /^INVALID_PARAMETER_VALUE$/,
    message: /node type .*(?:not supported|not available|not enabled)|NotAvailableInRegion|NotEnabledOnSubscription/i,
    then: { remedy: 'another-region', suggestion: 'The node type is not offered in this region: allow another one.' },
  },
  { code: /^INVALID_STATE$/, then: { note: 'the cluster is between two states' } },
  {
    code: /^(?:RESOURCE_LIMIT_EXCEEDED|QUOTA_EXCEEDED|MAX_NOTEBOOK_SIZE_EXCEEDED)$/,
    then: { remedy: 'none', suggestion: 'A limit of the workspace is reached: remove what is no longer needed there.' },
  },
  {
    code: /^(?:REQUEST_LIMIT_EXCEEDED|RESOURCE_EXHAUSTED|TEMPORARILY_UNAVAILABLE|ABORTED|DEADLINE_EXCEEDED|INTERNAL_ERROR|DATA_LOSS|UNKNOWN)$/,
    then: 'transient',
  },
  // "Not ready" is said with status 400: one that cannot be read is most likely that.
  { code: /^http-400$/, gate: true, then: { note: 'the workspace answers with something that cannot be read' } },
  { status: [401, 403], gate: true, then: { note: 'the app’s role has not reached the workspace yet' } },
  { code: /^(?:PERMISSION_DENIED|UNAUTHENTICATED)$/, then: { remedy: 'none', suggestion: NO_ACCESS } },
  { status: [401, 403], then: { remedy: 'none', suggestion: NO_ACCESS } },
  { status: [404], gate: true, then: { note: 'the workspace does not answer at its address yet' } },
  { code: /^not-json$/, status: [404], then: 'transient' },
  { status: [404], then: 'gone' },
  { status: [409], then: 'transient' },
  // A page instead of an answer: a gateway, a login, a cluster that is not there yet.
  {
    status: [200, 201, 204, 301, 302, 303, 307, 308],
    gate: true,
    then: { note: 'the workspace answers with a page instead of data' },
  },
  { status: [200, 201, 204, 301, 302, 303, 307, 308], then: 'transient' },
];

/**
 * @param failure.errorCode `error_code` of the body, as text.
 * @param options.gate inside the readiness gate of a new workspace 401, 403, 404 and pages mean "not yet"; after it they are final.
 */
export function databricksProblem(
  failure: {
    status?: number | undefined;
    errorCode?: string | undefined;
    message: string;
    retryAfterSeconds?: number | undefined;
  },
  options: { gate?: boolean } = {},
): Verdict {
  const { errorCode: code, ...rest } = failure;
  return classify(RULES, { ...rest, code }, options);
}
