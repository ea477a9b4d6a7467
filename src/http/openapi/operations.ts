/** Every operation of the API, by the name of its function: what it takes, and what it answers. A test holds this list and the registered functions to each other. */
import type { z } from 'zod';
import { CompletionsSchema, ProbeSchema, PromptListSchema } from '../../lab/completions-request.ts';
import { LabRequestSchema } from '../../lab/request.ts';
import { DriftSchema } from './drift-schemas.ts';
import * as lab from './lab-schemas.ts';
import { FormSchema, formatOf, LabDocumentSchema, LANG, PageSchema, PAGES } from './pages.ts';
import type { ProblemCode } from './problem-codes.ts';
import * as traces from './trace-schemas.ts';
import type { Parameter, Operation } from './operation.ts';

/** Schemas by the names under which the document holds them. */
export const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  LabRequest: LabRequestSchema,
  Lab: lab.LabSchema,
  LabList: lab.LabListSchema,
  LabLinks: lab.LabLinksSchema,
  Started: lab.StartedSchema,
  Extended: lab.ExtendedSchema,
  Ending: lab.EndingSchema,
  Ended: lab.EndedSchema,
  EndPreview: lab.EndPreviewSchema,
  DryRun: lab.DryRunSchema,
  Step: lab.StepSchema,
  Completion: lab.CompletionSchema,
  Verification: lab.VerificationSchema,
  Cost: lab.CostSchema,
  Report: lab.ReportSchema,
  Health: lab.HealthSchema,
  Problem: lab.ProblemSchema,
  CompletionsRequest: CompletionsSchema,
  PromptList: PromptListSchema,
  ProbeRequest: ProbeSchema,
  BatchStarted: traces.BatchStartedSchema,
  Batch: traces.BatchSchema,
  TraceLine: traces.TraceLineSchema,
  TraceList: traces.TraceListSchema,
  Trace: traces.TraceSchema,
  TraceSide: traces.TraceSideSchema,
  Comparison: traces.ComparisonSchema,
  Drift: DriftSchema,
  LabDocument: LabDocumentSchema,
  Page: PageSchema,
  Form: FormSchema,
};

const text = (more: Record<string, unknown> = {}) => ({ type: 'string', ...more });
const id: Parameter = {
  in: 'path',
  name: 'id',
  what: 'The lab.',
  schema: text({ pattern: '^[a-z0-9](?:[a-z0-9-]{1,22}[a-z0-9])$' }),
  required: true,
};
const key = (what: string): Parameter => ({
  in: 'header',
  name: 'Idempotency-Key',
  what,
  schema: text({ pattern: '^[\\x21-\\x7e]{1,200}$' }),
});
const dryRun = (what: string): Parameter => ({
  in: 'query',
  name: 'dryRun',
  what,
  schema: { type: 'string', enum: ['true', 'false'] },
});
const json = (schema: string) => [{ type: 'application/json', schema }];
const NOT_WATCHED: ProblemCode[] = ['lab-not-found', 'lab-not-ready', 'lab-lost', 'lab-ending', 'lab-ended'];
const END = {
  tag: 'Labs',
  description:
    'May be repeated at any time, also before the lab is built. What the app did not make stays. Also ends what a lost orchestration has left. A preview does not list clusters and deployments: they go with their workspace and account.',
  parameters: [id, dryRun('`true`: tell what would go and what would stay, and remove nothing.')],
  answers: {
    200: {
      what: 'It has ended already: its report. With `dryRun`: what would go and what would stay.',
      schema: 'Ended',
    },
    202: { what: 'It is being removed.', schema: 'Ending' },
  },
  problems: ['bad-request', 'lab-not-found'],
} satisfies Partial<Operation>;

