/** The body of POST …/completions: an object, a list of prompts, or lines of JSON with a prompt each. Every bad field is named at once, in lists by position. */
import type { HttpRequest } from '@azure/functions';
import type { z } from 'zod';
import {
  BATCH_BODY_BYTES,
  CompletionsSchema,
  countOf,
  MOST_COMPLETIONS,
  PromptListSchema,
  promptsOf,
  type Prompt,
} from '../lab/completions.ts';
import { badFields, bodyRefusal, fieldFaults, type BodyRule, type FieldFault, type HttpProblem } from './responses.ts';

export type Prompts = {
  prompts: Prompt[];
  /** The session that was named for all of them. */
  session: string | null;
};

const LINES = /^application\/(?:x-ndjson|ndjson|jsonl|x-jsonlines)\s*(?:;|$)/i;

export const PROMPTS_BODY: BodyRule = {
  bytes: BATCH_BODY_BYTES,
  type: /^application\/(?:(?:[\w.+-]+\+)?json|x-ndjson|ndjson|jsonl|x-jsonlines)\s*(?:;|$)/i,
};

/** Bad lines that are told: who reads them corrects the first and tries again. */
const LINES_TOLD = 50;

/** What the body asks for, or what is wrong with it. */
export async function readPrompts(
  request: HttpRequest,
): Promise<{ kind: 'ok'; value: Prompts } | { kind: 'bad'; problem: HttpProblem }> {
  const refusal = bodyRefusal(request, PROMPTS_BODY);
  if (refusal !== null) return { kind: 'bad', problem: refusal };
  const text = decode(await request.arrayBuffer());
  const lines = LINES.test(request.headers.get('content-type') ?? '');
  const parsed = text === null ? NO_TEXT : lines ? parseLines(text) : parseJson(text);
  const checked = 'faults' in parsed ? parsed : check(parsed.value);
  return 'faults' in checked
    ? { kind: 'bad', problem: badFields(checked.faults) }
    : { kind: 'ok', value: checked.value };
}

const NO_TEXT = { faults: [{ field: '', message: 'must be UTF-8' }] };

/** Null for what is no UTF-8. */
function decode(bytes: ArrayBuffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

type Parsed<T> = { value: T } | { faults: FieldFault[] };

function parseJson(text: string): Parsed<unknown> {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { faults: [{ field: '', message: 'must be valid JSON' }] };
  }
}

/** Empty lines are passed over; positions count the others. */
function parseLines(text: string): Parsed<unknown[]> {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const faults: FieldFault[] = [];
  const value = lines.map((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch {
      if (faults.length < LINES_TOLD) faults.push({ field: String(index), message: 'must be one line of valid JSON' });
      return undefined;
    }
  });
  return faults.length > 0 ? { faults } : { value };
}

function check(value: unknown): Parsed<Prompts> {
  const list = Array.isArray(value);
  const parsed = list ? PromptListSchema.safeParse(value) : CompletionsSchema.safeParse(value);
  if (!parsed.success) return { faults: fieldFaults(parsed.error) };
  const asked = list ? null : (parsed.data as z.infer<typeof CompletionsSchema>);
  const prompts = asked === null ? (parsed.data as Prompt[]) : promptsOf(asked);
  const total = countOf(prompts);
  if (total > MOST_COMPLETIONS) {
    const message = `asks for ${total} completions in all; a batch has at most ${MOST_COMPLETIONS}`;
    return { faults: [{ field: 'n', message }] };
  }
  return { value: { prompts, session: asked?.sessionId ?? null } };
}
