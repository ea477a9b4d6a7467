// MLflow's own pages show what the app wrote. Needs a Chromium as well: CHROME_PATH, or where Debian keeps it.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wallNow } from '../../local/clock.ts';
import { traceIdOf, type Chat } from '../../src/clients/mlflow/write-trace.ts';
import { startLab, type Lab } from '../local/cloud/databricks/workspace-harness.ts';
import { clientOf } from './client.ts';
import { CURRENT } from './lanes.ts';

const executablePath = process.env.CHROME_PATH ?? '/usr/bin/chromium';
const missing = CURRENT.missing ?? (existsSync(executablePath) ? undefined : 'no Chromium: set CHROME_PATH');
const TIMEOUT_MS = 120_000;
const PROMPT = 'Tell me a joke about animals.';
const ANSWER = "Why do cows wear bells? Because their horns don't work.";

describe.skipIf(missing !== undefined)(
  `the pages of ${CURRENT.name}${missing !== undefined && CURRENT.missing === undefined ? ` (skipped: ${missing})` : ''}`,
  () => {
    let lab: Lab;
    let browser: Browser;
    let page: Page;
    let experimentId: string;
    let runId: string;
    let traceId: string;
    beforeAll(async () => {
      lab = await startLab({ python: { python: CURRENT.python, mlflowServer: CURRENT.url } });
      const mlflow = clientOf(lab);
      // The pages show the last days of the machine's own time.
      const startedAtMs = wallNow() - 60_000;
      experimentId = await mlflow.ensureExperiment(`/Shared/llmops-lab-${startedAtMs}`, { 'llmops.lab': 'lab-one' });
      runId = await mlflow.createRun(experimentId, 'app lab-one', startedAtMs, { 'llmops.lab': 'lab-one' });
      const request: Chat = {
        model: 'gpt-5.1',
        messages: [
          { role: 'system', content: 'Assistant is a large language model trained by OpenAI.' },
          { role: 'user', content: PROMPT },
        ],
      };
      const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: ANSWER } }];
      const usage = { prompt_tokens: 29, completion_tokens: 12, total_tokens: 41 };
      const answer = {
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 0,
        model: 'gpt-5.1-2025-11-13',
        choices,
        usage,
      };
      traceId = traceIdOf('pages', String(startedAtMs), 1);
      await mlflow.writeChatTrace({
        ...{ traceId, experimentId, runId, labId: 'lab-one', key: 'app', request, startedAtMs, durationMs: 1_175 },
        outcome: { ok: true, answer, text: ANSWER, usage: { input: 29, output: 12, total: 41 } },
      });
      await mlflow.logBatch(runId, {
        params: { completion_tokens: '12', model: 'gpt-5.1-2025-11-13' },
        metrics: { completion_tokens: 12, prompt_tokens: 29, latency_ms: 1_175 },
        atMs: startedAtMs,
      });
      await mlflow.endRun(runId, 'FINISHED', startedAtMs + 1_175);
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
      page = await browser.newPage({ viewport: { width: 1_440, height: 900 } });
    }, TIMEOUT_MS);
    afterAll(async () => {
      await browser.close();
      await lab.close();
    });

    const keep = async (name: string): Promise<void> => {
      const folder = process.env.LAB_SCREENSHOTS;
      if (folder === undefined) return;
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: join(folder, `${name}.png`) });
    };

    it('show the run with its parameter', { timeout: TIMEOUT_MS }, async () => {
      await page.goto(`${CURRENT.url}/#/experiments/${experimentId}/runs/${runId}`);
      await page.getByText('completion_tokens').first().waitFor({ timeout: TIMEOUT_MS });
      expect(await page.innerText('body')).toContain('gpt-5.1-2025-11-13');
      await page.getByText('completion_tokens').last().scrollIntoViewIfNeeded();
      await keep('mlflow-run');
    });

    it('show the trace with its question, its answer and its tokens', { timeout: TIMEOUT_MS }, async () => {
      await page.goto(`${CURRENT.url}/#/experiments/${experimentId}/traces`);
      const row = page.getByText(PROMPT).first();
      await row.waitFor({ timeout: TIMEOUT_MS / 3 });
      // The page's own hint lies over the row.
      await page.addLocatorHandler(page.getByText('Got it'), (hint) => hint.click());
      await row.click({ timeout: TIMEOUT_MS / 3 });
      // Only the trace itself says this; the table behind it does not.
      const system = page.getByText('Assistant is a large language model trained by OpenAI.');
      await system.first().waitFor({ timeout: TIMEOUT_MS / 3 });
      const shown = await page.innerText('body');
      expect(shown).toContain('41 tokens');
      expect(shown).toContain(ANSWER);
      expect(page.url()).toContain(traceId);
      await keep('mlflow-trace');
    });
  },
);
