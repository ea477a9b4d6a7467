/** Chat completions of Azure OpenAI with the app's own identity: no key is ever read. */
import { readChatAnswer } from '../../lab/traces/chat.ts';
import { traceHeaders } from '../../trace-context.ts';
import { COGNITIVE_SCOPE, type Credential } from '../credential.ts';
import { requestIdOf, retryAfterSeconds, ServiceError, unanswered } from '../service-error.ts';
import type { Chat, TokenUsage } from '../mlflow/write-trace.ts';

export type ChatTarget = { endpoint: string; deployment: string; apiVersion: string };
export type Completion = {
  /** The service's answer, whole. */
  raw: unknown;
  text: string;
  finishReason: string;
  /** As the service reports it, with the version. */
  model: string;
  usage: TokenUsage;
};
/** `latencyMs` is real time, from request to answer. */
export type ChatClient = (target: ChatTarget, request: Chat) => Promise<{ completion: Completion; latencyMs: number }>;

/** @throws ServiceError with the service's status and code; nothing is retried. */
export function createChat(timeoutMs: number, credential: Credential): ChatClient {
  return async ({ endpoint, deployment, apiVersion }, request) => {
    const { AzureOpenAI, APIError, APIConnectionTimeoutError } = await import('openai');
    const url = `${endpoint}/openai/deployments/${deployment}/chat/completions`;
    const client = new AzureOpenAI({
      // Both are given, because the constructor would else take OPENAI_BASE_URL and AZURE_OPENAI_API_KEY from the environment, and refuse to start with a key.
      baseURL: `${endpoint}/openai`,
      apiKey: '',
      azureADTokenProvider: () => credential.token(COGNITIVE_SCOPE),
      apiVersion,
      deployment,
      timeout: timeoutMs,
      maxRetries: 0,
    });
    // A token that is fetched first is no part of the model's latency.
    await credential.token(COGNITIVE_SCOPE);
    let raw: unknown;
    const started = performance.now();
    try {
      raw = await client.chat.completions.create(request, { headers: traceHeaders() });
    } catch (error: unknown) {
      if (error instanceof APIConnectionTimeoutError) throw unanswered('openai', 'POST', url, { name: 'TimeoutError' });
      if (!(error instanceof APIError) || error.status === undefined)
        throw unanswered('openai', 'POST', url, innermost(error));
      const headers = error.headers as Headers | undefined;
      throw new ServiceError({
        service: 'openai',
        method: 'POST',
        url,
        status: error.status as number,
        code: error.code ?? `http-${error.status as number}`,
        message: error.message,
        requestId: headers && requestIdOf(headers),
        afterSeconds: headers && retryAfterSeconds(headers),
      });
    }
    const latencyMs = Math.round(performance.now() - started);
    const completion = completionOf(raw);
    if (completion !== undefined) return { completion, latencyMs };
    throw new ServiceError({
      service: 'openai',
      method: 'POST',
      url,
      status: 200,
      code: 'unexpected-answer',
      message: 'The answer is no chat completion.',
    });
  };
}

/** Undefined where `raw` is no chat completion, or does not say what it took. */
export function completionOf(raw: unknown): Completion | undefined {
  const { answer, finishReason, model, refused, usage } = readChatAnswer(raw);
  const { input = null, output = 0, total = null } = usage ?? {};
  if (refused === null || model === null || input === null || total === null) return undefined;
  return { raw, text: answer ?? '', finishReason: finishReason ?? 'unknown', model, usage: { input, output, total } };
}

/** This SDK and fetch wrap a broken connection; its own code is on the innermost cause. */
function innermost(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? error : innermost(cause);
}
