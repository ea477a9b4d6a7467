/** Chat completions of Azure OpenAI with the app's own identity: no key is ever read. */
import { z } from 'zod';
import { traceHeaders } from '../trace-context.ts';
import { COGNITIVE_SCOPE, type Credential } from './credential.ts';
import { requestIdOf, retryAfterSeconds, ServiceError, unanswered } from './service-error.ts';
import type { Chat, ChatAnswer } from './mlflow-trace.ts';

export type ChatTarget = { endpoint: string; deployment: string; apiVersion: string };
export type Completion = {
  /** The service's answer, whole. */
  raw: ChatAnswer;
  text: string;
  finishReason: string;
  /** As the service reports it, with the version. */
  model: string;
  usage: { input: number; output: number; total: number };
};
/** `latencyMs` is real time, from request to answer. */
export type ChatClient = (target: ChatTarget, request: Chat) => Promise<{ completion: Completion; latencyMs: number }>;

const answer = z.looseObject({
  model: z.string(),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() }),
});

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
    let raw: ChatAnswer;
    const started = performance.now();
    try {
      raw = (await client.chat.completions.create(request as never, {
        headers: traceHeaders(),
      })) as unknown as ChatAnswer;
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
    const completion = readAnswer(raw);
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

/** Undefined where `raw` is no chat completion. */
export function readAnswer(raw: unknown): Completion | undefined {
  const parsed = answer.safeParse(raw);
  if (!parsed.success) return undefined;
  const { model, choices, usage } = parsed.data;
  const [first] = choices;
  return {
    raw: raw as ChatAnswer,
    text: first?.message.content ?? first?.message.refusal ?? '',
    finishReason: first?.finish_reason ?? 'unknown',
    model,
    usage: { input: usage.prompt_tokens, output: usage.completion_tokens, total: usage.total_tokens },
  };
}

/** This SDK and fetch wrap a broken connection; its own code is on the innermost cause. */
function innermost(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? error : innermost(cause);
}
