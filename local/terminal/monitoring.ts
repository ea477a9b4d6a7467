/** The demo's monitoring: windows of completions through the API, and what drift says of them. */
import { setTimeout as realDelay } from 'node:timers/promises';
import type { BatchView } from '../../src/http/api/get-completions.ts';
import type { DriftView } from '../../src/lab/traces/windows.ts';
import { plain } from './format.ts';

const WINDOW = 60;
const FEW = 5;
const POLL_MS = 100;

const SUBJECTS = ['a cat', 'an owl', 'a bee', 'a fox', 'a hen', 'an elk', 'a seal', 'a frog', 'an ant', 'a crow'];
const short = (index: number): string =>
  `What does ${SUBJECTS[index % SUBJECTS.length] ?? ''} eat${' in winter'.repeat(index % 3)}?`;
const long = (index: number): string =>
  `${short(index)} Explain how it finds its food, who else wants it, and what changes with the seasons.${' Give an example from the forest, and one from a garden.'.repeat(1 + (index % 2))}`;

type Fetch = (path: string, init?: RequestInit) => Promise<Response>;
export type Monitored = { windows: DriftView; few: DriftView; asExpected: boolean };

/** Runs two windows with the same system prompt, model and deployment, the second with longer questions; then five against five. */
export async function monitor(fetch: Fetch, id: string, say: (line: string) => void): Promise<Monitored> {
  const sessions: [string, number, (index: number) => string][] = [
    ['short', WINDOW, short],
    ['long', WINDOW, long],
    ['few-short', FEW, short],
    ['few-long', FEW, long],
  ];
  for (const [session, count, question] of sessions) {
    const prompts = Array.from({ length: count }, (_, index) => question(index));
    const { tally } = await complete(fetch, id, session, prompts);
    say(
      `POST …/completions, session ${session}: ${tally.answered} answered, ${tally.promptTokens} + ${tally.completionTokens} tokens`,
    );
  }
  const windows = await drift(fetch, id, 'session:short', 'session:long');
  const few = await drift(fetch, id, 'session:few-short', 'session:few-long');
  for (const [name, view] of [
    [`short against long, ${WINDOW} each`, windows],
    [`short against long, ${FEW} each`, few],
  ] as const) {
    say(`GET …/drift, ${name}: ${view.text.verdict}`);
    if (view.verdict.kind === 'drift')
      for (const it of view.text.features)
        if (view.verdict.features.includes(it.feature))
          say(
            `    ${it.name}: ${plain(it.text)}${it.feature === 'latencyMs' ? ' (of this machine, not of a model)' : ''}`,
          );
  }
  const drifting = windows.verdict.kind === 'drift' ? windows.verdict.features : [];
  const asExpected =
    drifting.includes('promptTokens') &&
    drifting.includes('completionTokens') &&
    few.verdict.kind === 'not-enough-data';
  return { windows, few, asExpected };
}

async function complete(fetch: Fetch, id: string, sessionId: string, prompts: string[]): Promise<BatchView> {
  const asked = await fetch(`/api/labs/${id}/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompts, sessionId }),
  });
  if (asked.status !== 202) throw new Error(`POST …/completions answered ${asked.status}: ${await asked.text()}`);
  const batch = ((await asked.json()) as { id: string }).id;
  for (;;) {
    const view = await read<BatchView>(fetch, `/api/labs/${id}/completions/${batch}`);
    if (view.state === 'done') return view;
    if (view.state !== 'running') throw new Error(`The batch ${sessionId} ${view.state}: ${view.stop?.message ?? ''}`);
    await realDelay(POLL_MS);
  }
}

/** Traces are found by searches a little later: the windows are read until they are whole. */
async function drift(fetch: Fetch, id: string, baseline: string, current: string): Promise<DriftView> {
  const search = new URLSearchParams({ baseline, current }).toString();
  for (let tries = 0; ; tries++) {
    const view = await read<DriftView>(fetch, `/api/labs/${id}/drift?${search}`);
    const counts = [view.windows.baseline.traces, view.windows.current.traces];
    if (tries >= 20 || counts.every((count) => count === WINDOW || count === FEW)) return view;
    await realDelay(POLL_MS);
  }
}

async function read<T>(fetch: Fetch, path: string): Promise<T> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
