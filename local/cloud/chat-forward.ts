// Completions by a model of one's own: any OpenAI-compatible server (llama.cpp, Ollama, vLLM), named by LOCAL_CLOUD_MODEL_URL.
//
// `http://127.0.0.1:8080/v1`, or `http://127.0.0.1:11434/v1?model=llama3.2` where the server wants a model's name. The deployment's own name and
// version stay in the answer, its errors come back in the shapes of Azure.
import { reportedModel, type ModelTraits } from './chat-models.ts';
import { countPrompt, type Tokenizer } from './chat-tokens.ts';
import { gatewayError, type ChatRequest } from './chat-wire.ts';
import type { Deployment } from './records.ts';
import type { Reply } from './router.ts';

const TIMEOUT_MS = 300_000;

type Answer = { usage?: { total_tokens?: number }; choices?: { message?: { content?: string } }[] };

/** Asks the upstream. `tokens` is what counts against the rate limit. */
export async function forward(
  modelUrl: string,
  request: ChatRequest,
  deployment: Deployment,
  traits: ModelTraits,
  tokenizer: Tokenizer,
): Promise<{ reply: Reply; tokens: number }> {
  const url = new URL(modelUrl);
  const model = url.searchParams.get('model') ?? deployment.model.name;
  url.search = '';
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`;
  const { max_completion_tokens: most, ...rest } = request.raw;
  const body = { ...rest, model, ...(most === undefined ? {} : { max_tokens: most }) };

  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await response.text();
  } catch (error: unknown) {
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    const reply = isTimeout
      ? gatewayError(408, 'Timeout', 'The operation was timeout.')
      : gatewayError(
          503,
          'ServiceUnavailable',
          'The service is temporarily unable to process your request. Please try again later.',
        );
    return { reply, tokens: 0 };
  }
  if (!response.ok) return { reply: upstreamError(response, text), tokens: 0 };

  const prompt = countPrompt(tokenizer, request.messages);
  if (request.stream) {
    const reported = text.replaceAll(/"model":\s*"[^"]*"/g, `"model":${JSON.stringify(reportedModel(deployment))}`);
    const reply = { status: 200, headers: { 'content-type': 'text/event-stream' }, text: reported };
    return { reply, tokens: prompt + tokenizer.count(text) / 20 };
  }
  let answer: Answer;
  try {
    answer = JSON.parse(text) as Answer;
  } catch {
    const reply = gatewayError(500, 'InternalServerError', 'The model server answered with something else than JSON.');
    return { reply, tokens: 0 };
  }
  const written = tokenizer.count(answer.choices?.[0]?.message?.content ?? '');
  const usage = answer.usage ?? { prompt_tokens: prompt, completion_tokens: written, total_tokens: prompt + written };
  const json = { ...answer, model: reportedModel(deployment), usage };
  return { reply: { status: 200, json }, tokens: usage.total_tokens ?? prompt + written };
}

// Upstreams give `{"error": {"message"}}`, `{"error": "text"}`, `{"message"}` or plain text.
const upstreamError = (response: Response, text: string): Reply => {
  let message = text.slice(0, 500);
  try {
    const parsed = JSON.parse(text) as { error?: { message?: string } | string; message?: string; detail?: string };
    const { error } = parsed;
    message = (typeof error === 'string' ? error : error?.message) ?? parsed.message ?? parsed.detail ?? message;
  } catch {
    // Plain text stays as it is.
  }
  const retryAfter = response.headers.get('retry-after');
  const codes: Record<number, string> = { 400: 'BadRequest', 401: '401', 404: 'DeploymentNotFound', 429: '429' };
  return gatewayError(
    response.status,
    codes[response.status] ?? (response.status >= 500 ? 'InternalServerError' : String(response.status)),
    message,
    retryAfter === null ? {} : { 'retry-after': retryAfter },
  );
};
