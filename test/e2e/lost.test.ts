/** A lab whose orchestration the hub has lost still costs money: every answer and page says what it is, when it goes, and how to make it go now. */
import { describe, expect, it } from 'vitest';
import type { LabView } from '../../src/hub/lab-view.ts';
import { english } from '../../src/pages/words/en.ts';
import { portuguese } from '../../src/pages/words/pt-br.ts';
import { monitoringOf, type Asked } from './monitoring.ts';
import { useWorld } from './world.ts';

const world = useWorld();
const { post, watched, pass } = monitoringOf(world);

const get = async (path: string): Promise<Asked> => {
  const response = await world.rig.host.fetch(`/api/labs/${path}`);
  return { status: response.status, body: (await response.json()) as Asked['body'], headers: response.headers };
};
const text = async (path: string): Promise<string> => {
  const response = await world.rig.host.fetch(`/api/${path}`, { headers: { accept: 'text/html' } });
  return response.text();
};
const lost = async (): Promise<LabView> => {
  const id = await watched();
  await world.rig.renewHost('new');
  const view = await world.view(id);
  expect(view.phase).toBe('lost');
  return view;
};

describe('a lost lab', () => {
  it('is there for whatever asks it: nothing answers that it is unknown', async () => {
    const { id, lease } = await lost();
    const trace = 'tr-00000000000000000000000000000000';
    const answers = [
      await post(`${id}/keepalive`, {}),
      await post(`${id}/completions`, { prompt: 'A joke.' }),
      await post(`${id}/probe`, { n: 2 }),
      await get(`${id}/traces`),
      await get(`${id}/traces/${trace}`),
      await get(`${id}/traces/compare?a=${trace}&b=${trace}`),
      await get(`${id}/drift`),
    ];
    for (const { status, body } of answers) {
      expect([status, body['code']]).toEqual([409, 'lab-lost']);
      expect(body['detail']).toContain(`until its lease passes (${lease})`);
    }
  });

  it('is lost as well where its orchestration was terminated, and ended once nothing of it is left', async () => {
    const id = await watched();
    await world.terminate(id);
    expect(await post(`${id}/keepalive`, {})).toMatchObject({ status: 409, body: { code: 'lab-lost' } });
    expect(await get(`${id}/traces`)).toMatchObject({ status: 409, body: { code: 'lab-lost' } });
    await world.end(id);
    expect(await post(`${id}/keepalive`, {})).toMatchObject({ status: 409, body: { code: 'lab-ending' } });
    await world.rig.host.until(() => world.left().length === 0);
    await pass(5);
    expect(await post(`${id}/keepalive`, {})).toMatchObject({ status: 409, body: { code: 'lab-ended' } });
    expect(await get(`${id}/traces`)).toMatchObject({ status: 409, body: { code: 'lab-ended' } });
  });

  it('says on its pages that it costs money, when it goes and how to end it, and not what it may not know', async () => {
    const { id, lease = '' } = await lost();
    for (const [lang, words] of [
      ['en', english],
      ['pt-BR', portuguese],
    ] as const) {
      const page = await text(`labs/${id}/report?format=html&lang=${lang}`);
      const markdown = (await text(`labs/${id}/report?format=md&lang=${lang}`)).replaceAll('\\', '');
      for (const told of [page, markdown]) {
        expect(told).toContain(words.report.lost);
        expect(told).toContain(words.report.lostNow(id));
        expect(told).toContain(`, ${lease.slice(11, 19)} UTC.`);
        expect(told).not.toContain(words.report.facts.verified);
      }
      expect(page).not.toContain(words.report.later('').slice(0, 8));
    }
  });

  it('is in no sum of the dashboard as free, and in no column as without an end', async () => {
    const known = await lost();
    const page = await text('dashboard');
    expect(page).toContain(`<dt>${english.list.summaryRate}</dt><dd>unknown</dd>`);
    expect(page).toContain(english.list.goesAfter(`${(known.lease ?? '').slice(11, 19)} UTC`));
    await watched({ id: 'another' });
    expect(await text('dashboard')).toMatch(/<dd>\$0\.\d\d \+ 1 unknown<\/dd>/);
    await world.end(known.id);
    await world.rig.host.until(async () => (await world.view(known.id)).phase === 'ended');
    expect(await text('dashboard')).toContain(`<dt>${english.list.summaryAvoided}</dt><dd>unknown</dd>`);
    const report = await text(`labs/${known.id}/report?format=html`);
    expect(report).toContain(english.report.facts.leftNoteForgotten);
    expect(report).toContain(english.report.forgotten('Answers, Drift, Traces, Cost, Resources'));
    expect(report).not.toContain(english.report.facts.verifiedSays(0, 2));
  });
});
