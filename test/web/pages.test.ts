/** The pages as an installed app answers them, without a browser: headers, forms, languages, who may act, and that text stays text. */
import { describe, expect, it } from 'vitest';
import type { Resource } from '../../src/pages/report/report-data.ts';
import type { TraceComparison } from '../../src/lab/traces/compare.ts';
import { compareSides } from '../../src/lab/traces/compare.ts';
import { comparePage } from '../../src/pages/compare-page.ts';
import { english } from '../../src/pages/words/en.ts';
import { portuguese } from '../../src/pages/words/pt-br.ts';
import { useWorld } from '../e2e/world.ts';

const world = useWorld();
const HTML = { accept: 'text/html' };
const get = async (path: string, headers: Record<string, string> = HTML) => {
  const response = await world.rig.host.fetch(path, { headers, redirect: 'manual' });
  return { response, text: await response.text() };
};

describe('every page', () => {
  it('lets nothing in but its own style sheet and script, and is framed, cached and referred to by nobody', async () => {
    const { response, text } = await get('/api/dashboard');
    expect(response.status).toBe(200);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
    expect(nonce.length).toBeGreaterThanOrEqual(24);
    expect(text).toContain(`nonce="${nonce}"`);
    // No inline script, no inline style, no handler in an attribute.
    expect(text).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/);
    expect((await get('/api/dashboard')).response.headers.get('content-security-policy')).not.toContain(nonce);
  });

  it('names style sheet, script and icon that are there for anybody, and kept for good', async () => {
    const { text } = await get('/api/dashboard');
    const files = [...text.matchAll(/(?:href|src)="(\/api\/assets\/[^"]+)"/g)].map((it) => it[1] ?? '');
    expect(files).toHaveLength(3);
    for (const file of files) {
      const { response } = await get(file);
      expect(response.status, file).toBe(200);
      expect(response.headers.get('cache-control')).toContain('immutable');
    }
    expect((await get('/api/assets/../../package.json')).response.status).toBe(404);
  });

  it('speaks English, or Brazilian Portuguese to those who prefer it', async () => {
    const en = await get('/api/dashboard');
    expect(en.text).toContain('<html lang="en"');
    const pt = await get('/api/dashboard', { ...HTML, 'accept-language': 'pt-BR,pt;q=0.9' });
    expect(pt.text).toContain('<html lang="pt-BR"');
    expect(pt.text).toContain(portuguese.list.living);
    expect(pt.response.headers.get('content-language')).toBe('pt-BR');
  });

  it('answers a refusal as a page to a browser, and as a problem to others', async () => {
    const page = await get('/api/labs/nobody/report');
    expect([page.response.status, page.response.headers.get('content-type')]).toEqual([
      404,
      'text/html; charset=utf-8',
    ]);
    expect(page.text).toContain(english.problem.titles['lab-not-found']);
    const { response } = await get('/api/labs/nobody/report', { accept: '*/*' });
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });
});

describe('with a function key', () => {
  it('pages hold no form that changes something, and no key', async () => {
    const id = await world.start({});
    for (const path of ['/api/dashboard?code=the-key', `/api/labs/${id}/report?code=the-key`]) {
      const { text } = await get(path);
      expect(text, path).not.toMatch(/method="post"|the-key/);
    }
  });

  it('the routes of the forms refuse', async () => {
    const response = await world.rig.host.fetch('/api/dashboard/labs', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'model=gpt-5.1',
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'pages-read-only' });
    expect(world.left()).toEqual([]);
  });
});

