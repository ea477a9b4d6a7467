/** A lab with something to see: two windows with the same system prompt, model and deployment, the second with longer questions. */
import type { BatchView } from '../../src/http/api/get-completions.ts';
import type { Person } from '../e2e/people-signed-in.ts';
import type { Stage } from './browser.ts';

const SHORT = 'What is drift?';
const LONG =
  'Explain in some detail how I can tell whether the answers of my deployed model have changed between last week and this week, which windows of traces I should compare, and how many of them I need.';

export async function askInTwoWindows(stage: Stage, person: Person, id: string, each = 60): Promise<void> {
  for (const [sessionId, prompt] of [
    ['last-week', SHORT],
    ['this-week', LONG],
  ] as const) {
    const prompts = Array.from({ length: each }, (_, index) => ({
      prompt: `${prompt} ${'Please. '.repeat(index % 4)}`.trim(),
    }));
    const asked = await stage.api<{ id: string }>(person, `/api/labs/${id}/completions`, { prompts, sessionId });
    await stage.rig.host.until(
      async () => (await stage.api<BatchView>(person, `/api/labs/${id}/completions/${asked.id}`)).state !== 'running',
    );
  }
}
