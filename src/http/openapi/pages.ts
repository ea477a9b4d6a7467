/** The pages among the operations: what browsers read, and what the forms in them post to. Programs use the rest of the API. */
import { z } from 'zod';
import { AskedSchema, DriftSchema } from './drift-schemas.ts';
import { LabSchema, time } from './lab-schemas.ts';
import type { Operation, Parameter } from './operation.ts';
import { TraceLineSchema } from './trace-schemas.ts';

export const PageSchema = z.string().describe('A page, for people.');
const resource = z.object({
  kind: z.enum(['group', 'account', 'deployment', 'workspace', 'cluster', 'experiment']).describe('What it is.'),
  name: z.string().describe('Its name or id.'),
  region: z.string().nullable().describe('Where it is.'),
  detail: z.string().nullable().describe('Its address, or what it is of.'),
  borrowed: z.boolean().describe('The request brought it.'),
  link: z.string().nullable().describe('A page of it, while it exists.'),
});
export const LabDocumentSchema = z
  .intersection(
    LabSchema,
    z.object({
      at: time('When it was read.'),
      prompts: z
        .object({
          system: z.string().describe('The system prompt.'),
          prompt: z.string().describe('The prompt of the user.'),
        })
        .nullable()
        .describe('What the lab asks; null: not known.'),
      resources: z.array(resource).describe('What it is made of, where known.'),
      traces: z
        .object({
          count: z.int().describe('Traces that were read.'),
          cut: z.boolean().describe('There are more, older ones.'),
          failed: z.int().describe('Failed traces among them.'),
          refused: z.int().describe('Refused traces among them.'),
          tokensIn: z.int().describe('Total of all prompts.'),
          tokensOut: z.int().describe('Total of all answers.'),
          latencyMs: z
            .object({
              median: z.number().describe('Milliseconds.'),
              p95: z.number().describe('95 % took at most this.'),
            })
            .nullable()
            .describe('How long they took.'),
        })
        .nullable()
        .describe('Numbers of its traces; null where there are none to read.'),
      recent: z.array(TraceLineSchema).describe('The newest traces, while the workspace is there.'),
      drift: DriftSchema.nullable().describe(
        'The older half of the traces against the newer, or the windows of the query.',
      ),
      asked: AskedSchema.optional().describe('The windows of the query.'),
      features: z
        .looseObject({
          version: z.literal(1).describe('Version of this document.'),
          count: z.int().describe('Traces.'),
          left: z.int().describe('Traces that did not fit, the oldest.'),
        })
        .optional()
        .describe(
          'When it has ended: numbers of its traces as columns, without any text, that a later lab can be compared with.',
        ),
    }),
  )
  .describe('All of one lab: what `Lab` holds, and prompts, resources, traces and drift.');

const id: Parameter = { in: 'path', name: 'id', what: 'The lab.', schema: { type: 'string' }, required: true };
const query = (name: string, what: string, values?: readonly string[]): Parameter => ({
  in: 'query',
  name,
  what,
  schema: { type: 'string', ...(values === undefined ? {} : { enum: values }) },
});
export const LANG = query('lang', 'The language of the page; else `Accept-Language` says it.', ['en', 'pt-BR']);
export const formatOf = (...forms: readonly string[]): Parameter =>
  query('format', 'The form of the answer; else `Accept` says it.', forms);
const FORM = [{ type: 'application/x-www-form-urlencoded', schema: 'Form' }];
const SEE_OTHER = { what: 'Done; the page that says so.', schema: null, headers: ['Location'] as const };
const TAG = 'Pages';

export const FormSchema = z.record(z.string(), z.string()).describe('The fields of a form of the pages.');

export const PAGES: readonly Operation[] = [
  {
    id: 'reportLab',
    method: 'get',
    path: '/labs/{id}/report',
    tag: TAG,
    summary: 'Read all of one lab, active or ended, as JSON, Markdown or a page',
    description: 'The form is chosen by `Accept` or by `format`. Looking is no activity of the lab.',
    parameters: [
      id,
      formatOf('json', 'md', 'html'),
      LANG,
      query('baseline', 'A window for the drift; see `getDrift`.'),
      query('current', 'The window that is compared with it.'),
    ],
    answers: {
      200: { what: 'The lab.', schema: 'LabDocument', types: { 'text/markdown': 'Page', 'text/html': 'Page' } },
    },
    problems: ['lab-not-found', 'bad-request', 'no-features', 'lab-not-ready', 'lab-ending'],
  },
  {
    id: 'dashboard',
    method: 'get',
    path: '/dashboard',
    tag: TAG,
    summary: 'See your labs: phase, progress, cost and time left',
    description: 'Read-only with a function key; with sign-in it has forms to start, extend and end labs.',
    parameters: [LANG],
    answers: { 200: { what: 'The page.', schema: null, types: { 'text/html': 'Page' } } },
  },
  {
    id: 'startFromPage',
    method: 'post',
    path: '/dashboard/labs',
    tag: TAG,
    summary: 'What the start form posts to',
    body: FORM,
    answers: { 303: SEE_OTHER },
    problems: ['pages-read-only', 'bad-request', 'lab-exists', 'lab-ended', 'lab-left-over', 'owner-limit-labs'],
  },
  {
    id: 'extendFromPage',
    method: 'post',
    path: '/dashboard/labs/{id}/extend',
    tag: TAG,
    summary: 'What the button that extends a lab posts to',
    parameters: [id],
    body: FORM,
    answers: { 303: SEE_OTHER },
    problems: ['pages-read-only', 'lab-not-found', 'lab-lost', 'lab-ending', 'lab-ended'],
  },
  {
    id: 'endFromPage',
    method: 'post',
    path: '/dashboard/labs/{id}/end',
    tag: TAG,
    summary: 'What the button that ends a lab posts to',
    parameters: [id],
    body: FORM,
    answers: { 303: SEE_OTHER },
    problems: ['pages-read-only', 'lab-not-found'],
  },
  {
    id: 'assets',
    method: 'get',
    path: '/assets/{file}',
    tag: TAG,
    summary: 'Style sheet, script and icon of the pages',
    parameters: [{ ...id, name: 'file', what: 'Its name, which changes with its content.' }],
    answers: {
      200: {
        what: 'The file.',
        schema: null,
        types: { 'text/css': 'Page', 'text/javascript': 'Page', 'image/svg+xml': 'Page' },
      },
      404: {
        what: '`no-such-file`: the pages have no such file.',
        schema: null,
        types: { 'application/problem+json': 'Problem' },
      },
    },
    anonymous: true,
  },
];
