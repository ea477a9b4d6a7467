/** What the API's description says about one operation. */
import type { ProblemCode } from './problem-codes.ts';

export type Parameter = {
  in: 'query' | 'header' | 'path';
  name: string;
  what: string;
  schema: Record<string, unknown>;
  required?: true;
};

export type Answer = {
  what: string;
  schema: string | null;
  types?: Readonly<Record<string, string>>;
  headers?: readonly ('Location' | 'Retry-After')[];
};

export type Operation = {
  /** Name of the function. */
  id: string;
  method: 'get' | 'post' | 'delete';
  /** Below `/api`. */
  path: string;
  tag: 'Labs' | 'Completions' | 'Traces and drift' | 'Pages' | 'The app';
  summary: string;
  description?: string;
  parameters?: Parameter[];
  body?: { type: string; schema: string }[];
  /** By status: what it means, and the name of its JSON schema; `types`: what it may be besides, or instead. */
  answers: Record<number, Answer>;
  problems?: ProblemCode[];
  anonymous?: true;
};
