// What an account's own host answers: chat completions of Azure OpenAI, by deployment and by the v1 API.
// https://learn.microsoft.com/azure/ai-services/openai/reference
import { refuseRequest, refuseUnanswered } from './chat-rules.ts';
import { refuseCaller } from './auth.ts';
import { complete, filtered, filterRefusal } from './completion.ts';
import { forward, readModelUrl } from './forward.ts';
import { createLimits, throttled } from './limits.ts';
import { isKnownVersion, isRetired, traitsOf, type ModelTraits } from './models.ts';
import { countPrompt, tokenizerOf } from './token-count.ts';
import { gatewayError, modelError, readChat, type ChatRequest } from './wire.ts';
import type { Deployment } from '../arm/records.ts';
import type { Call, Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { accountByOrigin, deploymentOf } from '../arm/tables.ts';

export type AccountOptions = {
  /** An OpenAI-compatible server that answers in the responder's place; default: the environment's LOCAL_CLOUD_MODEL_URL. */
  modelUrl?: string | undefined;
};

const NOT_FOUND = gatewayError(404, '404', 'Resource not found');

/** The host authenticates by itself: no token is required before its handlers, and a key may come as a bearer token. */
export function accountHostRoutes(
  state: CloudState,
  { modelUrl = process.env.LOCAL_CLOUD_MODEL_URL }: AccountOptions = {},
): Route[] {
  const upstream = readModelUrl(modelUrl);
  const limits = createLimits();
  state.onReset(() => {
    limits.clear();
  });

  const answer = async (
    call: Call,
    deployment: Deployment,
    request: ChatRequest,
    apiVersion: string,
  ): Promise<Reply> => {
    const traits = traitsOf(deployment.model.name);
    const tokenizer = await tokenizerOf(traits.encoding);
    const prompt = countPrompt(tokenizer, request.messages);
    const limited = limits.check(deployment, prompt + (request.maxTokens ?? 0), call.now);
    if (limited !== null) return throttled(limited.limit, limited.afterMs, apiVersion);
    if (prompt + (request.maxTokens ?? 0) > traits.contextTokens) {
      return modelError(
        `This model's maximum context length is ${traits.contextTokens} tokens. However, your messages resulted in ${prompt} tokens. Please reduce the length of the messages.`,
        'context_length_exceeded',
        'messages',
      );
    }
    if (filtered(request.messages)) {
      limits.record(deployment, prompt, call.now);
      return filterRefusal();
    }
    const record = (tokens: number): void => {
      limits.record(deployment, tokens, call.now);
    };
    let reply: Reply;
    if (upstream === undefined) {
      const done = complete(request, deployment, traits, tokenizer, call.now);
      record(done.usage.total_tokens);
      ({ reply } = done);
    } else reply = await forward(upstream, request, deployment, tokenizer, record);
    const left = limits.remaining(deployment, call.now);
    const headers = {
      'x-ratelimit-remaining-tokens': String(Math.floor(left.tokens)),
      'x-ratelimit-remaining-requests': String(left.requests),
    };
    return { ...reply, headers: { ...headers, ...reply.headers } };
  };

  const serve = async (
    call: Call,
    name: string | undefined,
    apiVersion: string,
    keyAsBearer: boolean,
  ): Promise<Reply> => {
    const account = accountByOrigin(state, call.origin);
    if (account?.state !== 'Succeeded') return NOT_FOUND;
    const refused = refuseCaller(state, account, call, { keyAsBearer });
    if (refused !== undefined) return refused;
    const deployment = name === undefined ? undefined : deploymentOf(state, account, name);
    if (deployment?.state !== 'Succeeded' || deployment.usableAt > call.now) {
      return gatewayError(
        404,
        'DeploymentNotFound',
        'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.',
      );
    }
    const traits = traitsOf(deployment.model.name);
    const unserved = refuseModel(state, deployment, traits, apiVersion);
    if (unserved !== undefined) return unserved;
    const request = readChat(call.body, apiVersion);
    if ('status' in request) return request;
    const refusal =
      refuseRequest(request.raw, deployment, traits, apiVersion) ??
      (upstream === undefined ? refuseUnanswered(request.raw) : undefined);
    return refusal ?? answer(call, deployment, request, apiVersion);
  };

  const byDeployment = async (call: Call): Promise<Reply> => {
    const apiVersion = call.query.get('api-version') ?? '';
    if (!isKnownVersion(apiVersion)) return NOT_FOUND;
    return serve(call, call.params.deployment, apiVersion, false);
  };
  const byModel = async (call: Call): Promise<Reply> => {
    const model = (call.body as { model?: unknown } | null | undefined)?.model;
    return serve(call, typeof model === 'string' ? model : undefined, 'v1', true);
  };

  return [
    { method: 'POST', template: '/openai/deployments/{deployment}/chat/completions', handler: byDeployment },
    { method: 'POST', template: '/openai/v1/chat/completions', handler: byModel },
  ];
}

/** A model that is gone, or that the version does not serve yet. */
const refuseModel = (
  state: CloudState,
  deployment: Deployment,
  traits: ModelTraits,
  apiVersion: string,
): Reply | undefined => {
  const { name } = deployment.model;
  if (isRetired(state, deployment)) {
    return gatewayError(
      410,
      'ModelDeprecated',
      `The model '${name}' of this deployment has been retired. Deploy another model.`,
    );
  }
  if (apiVersion !== 'v1' && apiVersion.slice(0, 10) < traits.since.slice(0, 10)) {
    return gatewayError(400, 'BadRequest', `Model ${name} is enabled only for api versions ${traits.since} and later`);
  }
  return undefined;
};
