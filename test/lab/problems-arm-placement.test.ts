// Why Resource Manager refuses a place, a model or a name: what decides where a lab goes next.
import { describe } from 'vitest';
import { armProblem } from '../../src/lab/errors/arm.ts';
import { judgeRows } from './verdicts.ts';

describe('armProblem, of a placement', () => {
  judgeRows(armProblem, [
    [
      'token quota',
      {
        status: 400,
        code: 'InsufficientQuota',
        message:
          'This operation require 5 new capacity in quota Tokens Per Minute (thousands) - GPT-35-Turbo, which is bigger than the current available capacity 0. The current quota usage is 30 and the quota limit is 30 for quota Tokens Per Minute (thousands) - GPT-35-Turbo.',
      },
      'problem:another-region',
      /"Tokens Per Minute \(thousands\) - GPT-35-Turbo" in this region from 30 to at least 35/,
    ],
    [
      'token quota, older words without a code of its own',
      {
        status: 400,
        code: 'BadRequest',
        message: "The specified capacity '10' of account deployment is bigger than available capacity '3'",
      },
      'problem:another-region',
      /Raise the quota "tokens per minute"/,
    ],
    [
      'accounts of a region used up',
      {
        status: 400,
        code: 'QuotaExceeded',
        message: 'The subscription has the maximum number of accounts of this kind.',
      },
      'problem:another-region',
      /purge/,
    ],
    [
      'subscription may not have OpenAI',
      {
        status: 400,
        code: 'SpecialFeatureOrQuotaIdRequired',
        message:
          "The subscription does not have QuotaId/Feature required by SKU 'S0' from kind 'OpenAI' or contains blocked QuotaId/Feature.",
      },
      'problem:none',
      /another subscription/,
    ],
    [
      'subscription may not have the model here',
      {
        status: 400,
        code: 'SpecialFeatureOrQuotaIdRequired',
        message:
          "The current subscription does not have feature required by this model 'Format:OpenAI,Name:gpt-4,Version:0613' on location eastus.",
      },
      'problem:another-region',
      /another region or another model/,
    ],
    [
      'sku not offered for the model here',
      {
        status: 400,
        code: 'InvalidResourceProperties',
        message: "The specified SKU 'Standard' for model 'gpt-35-turbo 0301' is not supported in this region 'westus'.",
      },
      'problem:another-region',
    ],
    [
      'scale type not offered',
      {
        status: 400,
        code: 'InvalidResourceProperties',
        message: "The specified scale type 'Standard' is not supported by the model.",
      },
      'problem:another-region',
    ],
    [
      'other bad properties',
      { status: 400, code: 'InvalidResourceProperties', message: 'The subdomain name is malformed.' },
      'problem:fresh-start',
    ],
    [
      'model retired',
      {
        status: 400,
        code: 'ServiceModelDeprecated',
        message:
          "The model 'Format:OpenAI,Name:gpt-35-turbo,Version:1106' has been deprecated since 11/14/2025 00:00:00.",
      },
      'problem:another-model',
      /another model/,
    ],
    [
      'model closing',
      { status: 400, code: 'ServiceModelDeprecating', message: 'deprecating' },
      'problem:another-model',
    ],
    [
      'model unknown',
      {
        status: 400,
        code: 'DeploymentModelNotSupported',
        message: "The model 'Format: OpenAI, Name: x, Version: ' of account deployment is not supported.",
      },
      'problem:another-model',
    ],
    [
      'subdomain taken',
      {
        status: 409,
        code: 'CustomDomainInUse',
        message:
          "Please pick a different name. The subdomain name 'x' is not available as it's already used by a resource.",
      },
      'problem:another-name',
    ],
    [
      'name soft-deleted',
      {
        status: 409,
        code: 'FlagMustBeSetForRestore',
        message: "An existing resource with ID 'x' has been soft-deleted.",
      },
      'problem:another-name',
      /purge/,
    ],
    [
      'subdomain taken, said by a failed operation',
      {
        status: 200,
        code: 'CustomDomainInUse',
        message: "Please pick a different name. The subdomain name 'x' is not available.",
      },
      'problem:another-name',
    ],
    [
      'sold out, with the advice to wait',
      {
        status: 409,
        code: 'ZonalAllocationFailed',
        message: 'Allocation failed. We do not have sufficient capacity in this zone. Try again later.',
      },
      'problem:another-region',
    ],
    [
      'bad workspace sku',
      {
        status: 400,
        code: 'InvalidDatabricksSku',
        message: "The SKU is invalid. The allowed SKUs are: 'Standard', 'Premium', 'Trial'.",
      },
      'problem:none',
    ],
    [
      'serverless workspace with classic settings',
      { status: 400, code: 'FeatureNotSupportedForServerlessWorkspace', message: 'Parameters is not supported' },
      'problem:none',
    ],
    [
      'managed group taken',
      {
        status: 400,
        code: 'ApplianceProvisioningFailed',
        message:
          "The managed resource group 'rg' already exists. Please specify a new non-existent managed resource group",
      },
      'problem:another-name',
    ],
    [
      'managed group not found yet',
      { status: 400, code: 'ApplianceProvisioningFailed', message: "Resource group 'rg' could not be found." },
      'problem:fresh-start',
    ],
    [
      'creator not found',
      {
        status: 200,
        code: 'ApplianceProvisioningFailed',
        message: 'RESOURCE_DOES_NOT_EXIST: The Workspace Creator with App ID x Could Not Be Found',
      },
      'problem:fresh-start',
      /delete it and start again/,
    ],
    [
      'workspace stopped by policy',
      {
        status: 400,
        code: 'ApplianceProvisioningFailed',
        message: 'RequestDisallowedByPolicy: storage must be private',
      },
      'problem:none',
    ],
    [
      'workspace stopped by a policy on places',
      {
        status: 400,
        code: 'ApplianceProvisioningFailed',
        message: "RequestDisallowedByPolicy: Resource 'dbstorage' was disallowed by policy 'Allowed locations'.",
      },
      'problem:another-region',
      /managed group in this region/,
    ],
    [
      'workspace stopped by Azure’s own restriction of regions',
      { status: 400, code: 'ApplianceProvisioningFailed', message: 'RequestDisallowedByAzure: best available regions' },
      'problem:another-region',
    ],
    [
      'workspace with another managed group',
      { status: 409, code: 'ApplianceManagedResourceGroupMismatch', message: 'x' },
      'problem:another-name',
    ],
    [
      'name exists in another region',
      { status: 409, code: 'InvalidResourceLocation', message: "The resource 'x' already exists in location 'eastus'" },
      'problem:another-name',
    ],
    [
      'policy on places',
      {
        status: 403,
        code: 'RequestDisallowedByPolicy',
        message:
          'Resource \'x\' was disallowed by policy. Policy identifiers: \'[{"policyAssignment":{"name":"Allowed locations"}}]\'.',
      },
      'problem:another-region',
    ],
    [
      'policy on places, by its id',
      {
        status: 403,
        code: 'RequestDisallowedByPolicy',
        message:
          "was disallowed by policy '/providers/Microsoft.Authorization/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c'",
      },
      'problem:another-region',
    ],
    [
      'a subscription that Azure keeps to certain regions, as a student’s',
      {
        status: 403,
        code: 'RequestDisallowedByAzure',
        message:
          "Resource 'x' was disallowed by Azure: This policy maintains a set of best available regions where your subscription can deploy resources. The objective of this policy is to ensure that your subscription has full access to Azure services with optimal performance. Should you need additional or different regions, contact support.",
      },
      'problem:another-region',
      /“Allowed resource deployment regions” lists them/,
    ],
    [
      'policy on something else',
      {
        status: 403,
        code: 'RequestDisallowedByPolicy',
        message: "Resource 'x' was disallowed by policy 'Azure AI Services resources should have key access disabled'.",
      },
      'problem:none',
      /exemption/,
    ],
    ['size not available', { status: 409, code: 'SkuNotAvailable', message: 'x' }, 'problem:another-region'],
    [
      'core quota',
      {
        status: 409,
        code: 'OperationNotAllowed',
        message:
          'Operation could not be completed as it results in exceeding approved standardDDSv5Family Cores quota. Additional details - Deployment Model: Resource Manager, Location: eastus2, Current Limit: 10, Current Usage: 8, Additional Required: 4, (Minimum) New Limit Required: 12.',
      },
      'problem:another-region',
      /"standardDDSv5Family" in eastus2 from 10 to at least 12/,
    ],
    [
      'stock-out in the words of a quota',
      {
        status: 409,
        code: 'OperationNotAllowed',
        message: "The requested size 'Standard_D4ds_v5' is currently not available in location 'eastus2'.",
      },
      'problem:another-region',
      /sold out/,
    ],
    [
      'service not in the region',
      { status: 400, code: 'LocationNotAvailableForResourceType', message: 'x' },
      'problem:another-region',
    ],
    [
      'provider not in the region',
      { status: 400, code: 'NoRegisteredProviderFound', message: 'x' },
      'problem:another-region',
    ],
  ]);
});
