/** What the errors of the Azure OpenAI data plane mean to a completion. https://learn.microsoft.com/azure/ai-foundry/openai/how-to/quota, …/concepts/content-filter */
import { LONGEST_WAIT_SECONDS, toProblem, classify, type Failure, type Rule, type Verdict } from './rules.ts';

const REFUSED_BY_SERVICE =
  'The service refuses this account for the reason that it gives: ask Microsoft support, or use another account.';

const RULES: readonly Rule[] = [
  // https://github.com/Azure-Samples/azure-search-openai-demo/issues/1617
  {
    code: /^AuthenticationTypeDisabled$/,
    then: { remedy: 'none', suggestion: 'Keys are switched off for this account: call it with an Entra token.' },
  },
  {
    message: /key based authentication is disabled/i,
    then: { remedy: 'none', suggestion: 'Keys are switched off for this account: call it with an Entra token.' },
  },
  {
    message: /virtual network|firewall|public access is disabled/i,
    status: [403],
    then: {
      remedy: 'none',
      suggestion: 'The account’s network rules refuse this caller: allow it, or use another account.',
    },
  },
  // What no role cures, in the service's words.
  {
    status: [403],
    message: /\b(?:blocked|suspended|disabled|abus\w*|violat\w*)\b/i,
    then: { remedy: 'none', suggestion: REFUSED_BY_SERVICE },
  },
  {
    code: /^Forbidden$/,
    status: [403],
    message: /^(?!.*(?:data action|does not have access|permission|role))/is,
    then: { remedy: 'none', suggestion: REFUSED_BY_SERVICE },
  },
  // A role assignment takes minutes to reach the account; until then the answer may even speak of a key that nobody sent. The caller bounds the wait.
  { status: [401, 403], then: { note: 'the app’s role has not reached the account yet' } },
  { code: /^DeploymentNotFound$/, then: { note: 'the deployment has not reached the endpoint yet' } },
  // Retired: inference answers 410.
  { status: [410], then: { remedy: 'another-model', suggestion: 'The model is retired: ask for another one.' } },
  {
    code: /^(?:ModelDeprecated|ServiceModelDeprecated|model_not_found)$/,
    then: { remedy: 'another-model', suggestion: 'The model is retired: ask for another one.' },
  },
  {
    code: /^(?:content_filter|ResponsibleAIPolicyViolation)$/,
    then: { remedy: 'none', suggestion: 'The content filter refused the prompt: word it differently.' },
  },
  {
    code: /^context_length_exceeded$/,
    then: { remedy: 'none', suggestion: 'The prompt is too long for the model: shorten it.' },
  },
  // https://github.com/charmbracelet/catwalk/issues/41
  {
    message: /max_(?:completion_)?tokens is too large/i,
    then: { remedy: 'none', suggestion: 'The model writes no such long answers: lower maxTokens.' },
  },
  {
    status: [400, 404],
    message: /api[- ]version/i,
    then: {
      remedy: 'none',
      suggestion: 'The model refuses this API version: the app’s table of models needs an update.',
    },
  },
  {
    code: /^(?:unsupported_parameter|unsupported_value|OperationNotSupported)$/,
    then: {
      remedy: 'another-model',
      suggestion: 'The model does not answer such a chat completion: ask for another one.',
    },
  },
  // A name that does not resolve yet, a deployment that is not routed yet.
  { status: [404], then: { note: 'the endpoint does not know the deployment yet' } },
];

/** @returns what a failed chat completion means; 429 and 5xx are `transient` with the service's own Retry-After. */
export function chatProblem(failure: Failure): Verdict {
  const { status, retryAfterSeconds = 0 } = failure;
  if (status === 429 && retryAfterSeconds > LONGEST_WAIT_SECONDS) {
    const hours = Math.ceil(retryAfterSeconds / 3_600);
    const suggestion = `The service accepts no call for ${hours} hours: start again then, raise the quota of the deployment, or allow another region.`;
    return { kind: 'problem', problem: toProblem(failure, 'none', suggestion) };
  }
  return classify(RULES, failure);
}
