import { describe, expect, it } from 'vitest';
import { chatProblem, databricksProblem, type Failure, type Verdict } from '../../src/lab/errors/arm.ts';

const short = (verdict: Verdict): string =>
  verdict.kind === 'problem' ? `problem:${verdict.problem.remedy}` : verdict.kind;

type Row = [what: string, failure: Parameters<typeof databricksProblem>[0], outside: string, inside?: string];

/** Outside the readiness gate, then inside it where that differs. */
const databricks: Row[] = [
  ...[
    'UnknownWorkerEnvironmentException: x',
    'Workspace 1 does not have any associated worker environments',
    'There is no worker environment with id default-worker-env',
    'Unknown worker environment: x',
    'worker env workerenv-1 not found',
    'Worker environment overlay workerenv-1 not found',
    'ClusterNotReadyException: x',
  ].map((message): Row => [
    `not built yet: ${message}`,
    { status: 400, errorCode: 'INVALID_PARAMETER_VALUE', message },
    'in-progress',
  ]),
  [
    'not built yet, as a page',
    { status: 503, message: 'please wait until the worker environment is ready' },
    'in-progress',
  ],
  [
    'not built yet, cut off in the middle: a lab failed on it',
    { status: 400, errorCode: 'http-400', message: '{"error_code":"INVALID_PARAMETER_VALUE","message":"Unknown' },
    'problem:fresh-start',
    'in-progress',
  ],
  ['timed out inside', { status: 400, errorCode: 'BAD_REQUEST', message: 'Timed out after 15 seconds' }, 'transient'],
  ['deadline', { status: 400, message: 'context deadline exceeded' }, 'transient'],
  ['token bucket', { status: 400, message: 'RPC token bucket limit has been exceeded' }, 'transient'],
  [
    'home directory not made yet',
    { status: 400, errorCode: 'DIRECTORY_PROTECTED', message: 'Folder Users is protected' },
    'in-progress',
  ],
  ['role not there yet', { status: 403, message: 'User not authorized.' }, 'problem:none', 'in-progress'],
  [
    'unauthenticated',
    { status: 401, errorCode: 'UNAUTHENTICATED', message: 'Credential was not sent' },
    'problem:none',
    'in-progress',
  ],
  ['no permission', { status: 403, errorCode: 'PERMISSION_DENIED', message: 'x' }, 'problem:none', 'in-progress'],
  [
    'second token missing: no wait cures it',
    { status: 403, message: 'Management API token must be provided for service principal admin user login' },
    'problem:none',
  ],
  [
    'access list: no wait cures it',
    { status: 403, message: 'Source IP address: 1.2.3.4 is blocked by Databricks IP ACL for workspace: 1' },
    'problem:none',
  ],
  ['private link', { status: 302, message: '/login.html?error=private-link-validation-error:1' }, 'problem:none'],
  ['a page with status 200', { status: 200, message: '<html>' }, 'transient', 'in-progress'],
  [
    'no cluster',
    { status: 400, errorCode: 'INVALID_PARAMETER_VALUE', message: 'Cluster 1-2-x does not exist' },
    'gone',
  ],
  [
    'cluster long dead',
    {
      status: 400,
      errorCode: 'INVALID_STATE',
      message: 'Cannot access cluster 1 that was terminated or unpinned more than 30 days ago.',
    },
    'gone',
  ],
  ['no run', { status: 400, errorCode: 'INVALID_PARAMETER_VALUE', message: 'Run 12 does not exist.' }, 'gone'],
  ['no path', { status: 404, errorCode: 'RESOURCE_DOES_NOT_EXIST', message: 'Path (/x) doesn’t exist.' }, 'gone'],
  ['bare 404', { status: 404, message: '' }, 'gone', 'in-progress'],
  ['a page with status 404', { status: 404, errorCode: 'not-json', message: 'Not Found' }, 'transient', 'in-progress'],
  [
    'between two states',
    { status: 400, errorCode: 'INVALID_STATE', message: 'Cluster 1 is in unexpected state Pending.' },
    'in-progress',
  ],
  ['scope exists', { status: 400, errorCode: 'RESOURCE_ALREADY_EXISTS', message: 'Scope x already exists!' }, 'exists'],
  ['notebook exists, without a code', { status: 400, errorCode: '', message: 'Path (/x) already exists.' }, 'exists'],
  ['file exists', { status: 409, errorCode: 'ALREADY_EXISTS', message: 'x' }, 'exists'],
  ['too many requests', { status: 429, errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'x' }, 'transient'],
  ['exhausted', { status: 429, errorCode: 'RESOURCE_EXHAUSTED', message: 'x' }, 'transient'],
  ['unavailable', { status: 503, errorCode: 'TEMPORARILY_UNAVAILABLE', message: 'x' }, 'transient'],
  ['aborted', { status: 409, errorCode: 'ABORTED', message: 'x' }, 'transient'],
  ['internal', { status: 500, errorCode: 'INTERNAL_ERROR', message: 'x' }, 'transient'],
  ['unknown fault', { status: 500, errorCode: 'UNKNOWN', message: 'x' }, 'transient'],
  ['gateway page', { status: 502, message: '<html>Bad Gateway</html>' }, 'transient'],
  ['DNS', { message: 'getaddrinfo ENOTFOUND adb-1.2.azuredatabricks.net' }, 'transient'],
  ['limit of the workspace', { status: 400, errorCode: 'RESOURCE_LIMIT_EXCEEDED', message: 'x' }, 'problem:none'],
  ['notebook too large', { status: 400, errorCode: 'MAX_NOTEBOOK_SIZE_EXCEEDED', message: 'x' }, 'problem:none'],
  ['feature off', { status: 400, errorCode: 'FEATURE_DISABLED', message: 'x' }, 'problem:none'],
  [
    'bad runtime',
    { status: 400, errorCode: 'INVALID_PARAMETER_VALUE', message: 'Invalid spark version 18.x-photon-scala2.13' },
    'problem:fresh-start',
  ],
  [
    'node type not here',
    {
      status: 400,
      errorCode: 'INVALID_PARAMETER_VALUE',
      message: 'Node type Standard_D4ds_v5 is not supported. Supported node types: …',
    },
    'problem:another-region',
  ],
];

