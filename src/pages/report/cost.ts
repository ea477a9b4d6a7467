/** What the lab costs, by resource, and what it is made of. */
import { shareBar } from '../charts/shares.ts';
import { formatFor } from '../frame/format.ts';
import type { LabPicture, Resource } from './report-data.ts';
import { card, scrolling, type Viewer } from '../frame/layout.ts';
import { english, foreign, markup, when, type Markup } from '../frame/markup.ts';
import { wordsFor } from '../words/words.ts';

/** Null where it is not known: the orchestration of the lab was lost. */
export function costSection({ view }: LabPicture, { locale }: Viewer): Markup | null {
  const words = wordsFor(locale);
  const { cost: w } = words;
  const format = formatFor(locale);
  const { cost } = view;
  if (!cost) return null;
  const lines = [
    ...cost.byResource.map((it) => ({ name: foreign(it.resource), usd: it.usd })),
    { name: markup`${w.tokens}`, usd: cost.tokensUsd },
  ];
  const share = (usd: number): Markup => (cost.usd > 0 ? shareBar(usd / cost.usd) : markup``);
  return card(
    'cost',
    w.heading,
    markup`${scrolling(
      w.heading,
      markup`<table><caption class="unseen">${w.heading}</caption><thead><tr><th scope="col">${w.resource}</th><th scope="col" class="number">${w.usd}</th><th scope="col">${w.share}</th></tr></thead><tbody>${lines.map(
        (it) =>
          markup`<tr><th scope="row" class="kind">${it.name}</th><td class="number">${format.usd(it.usd)}</td><td class="share">${share(it.usd)}</td></tr>`,
      )}</tbody><tfoot><tr><th scope="row">${w.total}</th><td class="number">${format.usd(cost.usd)}</td><td></td></tr></tfoot></table>`,
    )}${when(cost.unpriced.length > 0, () => markup`<p class="small soft">${w.unpriced(cost.unpriced.join(', '))}</p>`)}<p class="small soft">${words.estimates}</p>`,
  );
}

/** Null until something was created. */
export function resourcesSection({ view, resources }: LabPicture, { locale }: Viewer): Markup | null {
  const words = wordsFor(locale);
  const { resources: w } = words;
  const reason = view.report?.facts?.plan?.openai[0]?.choice.reason ?? view.plan?.reason;
  const why = reason ? markup`<p class="small"><strong>${w.whyModel}:</strong> ${english(reason)}</p>` : null;
  if (resources.length === 0) return null;
  const name = (it: Resource): Markup =>
    markup`<span class="mono">${foreign(it.name)}</span>${it.borrowed ? markup` <span class="pill">${w.borrowed}</span>` : null}${
      it.link === null
        ? null
        : markup` <a href="${it.link}" rel="noreferrer">${w.open}<span class="unseen"> ${it.name}</span></a>`
    }`;
  return card(
    'resources',
    w.heading,
    markup`${scrolling(
      w.heading,
      markup`<table class="stacks"><caption class="unseen">${w.heading}</caption><thead><tr><th scope="col">${w.columns.what}</th><th scope="col">${w.columns.name}</th><th scope="col">${w.columns.where}</th></tr></thead><tbody>${resources.map(
        (it) =>
          markup`<tr><th scope="row">${w.names[it.kind]}</th><td class="wrap">${name(it)}${it.detail === null ? null : markup`<span class="small soft">${foreign(it.detail)}</span>`}</td>${it.region === null ? markup`<td></td>` : markup`<td data-label="${w.columns.where}">${it.region}</td>`}</tr>`,
      )}</tbody></table>`,
    )}${why}`,
  );
}