describe('a report', () => {
  it('is JSON to curl, Markdown to who asks, and a page; while the lab lives and when it has ended', async () => {
    const id = await world.start({});
    await world.until(id, (view) => view.phase === 'provisioning');
    const building = await get(`/api/labs/${id}/report`);
    expect(building.text).toContain('data-refresh="4"');
    await world.until(id, (view) => view.phase === 'watching');
    const watching = JSON.parse((await get(`/api/labs/${id}/report`, { accept: '*/*' })).text) as {
      traces: { count: number };
      recent: unknown[];
      drift: { verdict: { kind: string } };
    };
    expect(watching).toMatchObject({
      traces: { count: 2, failed: 0 },
      drift: { verdict: { kind: 'not-enough-data' } },
    });
    expect(watching.recent).toHaveLength(2);
    expect((await get(`/api/labs/${id}/report`)).text).toContain('name="a"');
    await world.end(id);
    await world.ended(id);
    const ended = await get(`/api/labs/${id}/report`);
    expect(ended.text).toContain(english.receipt.allGone);
    expect(ended.text).not.toContain('data-refresh');
    expect(ended.text).not.toMatch(/name="a"|undefined|\[object|NaN/);
    const markdown = await get(`/api/labs/${id}/report`, { accept: 'text/markdown' });
    expect(markdown.response.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(markdown.text).toContain(`**${english.receipt.allGone}.**`);
    expect(markdown.text).not.toMatch(/undefined|\[object|NaN/);
    const kept = JSON.parse((await get(`/api/labs/${id}/report?format=json`)).text) as { features: { count: number } };
    expect(kept.features.count).toBe(2);
  });

  it('names every step of a lab in both languages', async () => {
    const view = await world.ended(await world.start({}));
    for (const { name } of view.steps) {
      expect(english.steps[name], name).toBeDefined();
      expect(portuguese.steps[name], name).toBeDefined();
    }
    for (const { what } of view.report?.receipt.removals ?? []) {
      expect(english.kinds[what], what).toBeDefined();
      expect(portuguese.kinds[what], what).toBeDefined();
    }
  });

  it('of a lab that is ended while it is built names what was made, and marks no phase that was never reached', async () => {
    const id = await world.start({});
    await world.until(id, (view) =>
      ['deployment', 'workspace'].every((name) => view.steps.some((it) => it.name === name && it.state === 'done')),
    );
    const kinds = async () => {
      const { text } = await get(`/api/labs/${id}/report`, { accept: '*/*' });
      return (JSON.parse(text) as { resources: Resource[] }).resources.map((it) => it.kind);
    };
    expect(await kinds()).toEqual(['group', 'account', 'deployment', 'workspace']);
    await world.end(id);
    await world.until(id, (view) => view.steps.some((it) => it.name === 'inventory'));
    const { text } = await get(`/api/labs/${id}/report`);
    const phases = [...text.matchAll(/<li class="(past|now|)"[^>]*>(\w[\w ]*)/g)].map((it) => [it[1], it[2]]);
    expect(phases.slice(0, 7)).toEqual([
      ['past', english.phases.planning],
      ['past', english.phases.provisioning],
      ['', english.phases.connecting],
      ['', english.phases.completing],
      ['', english.phases.verifying],
      ['', english.phases.watching],
      ['now', english.phases['tearing-down']],
    ]);
    expect(text.match(new RegExp(`>${english.report.notReached}<`, 'g'))).toHaveLength(4);
    expect(text).toContain(english.report.later(english.receipt.heading));
    expect(text).toContain(english.report.never('Answers, Drift, Traces'));
    await world.ended(id);
    expect(await kinds()).toEqual(['group', 'account', 'deployment', 'workspace']);
  });

  it('of a lab that failed before it made anything counts no removals and saves nothing', async () => {
    world.rig.cloud.faults.add({ pattern: 'PUT */resourceGroups/*', kind: 'status', status: 403, body: REFUSED });
    const id = await world.start({});
    await world.ended(id);
    for (const format of ['html', 'md']) {
      const { text } = await get(`/api/labs/${id}/report?format=${format}`);
      expect(text).toContain(english.receipt.nothingMade);
      expect(text).not.toContain(english.receipt.removedSays('0'));
      expect(text).not.toContain(english.report.facts.avoided('$0.00'));
    }
  });

  it('goes on with its story while the lab ends, whatever windows somebody looks at', async () => {
    const id = await world.start({});
    await world.until(id, (view) => view.phase === 'watching');
    await world.end(id);
    await world.until(id, (view) => view.phase === 'tearing-down');
    const { response, text } = await get(`/api/labs/${id}/report?baseline=first:1&current=last:1`);
    expect(response.status).toBe(200);
    expect(text).toContain(english.phases['tearing-down']);
    expect(text).toContain(english.drift.unread);
  });

  it('refuses windows that are none', async () => {
    const id = await world.start({});
    await world.until(id, (view) => view.phase === 'watching');
    expect((await get(`/api/labs/${id}/report?baseline=all&current=nonsense`)).response.status).toBe(400);
  });
});

describe('a comparison', () => {
  it('is a page to a browser and JSON to others', async () => {
    const id = await world.start({});
    const view = await world.until(id, (it) => it.phase === 'watching');
    const [a, b] = (view.completions ?? []).map((it) => it.traceId);
    const path = `/api/labs/${id}/traces/compare?a=${a}&b=${b}`;
    expect((await get(path)).text).toContain(english.compare.title);
    expect(JSON.parse((await get(path, { accept: '*/*' })).text)).toMatchObject({ answers: { same: true } });
  });

  it('keeps what a model wrote text', () => {
    const bad = '<img src=x onerror=alert(1)>\u202e</pre><script>1</script>';
    const html = JSON.stringify(comparePage('lab-1', comparisonOf('plain words', bad), VISIT).body);
    expect(html).not.toMatch(/<img|<script(?! src=)|\u202e/);
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(html).toContain('⟨U+202E⟩');
  });
});

const REFUSED = { error: { code: 'AuthorizationFailed', message: 'The client does not have authorization.' } };
const VISIT = { locale: 'en', path: '/api/x', chosen: false, callerId: '', person: null } as const;

function comparisonOf(a: string, b: string): TraceComparison {
  const side = (traceId: string, answer: string): Parameters<typeof compareSides>[0] => ({
    trace: {
      traceId,
      time: null,
      state: 'OK',
      promptTokens: 1,
      completionTokens: 2,
      latencyMs: 3,
      promptChars: 1,
      responseChars: answer.length,
      finishReason: answer,
      refusal: false,
      model: answer,
      deployment: null,
      paramsHash: null,
      promptHash: null,
      errorCode: null,
      session: null,
      sourceRun: null,
      source: null,
      tags: {},
    },
    run: null,
    system: answer,
    prompt: answer,
    parameters: { stop: answer },
    answer,
  });
  return compareSides(side('tr-a', a), side('tr-b', b));
}