describe('databricksProblem', () => {
  it.each(databricks)('%s', (_what, failure, outside, inside) => {
    expect(short(databricksProblem(failure))).toBe(outside);
    expect(short(databricksProblem(failure, { gate: true }))).toBe(inside ?? outside);
  });

  it('says what the app lacks where it is not admitted', () => {
    const judged = databricksProblem({ status: 403, errorCode: 'PERMISSION_DENIED', message: 'x' });
    expect(judged).toMatchObject({
      problem: { code: 'PERMISSION_DENIED', suggestion: expect.stringContaining('Contributor') as string },
    });
  });
});

const chat: [what: string, failure: Failure, verdict: string, suggestion?: RegExp][] = [
  [
    'keys switched off',
    {
      status: 403,
      code: 'AuthenticationTypeDisabled',
      message: 'Key based authentication is disabled for this resource.',
    },
    'problem:none',
    /Entra/,
  ],
  [
    'role not there yet',
    { status: 401, code: 'PermissionDenied', message: 'The principal lacks the required data action' },
    'in-progress',
  ],
  ['role not there yet, as 403', { status: 403, code: 'PermissionDenied', message: 'x' }, 'in-progress'],
  [
    'a key that nobody sent, right after the deployment',
    { status: 401, code: '401', message: 'Access denied due to invalid subscription key or wrong API endpoint.' },
    'in-progress',
  ],
  [
    'blocked: no wait cures it',
    {
      status: 403,
      code: 'Forbidden',
      message: 'Your resource has been temporarily blocked because we detected behavior that may violate our policies.',
    },
    'problem:none',
    /reason that it gives/,
  ],
  ['forbidden, for the role', { status: 403, code: 'Forbidden', message: 'Lacks the data action.' }, 'in-progress'],
  ['throttled for a day', { status: 429, message: 'x', retryAfterSeconds: 86_400 }, 'problem:none', /24 hours/],
  ['throttled for half an hour', { status: 429, message: 'x', retryAfterSeconds: 1_800 }, 'transient'],
  [
    'network rules',
    { status: 403, message: 'Access denied due to Virtual Network/Firewall rules.' },
    'problem:none',
    /network rules/,
  ],
  [
    'deployment not there yet',
    {
      status: 404,
      code: 'DeploymentNotFound',
      message:
        'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.',
    },
    'in-progress',
  ],
  ['bare 404', { status: 404, code: '404', message: 'Resource not found' }, 'in-progress'],
  ['retired model', { status: 410, code: 'ModelDeprecated', message: 'x' }, 'problem:another-model'],
  ['throttled', { status: 429, code: '429', message: 'x', retryAfterSeconds: 12 }, 'transient'],
  ['filtered', { status: 400, code: 'content_filter', message: 'x' }, 'problem:none', /content filter/],
  ['too long', { status: 400, code: 'context_length_exceeded', message: 'x' }, 'problem:none', /shorten/],
  [
    'API version too old',
    {
      status: 400,
      code: 'BadRequest',
      message: 'Model gpt-5.1 is enabled only for api versions 2024-12-01-preview and later',
    },
    'problem:none',
    /API version/,
  ],
  [
    'not that kind of model',
    {
      status: 400,
      code: 'OperationNotSupported',
      message: 'The chatCompletion operation does not work with the specified model',
    },
    'problem:another-model',
  ],
  ['server error', { status: 500, message: '' }, 'transient'],
  ['no answer', { message: 'socket hang up' }, 'transient'],
];

describe('chatProblem', () => {
  it.each(chat)('%s', (_what, failure, verdict, suggestion) => {
    const judged = chatProblem(failure);
    expect(short(judged)).toBe(verdict);
    if (suggestion !== undefined)
      expect(judged.kind === 'problem' ? judged.problem.suggestion : '').toMatch(suggestion);
  });

  it('repeats the service’s Retry-After', () => {
    expect(chatProblem({ status: 429, message: '', retryAfterSeconds: 12 })).toEqual({
      kind: 'transient',
      afterSeconds: 12,
    });
  });
});
