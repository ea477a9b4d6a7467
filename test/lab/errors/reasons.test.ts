// Errors as services nest them: the reason that decides is found at any depth, and the words of the service stay.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readArmError } from '../../../src/clients/arm/connection.ts';
import { armProblem, chatProblem } from '../../../src/lab/errors/arm.ts';
import { reasonsIn } from '../../../src/lab/errors/reasons.ts';

const POLICY = {
  code: 'RequestDisallowedByPolicy',
  target: 'aoai-lab',
  message: "Resource 'aoai-lab' was disallowed by policy. Policy identifiers: '[…]'.",
};
const policyInfo = (info: object) => ({
  error: { ...POLICY, additionalInfo: [{ type: 'PolicyViolation', info }] },
});

const rows: [what: string, body: unknown, code: string, remedy: string, said: RegExp][] = [
  [
    'a policy whose name alone tells that it is about places',
    policyInfo({ policyDefinitionDisplayName: 'Allowed locations', policyAssignmentName: 'a1' }),
    'RequestDisallowedByPolicy',
    'another-region',
    /Allowed locations/,
  ],
  [
    'a policy that looked at the location alone',
    policyInfo({
      policyDefinitionDisplayName: 'P1',
      evaluationDetails: {
        evaluatedExpressions: [{ result: 'True', expressionKind: 'Field', expression: 'location', path: 'location' }],
      },
    }),
    'RequestDisallowedByPolicy',
    'another-region',
    /looked at: location/,
  ],
  [
    'a policy about something else',
    policyInfo({
      policyDefinitionDisplayName: 'Require a tag',
      evaluationDetails: { evaluatedExpressions: [{ path: 'tags[cc]' }] },
    }),
    'RequestDisallowedByPolicy',
    'none',
    /Require a tag/,
  ],
  [
    'an operation that failed around a taken managed group',
    {
      status: 'Failed',
      error: {
        code: 'ResourceOperationFailure',
        message: 'The resource operation completed with terminal provisioning state Failed.',
        details: [
          {
            code: 'ApplianceProvisioningFailed',
            message: "The managed resource group 'rg-dbw-x' already exists and cannot be used.",
          },
        ],
      },
    },
    'ApplianceProvisioningFailed',
    'another-name',
    /already exists/,
  ],
  [
    'a template around a model that the subscription may not use',
    {
      error: {
        code: 'InvalidTemplateDeployment',
        message: 'The template deployment failed with error.',
        details: [
          {
            code: 'SpecialFeatureOrQuotaIdRequired',
            message: "The subscription does not have QuotaId/Feature required by SKU 'S0' from kind 'OpenAI'.",
          },
        ],
      },
    },
    'SpecialFeatureOrQuotaIdRequired',
    'none',
    /QuotaId/,
  ],
  [
    'innererror within innererror',
    {
      error: {
        code: 'BadRequest',
        message: 'No.',
        innererror: { code: 'X', innererror: { code: 'InsufficientQuota' } },
      },
    },
    'InsufficientQuota',
    'another-region',
    /No\./,
  ],
  [
    'PascalCase',
    { Error: { Code: 'SkuNotAvailable', Message: 'Sold out.' } },
    'SkuNotAvailable',
    'another-region',
    /Sold/,
  ],
  [
    'JSON inside a message',
    { error: { code: 'Failed', message: 'It said: {"error":{"code":"CustomDomainInUse","message":"Taken."}}' } },
    'CustomDomainInUse',
    'another-name',
    /Taken/,
  ],
  [
    'a code that nobody lists',
    { error: { code: 'New', message: 'No.', details: [{ code: 'Newer' }] } },
    'New',
    'fresh-start',
    /No\./,
  ],
];

describe('the reasons of an error', () => {
  it.each(rows)('%s', (_what, body, code, remedy, said) => {
    const verdict = armProblem({ ...readArmError(JSON.stringify(body), 400), status: 400 });
    expect(verdict).toMatchObject({ kind: 'problem', problem: { code, remedy } });
    expect(verdict.kind === 'problem' && verdict.problem.message).toMatch(said);
  });

  it('does not take the absence of something inside for the absence of what was called', () => {
    const body = {
      error: { code: 'BadRequest', message: 'No.', details: [{ code: 'ResourceNotFound', message: 'x' }] },
    };
    const verdict = armProblem({ ...readArmError(JSON.stringify(body), 400), status: 400 });
    expect(verdict).toMatchObject({ kind: 'problem', problem: { code: 'BadRequest' } });
  });

  it('is found under any nesting of envelopes', () => {
    const wrap = fc.constantFrom<(inner: object) => object>(
      (inner) => ({ error: inner }),
      (inner) => ({ Error: inner }),
      (inner) => ({ code: 'Outer', message: 'Outer.', details: [inner] }),
      (inner) => ({ code: 'Outer', message: 'Outer.', innererror: inner }),
      (inner) => ({ code: 'Outer', message: JSON.stringify({ error: inner }) }),
      (inner) => ({ code: 'Outer', additionalInfo: [{ type: 't', info: inner }] }),
      (inner) => ({ status: 'Failed', error: inner }),
    );
    fc.assert(
      fc.property(fc.array(wrap, { maxLength: 3 }), (wraps) => {
        const body = wraps.reduce<object>((inner, around) => around(inner), {
          code: 'InsufficientQuota',
          message: 'Deep.',
        });
        const verdict = armProblem({ ...readArmError(JSON.stringify(body), 400), status: 400 });
        expect(verdict).toMatchObject({
          kind: 'problem',
          problem: { code: 'InsufficientQuota', remedy: 'another-region' },
        });
        expect(verdict.kind === 'problem' && verdict.problem.message).toContain('Deep.');
      }),
      { numRuns: 200 },
    );
  });

  it('takes no code for final that nobody lists, whatever the service and the status', () => {
    const code = fc.stringMatching(/^Zz[A-Za-z]{3,20}$/);
    const status = fc.constantFrom(400, 402, 403, 405, 406, 409, 412, 415, 422);
    fc.assert(
      fc.property(code, status, (unlisted, answered) => {
        const failure = { status: answered, code: unlisted, message: 'Not now.' };
        const verdicts = [armProblem(failure), ...(answered === 403 ? [] : [chatProblem(failure)])];
        for (const verdict of verdicts) if (verdict.kind === 'problem') expect(verdict.problem.remedy).not.toBe('none');
      }),
    );
  });

  it('stays bounded, whatever is sent', () => {
    const deep = Array.from({ length: 500 }).reduce<object>(
      (inner) => ({ code: 'a', message: 'b', innererror: inner }),
      {},
    );
    const wide = {
      error: { code: 'a', details: Array.from({ length: 5_000 }, () => ({ code: 'x', message: 'y'.repeat(500) })) },
    };
    for (const value of [deep, wide]) {
      const reasons = reasonsIn(value);
      expect(reasons.length).toBeLessThanOrEqual(21);
      for (const { message } of reasons) expect(message.length).toBeLessThanOrEqual(2_000);
    }
    fc.assert(fc.property(fc.anything(), (value) => void reasonsIn(value)));
  });
});
