/** What a person does with the pages, in a real browser: start, watch, read, compare, end. And what a hostile answer does to them: nothing. */
import { describe, expect, it } from 'vitest';
import { ANA, RUI } from '../e2e/people-signed-in.ts';
import { axe } from './axe.ts';
import { useStage } from './browser.ts';
import { askInTwoWindows } from './drift-story.ts';
import { HOSTILE } from './model-server.ts';
import { screenshots } from './screenshots.ts';

const stage = useStage({ signIn: true });

const ID = 'ana-drift';

describe('with sign-in', { timeout: 240_000 }, () => {
  it('a lab is started from the dashboard, watched as it progresses, and read', async () => {
    const page = await stage.open(ANA, '/api/dashboard');
    await page.fill('#start-id', ID);
    await page.fill('#start-idleMinutes', '120');
    await page.click('#start-submit');
    await page.waitForSelector('#done');
    expect(new URL(page.url()).pathname).toBe('/api/dashboard');
    await page.click(`#living a:has-text("${ID}")`);
    await page.waitForSelector('.phases .now');
    await stage.until(ANA, ID, (view) => view.phase === 'provisioning' && view.steps.length > 5);
    // Nobody reloads: the page's own script does.
    await page.waitForSelector('.gantt .databricks.running', { timeout: 20_000 });
    await screenshots(stage, ANA, `/api/labs/${ID}/report`, { name: 'building', height: 800 });
    await stage.until(ANA, ID, (view) => view.phase === 'watching');
    await page.waitForSelector('.hero .pill.good', { timeout: 20_000 });
    await askInTwoWindows(stage, ANA, ID);

    await page.reload();
    const verdict = (await page.textContent('#verdict')) ?? '';
    expect(verdict).toMatch(/^Drift in .*prompt tokens/);
    expect(await page.locator('.feature svg.chart').count()).toBeGreaterThanOrEqual(6);
    expect(await axe(page)).toEqual([]);

    await page.click('#windows-open');
    await page.fill('#window-baseline', 'session:last-week');
    await page.fill('#window-current', 'session:this-week');
    await page.click('#windows-compare');
    await page.waitForURL(/baseline=session%3Alast-week&current=session%3Athis-week/);
    expect(await page.textContent('#drift .pairs')).toMatch(/session:last-week.*session:this-week/);
    expect(await page.inputValue('#window-current')).toBe('session:this-week');
  });

  it('two traces are compared, without a script as with one', async () => {
    for (const scriptless of [false, true]) {
      const page = await stage.open(ANA, `/api/labs/${ID}/report`, { scriptless });
      const last = page.locator('input[name="a"]').last();
      await last.check();
      await page.click('#compare');
      await page.waitForSelector('ins');
      expect(new URL(page.url()).pathname).toBe(`/api/labs/${ID}/traces/compare`);
      expect(await page.locator('del').count()).toBeGreaterThan(0);
      if (!scriptless) expect(await axe(page)).toEqual([]);
    }
    const page = await stage.open(ANA, `/api/labs/${ID}/report`);
    await page.locator('input[name="a"]').last().check();
    await page.click('#compare');
    await page.waitForSelector('ins');
    await screenshots(stage, ANA, page.url(), { name: 'compare', height: 1000 });
  });

  it('an answer full of markup and hidden characters stays text', async () => {
    const id = 'ana-hostile';
    await stage.api(ANA, '/api/labs', { id, completion: { prompt: 'HOSTILE please' } });
    await stage.until(ANA, id, (view) => view.phase === 'watching');
    const page = await stage.open(ANA, `/api/labs/${id}/report`);
    const said = (await page.textContent('.answer blockquote pre')) ?? '';
    expect(said).toBe(HOSTILE.replace('\u202e', '⟨U+202E⟩').replace('\u{e0041}', '⟨U+E0041⟩'));
    expect(await page.title()).not.toContain('taken');
    expect(await page.locator('img, blockquote script').count()).toBe(0);
    expect(await axe(page)).toEqual([]);
    const view = await stage.view(ANA, id);
    const [a, b] = (view.completions ?? []).map((it) => it.traceId);
    await page.goto(`/api/labs/${id}/traces/compare?a=${a}&b=${b}`);
    expect(await page.title()).not.toContain('taken');
    expect(await page.locator('img').count()).toBe(0);
    await stage.api(ANA, `/api/labs/${id}/end`, {});
    await stage.until(ANA, id, (it) => it.phase === 'ended');
  });

  it("nobody else sees the lab, and nobody else's page can end it", async () => {
    const page = await stage.open(RUI, '/api/dashboard');
    expect(await page.locator(`a:has-text("${ID}")`).count()).toBe(0);
    const response = await page.goto(`/api/labs/${ID}/report`);
    expect(response?.status()).toBe(404);
    stage.complaints.length = 0;
    for (const headers of [{ origin: 'https://elsewhere.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const refused = await stage.rig.host.fetch(`/api/dashboard/labs/${ID}/end`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'from=report',
      });
      expect(refused.status).toBe(403);
    }
  });

  it('a start that is refused shows the form again with what is wrong', async () => {
    const page = await stage.open(ANA, '/api/dashboard', { scriptless: true });
    await page.fill('#start-idleMinutes', '2');
    await page.click('#start-submit');
    expect(await page.textContent('#start-idleMinutes-fault')).not.toBe('');
    expect(await page.inputValue('#start-idleMinutes')).toBe('2');
    expect(await page.getAttribute('#start-idleMinutes', 'aria-invalid')).toBe('true');
    expect(await axe(await stage.open(ANA, '/api/dashboard'))).toEqual([]);
    await screenshots(stage, ANA, '/api/dashboard', { name: 'dashboard', height: 860 });
    stage.complaints.length = 0;
  });

  it('the lab is extended and ended from the page, with the keyboard, and the receipt says that nothing is left', async () => {
    const page = await stage.open(ANA, `/api/labs/${ID}/report`, { scriptless: true });
    await page.focus(`#extend-${ID}`);
    await page.keyboard.press('Enter');
    await page.waitForURL(/done=extended/);
    await page.focus(`#end-${ID} > summary`);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/done=ending/);
    await stage.until(ANA, ID, (view) => view.phase === 'ended');
    const report = await stage.open(ANA, `/api/labs/${ID}/report`);
    expect(await report.textContent('#receipt .pill')).toBe('Everything was removed');
    expect(await report.textContent('#verdict')).toMatch(/^Drift in/);
    for (const colorScheme of ['light', 'dark'] as const)
      expect(await axe(await stage.open(ANA, `/api/labs/${ID}/report`, { colorScheme })), colorScheme).toEqual([]);
    await screenshots(
      stage,
      ANA,
      `/api/labs/${ID}/report`,
      { name: 'report', height: 1180, portuguese: true },
      { name: 'drift', of: '#drift' },
      { name: 'receipt', of: '#receipt' },
    );
    expect(stage.rig.cloud.inventory().filter((it) => it.origin !== 'bystander')).toEqual([]);
  });
});
