// What every call of Resource Manager may answer: rights, conflicts, absence, throttling. Placements have a file of their own.
import { describe, expect, it } from 'vitest';
import { armProblem } from '../../src/lab/errors/arm.ts';
import { judgeRows } from './verdicts.ts';

describe('armProblem', () => {
  judgeRows(armProblem, [
    [
      'parallel operations on one account',
      {
        status: 409,
        code: 'RequestConflict',
        message: "Another operation is being performed on the parent resource '…/accounts/x'. Please try again later.",
      },
      'in-progress',
    ],
    ['a conflict by its code alone', { status: 409, code: 'RequestConflict', message: 'Conflict.' }, 'in-progress'],
    [
      'account not built yet',
      { status: 409, code: 'AccountProvisioningStateInvalid', message: 'Account x in state Accepted' },
      'in-progress',
    ],
    [
      'a conflict that will pass, with an unknown code',
      { status: 409, code: 'Conflict', message: 'The resource is being updated. Please try again later.' },
      'in-progress',
    ],
    ['a conflict that nobody knows', { status: 409, code: 'Conflict', message: 'No.' }, 'problem:fresh-start'],
    [
      'nested resources',
      { status: 409, code: 'CannotDeleteResource', message: 'Cannot delete resource while nested resources exist.' },
      'in-progress',
    ],
    [
      'group being deleted',
      {
        status: 409,
        code: 'ResourceGroupBeingDeleted',
        message: "The resource group 'x' is in deprovisioning state and cannot perform this operation.",
      },
      'in-progress',
    ],
    [
      'deletion of a group rolled back',
      { status: 409, code: 'ResourceGroupDeletionBlocked', message: 'Deletion of resource group x failed' },
      'in-progress',
    ],
    ['group not found', { status: 404, code: 'ResourceGroupNotFound', message: 'x' }, 'gone'],
    ['resource not found', { status: 404, code: 'ResourceNotFound', message: 'x' }, 'gone'],
    ['parent not found', { status: 404, code: 'ParentResourceNotFound', message: 'x' }, 'gone'],
    ['404 without a body', { status: 404, message: '' }, 'gone'],
    [
      'subscription not found',
      { status: 404, code: 'SubscriptionNotFound', message: 'x' },
      'problem:none',
      /subscription id/,
    ],
    [
      'no right',
      {
        status: 403,
        code: 'AuthorizationFailed',
        message:
          "The client 'x' with object id 'y' does not have authorization to perform action 'Microsoft.CognitiveServices/accounts/write' over scope '/subscriptions/s/resourceGroups/rg' or the scope is invalid.",
      },
      'problem:none',
      /^Grant the app Microsoft.CognitiveServices\/accounts\/write at \/subscriptions\/s\/resourceGroups\/rg;/,
    ],
    [
      'no right on a linked resource',
      { status: 403, code: 'LinkedAuthorizationFailed', message: 'x' },
      'problem:none',
      /Grant/,
    ],
    [
      'no right on a linked resource: what is missing, not what is there',
      {
        status: 403,
        code: 'LinkedAuthorizationFailed',
        message:
          "The client 'x' has permission to perform action 'Microsoft.Databricks/workspaces/write' on scope '/subscriptions/s/w'; however, it does not have permission to perform action(s) 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s) '/subscriptions/s/v' (respectively) or the linked scope(s) are invalid.",
      },
      'problem:none',
      /^Grant the app Microsoft.Network\/virtualNetworks\/subnets\/join\/action at \/subscriptions\/s\/v;/,
    ],
    ['no right to assign', { status: 403, code: 'RoleAssignmentUpdateNotPermitted', message: 'x' }, 'problem:none'],
    [
      'deny assignment',
      { status: 403, code: 'DenyAssignmentAuthorizationFailed', message: 'x' },
      'problem:none',
      /delete the workspace/,
    ],
    [
      'our provider not registered here yet',
      {
        status: 409,
        code: 'MissingSubscriptionRegistration',
        message: "The subscription is not registered to use namespace 'Microsoft.Databricks'.",
      },
      'in-progress',
    ],
    [
      'a provider that nobody registers',
      {
        status: 409,
        code: 'MissingSubscriptionRegistration',
        message: "The subscription is not registered to use namespace 'Microsoft.ManagedIdentity'.",
      },
      'problem:none',
      /Microsoft.ManagedIdentity/,
    ],
    ['throttled', { status: 429, code: 'TooManyRequests', message: 'x', retryAfterSeconds: 17 }, 'transient'],
    ['throttled without a code', { status: 429, message: '' }, 'transient'],
    ['locked', { status: 409, code: 'ScopeLocked', message: 'The scope is locked' }, 'problem:none', /Remove the lock/],
    [
      'disabled subscription',
      { status: 409, code: 'ReadOnlyDisabledSubscription', message: 'x' },
      'problem:none',
      /re-enable/,
    ],
    ['role assigned already', { status: 409, code: 'RoleAssignmentExists', message: 'x' }, 'exists'],
    ['server error', { status: 500, code: 'InternalServerError', message: 'x' }, 'transient'],
    ['unavailable, as a page', { status: 503, message: '<html>' }, 'transient'],
    ['gateway timeout', { status: 504, message: '' }, 'transient'],
    ['request timeout', { status: 408, message: '' }, 'transient'],
    ['no answer at all', { message: 'ECONNRESET' }, 'transient'],
    ['unknown refusal', { status: 400, code: 'SomethingNew', message: 'No.' }, 'problem:fresh-start'],
    ['bad request without a code', { status: 400, message: '' }, 'problem:fresh-start'],
  ]);

  it('repeats a Retry-After as seconds, so that a durable timer sleeps it', () => {
    expect(armProblem({ status: 429, message: '', retryAfterSeconds: 17 })).toEqual({
      kind: 'transient',
      afterSeconds: 17,
    });
  });

  it('keeps the service’s own code, and gives a status one where the body had none', () => {
    const judged = armProblem({ status: 409, code: 'ScopeLocked', message: 'x' });
    expect(judged).toMatchObject({ problem: { code: 'ScopeLocked' } });
    expect(armProblem({ status: 400, message: '' })).toMatchObject({
      problem: { code: 'http-400', message: 'http-400' },
    });
  });

  it('takes what a failed operation says as final, though it was read with status 200', () => {
    const judged = armProblem({ status: 200, code: 'NobodyKnows', message: 'Failed.' });
    expect(judged).toMatchObject({ kind: 'problem', problem: { code: 'NobodyKnows', message: 'Failed.' } });
  });

  it('redacts and cuts what it reports: problems are stored and shown', () => {
    const judged = armProblem({
      status: 400,
      code: 'X',
      message: `see https://h/x?api-version=1&t=2&c=secret&h=3 ${'y'.repeat(900)}`,
    });
    if (judged.kind !== 'problem') throw new Error('expected a problem');
    expect(judged.problem.message).not.toContain('secret');
    expect(judged.problem.message.length).toBeLessThanOrEqual(500);
  });

  it('takes a conflict that it does not know for one that passes while something is being removed, and a lock for a lock', () => {
    const conflict = { status: 409, code: 'Conflict', message: 'No.' };
    expect(armProblem(conflict, { removing: true })).toMatchObject({
      kind: 'in-progress',
      note: expect.stringMatching(/: No\.$/) as string,
    });
    expect(armProblem({ ...conflict, code: 'ScopeLocked' }, { removing: true })).toMatchObject({ kind: 'problem' });
  });

  it('says which nested resources keep something from being deleted', () => {
    const message =
      "Cannot delete resource while nested resources exist. Some existing nested resource IDs include: 'accounts/x/deployments/d'.";
    expect(armProblem({ status: 409, code: 'CannotDeleteResource', message })).toMatchObject({
      kind: 'in-progress',
      note: expect.stringContaining("'accounts/x/deployments/d'") as string,
    });
  });

  it('says what blocks the deletion of a group, for whoever has to remove it', () => {
    const judged = armProblem({ status: 409, code: 'ResourceGroupDeletionBlocked', message: 'Resource x is locked.' });
    expect(judged).toEqual({
      kind: 'in-progress',
      note: 'the deletion of the group was rolled back: Resource x is locked.',
    });
  });
});
