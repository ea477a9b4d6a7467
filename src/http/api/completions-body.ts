/** The body of POST …/completions: an object, a list of prompts, or lines of JSON with a prompt each. Every bad field is named at once, in lists by position. */
import type { HttpRequest } from '@azure/functions';
import type { z } from 'zod';
import { BATCH_BODY_BYTES, countOf } from '../../contracts/batch.ts';
import {
  MOST_COMPLETIONS,
  CompletionsSchema,
  PromptListSchema,
  promptsOf,
  type Prompt,
} from '../../lab/completions-request.ts';
import { check } from '../validation.ts';
import { badFields, bodyRefusal, decodeBody, parseBody, type Body, type BodyRule } from '../responses.ts';
import type { FieldFault, HttpProblem } from '../../lab/http-problem.ts';

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
  const bytes = await request.arrayBuffer();
  // What is declared as nothing is checked as an empty object, which says what is missing.
  const parsed =
    bytes.byteLength === 0
      ? { kind: 'json' as const, value: {} }
      : LINES.test(request.headers.get('content-type') ?? '')
        ? parseLines(bytes)
        : parseBody(bytes);
  if (parsed.kind === 'bad') return parsed;
  const checked = checkPrompts(parsed.value);
  return 'faults' in checked
    ? { kind: 'bad', problem: badFields(checked.faults) }
    : { kind: 'ok', value: checked.value };
}

/** Empty lines are passed over: what is wrong with a prompt is told by its position among the others, what is no JSON by its line. */
function parseLines(bytes: ArrayBuffer): Body {
  const text = decodeBody(bytes);
  if (text === null) return { kind: 'bad', problem: badFields([{ field: '', message: 'must be UTF-8' }]) };
  const faults: FieldFault[] = [];
  const value = text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      if (faults.length < LINES_TOLD) faults.push({ field: `line ${index + 1}`, message: 'must be valid JSON' });
      return [];
    }
  });
  return faults.length > 0 ? { kind: 'bad', problem: badFields(faults) } : { kind: 'json', value };
}

function checkPrompts(value: unknown): { value: Prompts } | { faults: FieldFault[] } {
  const read = Array.isArray(value) ? listed(check(PromptListSchema, value)) : asked(check(CompletionsSchema, value));
  if ('faults' in read) return read;
  const total = countOf(read.value.prompts);
  if (total <= MOST_COMPLETIONS) return read;
  const message = `asks for ${total} completions in all; a batch has at most ${MOST_COMPLETIONS}`;
  return { faults: [{ field: 'n', message }] };
}

type Checked<T> = ReturnType<typeof check<T>>;
const listed = (it: Checked<Prompt[]>): Checked<Prompts> =>
  'faults' in it ? it : { value: { prompts: it.value, session: null } };
const asked = (it: Checked<z.infer<typeof CompletionsSchema>>): Checked<Prompts> =>
  'faults' in it ? it : { value: { prompts: promptsOf(it.value), session: it.value.sessionId ?? null } };
