// Completions by a model of one's own: any OpenAI-compatible server (llama.cpp, Ollama, vLLM), named by LOCAL_CLOUD_MODEL_URL.
//
// `http://127.0.0.1:8080/v1`, or `http://127.0.0.1:11434/v1?model=llama3.2` where the server wants a model's name.
//
// Invariants
// F1  The deployment's own name and version stay in the answer: whoever asks does not see who answers.
// F2  Errors come back in the shapes of Azure, with the upstream's own words.
// F3  A stream is handed on as it comes, event by event; where the upstream breaks off, so does the answer.
import { reportedModel } from './models.ts';
import { countPrompt, type Tokenizer } from './token-count.ts';
import { gatewayError, modelError, type ChatRequest } from './wire.ts';
import type { Deployment } from '../arm/records.ts';
import type { Reply } from '../core/router.ts';
import { StartError } from '../../start-error.ts';

const TIMEOUT_MS = 300_000;
const REACH_MS = 10_000;

type Usage = { total_tokens?: number };
type Answer = { usage?: Usage; choices?: { message?: { content?: string } }[] };
type Chunk = { model?: string; usage?: Usage | null; choices?: { delta?: { content?: string | null } }[] };

/** The setting, or undefined where there is none. @throws StartError for what is no address of a server. */
export function readModelUrl(text: string | undefined): URL | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new StartError(`LOCAL_CLOUD_MODEL_URL must be a URL such as http://127.0.0.1:8080/v1, not "${text}"`);
}

/** Whether anything answers at the setting's address: a lab would find out after all that it builds first. @throws StartError */
export async function checkModelServer(text: string | undefined): Promise<void> {
  const url = readModelUrl(text);
  if (url === undefined) return;
  const address = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  try {
    // Whatever it answers, it is there.
    await (await fetch(`${address}/models`, { signal: AbortSignal.timeout(REACH_MS) })).body?.cancel();
  } catch {
    throw new StartError(`nothing answers at ${address} (LOCAL_CLOUD_MODEL_URL): start the model server first`);
  }
}

/** Asks the upstream. `record` hears, once, how many tokens count against the rate limit: of a stream at its end. */
export async function forward(
  modelUrl: URL,
  request: ChatRequest,
  deployment: Deployment,
  tokenizer: Tokenizer,
  record: (tokens: number) => void,
): Promise<Reply> {
  const url = new URL(modelUrl);
  const model = url.searchParams.get('model') ?? deployment.model.name;
  url.search = '';
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`;
  const { max_completion_tokens: most, ...rest } = request.raw;
  const body = { ...rest, model, ...(most === undefined ? {} : { max_tokens: most }) };

  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) return upstreamError(response, await response.text());
    const prompt = countPrompt(tokenizer, request.messages);
    if (request.stream && response.body !== null) {
      const count = (text: string): number => prompt + tokenizer.count(text);
      const stream = renamed(response.body, reportedModel(deployment), count, record);
      return { status: 200, headers: { 'content-type': 'text/event-stream' }, stream };
    }
    return whole(await response.text(), deployment, prompt, tokenizer, record);
  } catch (error: unknown) {
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    return isTimeout
      ? gatewayError(408, 'Timeout', 'The operation was timeout.')
      : gatewayError(
          503,
          'ServiceUnavailable',
          'The service is temporarily unable to process your request. Please try again later.',
        );
  }
}

const whole = (
  text: string,
  deployment: Deployment,
  prompt: number,
  tokenizer: Tokenizer,
  record: (tokens: number) => void,
): Reply => {
  const answer = parsed<Answer>(text);
  if (answer === undefined) {
    return gatewayError(500, 'InternalServerError', 'The model server answered with something else than JSON.');
  }
  const written = tokenizer.count(answer.choices?.[0]?.message?.content ?? '');
  const usage = answer.usage ?? { prompt_tokens: prompt, completion_tokens: written, total_tokens: prompt + written };
  record(usage.total_tokens ?? prompt + written);
  return { status: 200, json: { ...answer, model: reportedModel(deployment), usage } };
};

/** The events of `body`, each whole, in the deployment's name. */
async function* renamed(
  body: ReadableStream<Uint8Array>,
  model: string,
  count: (text: string) => number,
  record: (tokens: number) => void,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  let said = '';
  let total: number | undefined;
  const event = (line: string): string => {
    const chunk = line.startsWith('data:') ? parsed<Chunk>(line.slice('data:'.length)) : undefined;
    if (chunk === undefined) return line;
    said += chunk.choices?.[0]?.delta?.content ?? '';
    total = chunk.usage?.total_tokens ?? total;
    return `data: ${JSON.stringify({ ...chunk, model })}`;
  };
  try {
    for await (const bytes of body) {
      rest += decoder.decode(bytes, { stream: true });
      const lines = rest.split(/\r?\n/);
      rest = lines.pop() ?? '';
      if (lines.length > 0) yield lines.map((line) => `${event(line)}\n`).join('');
    }
    if (rest !== '') yield event(rest);
  } finally {
    record(total ?? count(said));
  }
}

type Said = {
  error?: { message?: string; code?: unknown; param?: string | null } | string;
  message?: string;
  detail?: string;
};

// Upstreams give `{"error": {"message"}}`, `{"error": "text"}`, `{"message"}` or plain text.
const upstreamError = (response: Response, text: string): Reply => {
  const said = parsed<Said>(text) ?? {};
  const error = typeof said.error === 'string' ? { message: said.error } : said.error;
  const message = error?.message ?? said.message ?? said.detail ?? text.slice(0, 500);
  // What is wrong with a request the model itself says, in OpenAI's form.
  if (response.status === 400 || response.status === 422) {
    return modelError(message, typeof error?.code === 'string' ? error.code : null, error?.param ?? null);
  }
  const retryAfter = response.headers.get('retry-after');
  const codes: Record<number, string> = { 401: '401', 404: 'DeploymentNotFound', 429: '429' };
  return gatewayError(
    response.status,
    codes[response.status] ?? (response.status >= 500 ? 'InternalServerError' : String(response.status)),
    message,
    retryAfter === null ? {} : { 'retry-after': retryAfter },
  );
};

const parsed = <T>(text: string): T | undefined => {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
};
