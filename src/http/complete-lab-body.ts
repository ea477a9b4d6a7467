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
import { badFields, fieldFaults, type FieldFault, type HttpProblem } from './responses.ts';

export type Prompts = {
  prompts: Prompt[];
  /** The session that was named for all of them. */
  session: string | null;
};

/** More faults than this are not listed: whoever reads them corrects the first and tries again. */
const MOST_FAULTS = 50;

type Kind = 'json' | 'lines';

/** What the body asks for, or what is wrong with it. */
export async function readPrompts(
  request: HttpRequest,
): Promise<{ kind: 'ok'; value: Prompts } | { kind: 'bad'; problem: HttpProblem }> {
  const bad = (problem: HttpProblem) => ({ kind: 'bad' as const, problem });
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > BATCH_BODY_BYTES) return bad(tooLarge);
  const type = request.headers.get('content-type') ?? '';
  const kind = kindOf(type);
  if (kind === undefined) return bad(notJson);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bad(badFields([{ field: '', message: 'must be UTF-8' }]));
  }
  const parsed = kind === 'json' ? parseJson(text) : parseLines(text);
  if ('faults' in parsed) return bad(badFields(parsed.faults.slice(0, MOST_FAULTS)));
  const checked = check(parsed.value, kind);
  return 'faults' in checked
    ? bad(badFields(checked.faults.slice(0, MOST_FAULTS)))
    : { kind: 'ok', value: checked.value };
}

const kindOf = (type: string): Kind | undefined => {
  if (/^application\/(?:x-ndjson|ndjson|jsonl|x-jsonlines)\s*(?:;|$)/i.test(type)) return 'lines';
  return /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type) ? 'json' : undefined;
};

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
      faults.push({ field: String(index), message: 'must be one line of valid JSON' });
      return undefined;
    }
  });
  return faults.length > 0 ? { faults } : { value };
}

function check(value: unknown, kind: Kind): Parsed<Prompts> {
  const list = Array.isArray(value) || kind === 'lines';
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

const tooLarge: HttpProblem = {
  status: 413,
  code: 'body-too-large',
  title: 'The body is too large',
  detail: `At most ${BATCH_BODY_BYTES / 1024} KB: send several batches.`,
};

const notJson: HttpProblem = {
  status: 415,
  code: 'not-json',
  title: 'The body must be JSON',
  detail: 'Send it with "content-type: application/json", or lines of JSON with "content-type: application/x-ndjson".',
};