export const OPERATIONS: readonly Operation[] = [
  {
    id: 'startLab',
    method: 'post',
    path: '/labs',
    tag: 'Labs',
    summary: 'Start a lab, or ask what a start would do',
    description:
      'Every field is optional: `{}`, or no body, is the Microsoft Learn lab. The same Idempotency-Key, or the same id, with the same body is the same lab, active or ended, as long as its report is kept.',
    parameters: [key('Makes a start safe to repeat.'), dryRun('`true`: plan and estimate, and create nothing.')],
    body: json('LabRequest'),
    answers: {
      200: { what: 'With `dryRun`: the plan, or why there is none, and what it would cost.', schema: 'DryRun' },
      202: { what: 'Started, now or before.', schema: 'Started', headers: ['Location'] },
    },
    problems: [
      'bad-request',
      'lab-exists',
      'lab-ended',
      'lab-left-over',
      'owner-limit-labs',
      'owner-limit-starts',
      'owner-limit-usd',
      'no-tag-key',
    ],
  },
  {
    id: 'listLabs',
    method: 'get',
    path: '/labs',
    tag: 'Labs',
    summary: 'List the active labs and those that ended in the last 31 days',
    answers: { 200: { what: 'Your labs; an administrator’s list holds everybody’s.', schema: 'LabList' } },
  },
  {
    id: 'getLab',
    method: 'get',
    path: '/labs/{id}',
    tag: 'Labs',
    summary: 'Read a lab: phase, steps, answers, deadlines, cost, and its report when it has ended',
    description: 'Reading keeps no lab alive.',
    parameters: [id],
    answers: { 200: { what: 'The lab.', schema: 'Lab' } },
    problems: ['lab-not-found'],
  },
  {
    id: 'keepLabAlive',
    method: 'post',
    path: '/labs/{id}/keepalive',
    tag: 'Labs',
    summary: 'Move the idle deadline',
    description: 'By the lab’s `idleMinutes` from now. The hard deadline and the budget stay where they are.',
    parameters: [id],
    answers: { 202: { what: 'Extended.', schema: 'Extended' } },
    problems: ['lab-not-found', 'lab-lost', 'lab-ending', 'lab-ended'],
  },
  { id: 'endLab', method: 'delete', path: '/labs/{id}', summary: 'Tear a lab down now', ...END },
  {
    id: 'endLabByPost',
    method: 'post',
    path: '/labs/{id}/end',
    summary: 'Tear a lab down now, for clients without DELETE',
    ...END,
  },
  {
    id: 'completeLab',
    method: 'post',
    path: '/labs/{id}/completions',
    tag: 'Completions',
    summary: 'Ask the lab’s model, once or up to 500 times',
    description:
      'Each completion becomes a run and a trace of the lab’s experiment. An object, a list of prompts, or lines of JSON with a prompt each; at most 256 KB. A batch is activity: it moves the idle deadline. The same Idempotency-Key with the same body is the same batch; one that stopped goes on.',
    parameters: [id, key('Makes a batch safe to repeat.')],
    body: [
      { type: 'application/json', schema: 'CompletionsRequest' },
      { type: 'application/x-ndjson', schema: 'PromptList' },
    ],
    answers: { 202: { what: 'Begun, now or before.', schema: 'BatchStarted', headers: ['Location', 'Retry-After'] } },
    problems: ['bad-request', 'batch-exists', ...NOT_WATCHED],
  },
  {
    id: 'getCompletions',
    method: 'get',
    path: '/labs/{id}/completions/{batch}',
    tag: 'Completions',
    summary: 'Read how far a batch is, and what it came to',
    parameters: [
      id,
      {
        in: 'path',
        name: 'batch',
        what: 'The batch.',
        schema: text({ pattern: '^[cp]-[0-9a-f]{12}$' }),
        required: true,
      },
    ],
    answers: { 200: { what: 'The batch.', schema: 'Batch', headers: ['Retry-After'] } },
    problems: ['lab-not-found', 'batch-not-found'],
  },
  {
    id: 'probeLab',
    method: 'post',
    path: '/labs/{id}/probe',
    tag: 'Completions',
    summary: 'Ask the fixed questions',
    description:
      'The same ones each time, slowly enough to stay below the token limit of the deployment: two probes make two windows that drift can be judged on. One with a session or an Idempotency-Key can be asked again and goes on where it stopped.',
    parameters: [id, key('Makes a probe safe to repeat.')],
    body: json('ProbeRequest'),
    answers: { 202: { what: 'Begun, now or before.', schema: 'BatchStarted', headers: ['Location', 'Retry-After'] } },
    problems: ['bad-request', 'batch-exists', ...NOT_WATCHED],
  },
  {
    id: 'listTraces',
    method: 'get',
    path: '/labs/{id}/traces',
    tag: 'Traces and drift',
    summary: 'List the traces of the lab’s experiment, newest first',
    parameters: [
      id,
      {
        in: 'query',
        name: 'limit',
        what: 'Traces in a page.',
        schema: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
      },
      { in: 'query', name: 'filter', what: 'A filter in MLflow’s own language.', schema: text({ maxLength: 1_000 }) },
      { in: 'query', name: 'page', what: 'The token that the page before gave.', schema: text() },
    ],
    answers: { 200: { what: 'One page.', schema: 'TraceList' } },
    problems: ['bad-request', ...NOT_WATCHED],
  },
  {
    id: 'getTrace',
    method: 'get',
    path: '/labs/{id}/traces/{traceId}',
    tag: 'Traces and drift',
    summary: 'Read one trace with its chat and its spans',
    parameters: [
      id,
      {
        in: 'path',
        name: 'traceId',
        what: 'The trace.',
        schema: text({ pattern: '^(?:tr-)?[0-9a-f]{32}$' }),
        required: true,
      },
    ],
    answers: { 200: { what: 'The trace.', schema: 'Trace' } },
    problems: ['trace-not-found', ...NOT_WATCHED],
  },
  {
    id: 'compareTraces',
    method: 'get',
    path: '/labs/{id}/traces/compare',
    tag: 'Traces and drift',
    summary: 'Compare two traces, or the traces of two runs, side by side',
    parameters: [
      id,
      ...(['a', 'b'] as const).map((name): Parameter => ({
        in: 'query',
        name,
        what: 'Id of a trace or a run.',
        schema: text({ pattern: '^(?:tr-)?[0-9a-f]{32}$' }),
        required: true,
      })),
      formatOf('json', 'html'),
      LANG,
    ],
    answers: { 200: { what: 'The comparison.', schema: 'Comparison', types: { 'text/html': 'Page' } } },
    problems: ['bad-request', 'trace-not-found', ...NOT_WATCHED],
  },
  {
    id: 'getDrift',
    method: 'get',
    path: '/labs/{id}/drift',
    tag: 'Traces and drift',
    summary: 'Judge whether traces have changed between two windows',
    description:
      'Without windows: the older half of the traces against the newer half; beside a `baseline` of another lab, all traces of this one. Else both are given, or none. Of a lab that has ended, windows are taken from what its report kept. Asking is no activity.',
    parameters: [
      id,
      ...(['baseline', 'current'] as const).map((name): Parameter => ({
        in: 'query',
        name,
        what: 'A window: `all`, `count:N[,skip:M]` (the newest N before the newest M), `time:FROM/TO` (one may be left out), `run:ID`, `tag:KEY=VALUE`, `session:ID`; or `report:LAB`, or `report:LAB/WINDOW`, of a lab of yours that has ended.',
        schema: text(),
      })),
      { in: 'header', name: 'Accept-Language', what: '`pt`: the findings in Portuguese.', schema: text() },
    ],
    answers: { 200: { what: 'The findings.', schema: 'Drift' } },
    problems: ['bad-request', 'no-features', ...NOT_WATCHED],
  },
  ...PAGES,
  {
    id: 'openapi',
    method: 'get',
    path: '/openapi.json',
    tag: 'The app',
    summary: 'Read this description of the API',
    answers: { 200: { what: 'An OpenAPI 3.1 document.', schema: 'OpenApi' } },
  },
  {
    id: 'health',
    method: 'get',
    path: '/health',
    tag: 'The app',
    summary: 'Ask whether the app can work',
    answers: {
      200: { what: 'It can.', schema: 'Health' },
      503: { what: 'Azure cannot be read with the app’s identity.', schema: 'Health' },
    },
    anonymous: true,
  },
];
