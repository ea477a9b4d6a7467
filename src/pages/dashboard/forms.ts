/**
 * The forms of people who are signed in. They post to routes of the pages' own, whose body is a form's; the API takes JSON only. No form holds a key or a secret: the
 * sign-in's cookie says who posts, and a form of a foreign page is refused by its origin.
 */
import { card, linkTo, type Viewer } from '../frame/layout.ts';
import { markup, when, type Markup } from '../frame/markup.ts';
import { DEFAULTS, type FormValues } from './start-form.ts';
import { wordsFor } from '../words/words.ts';

export type StartForm = {
  values: FormValues;
  /** What is wrong, by field; '' for what belongs to no field. */
  faults: Readonly<Record<string, string>>;
  /** Makes a form that is sent twice one lab. */
  idempotencyKey: string;
};

/** Where the visitor goes on afterwards. */
export type From = 'dashboard' | 'report';
const fromField = (from: From): Markup => markup`<input type="hidden" name="from" value="${from}">`;

export function extendForm(id: string, from: From, viewer: Viewer): Markup {
  const { list: w } = wordsFor(viewer.locale);
  return markup`<form method="post" action="${linkTo(`/api/dashboard/labs/${id}/extend`, viewer)}">${fromField(from)}<button type="submit" id="extend-${id}" aria-label="${w.extendLab(id)}">${w.extend}</button></form>`;
}

/** In two steps, without script: what is removed does not come back. */
export function endForm(id: string, from: From, viewer: Viewer): Markup {
  const { list: w } = wordsFor(viewer.locale);
  return markup`<details id="end-${id}"><summary id="ask-${id}" aria-label="${w.endLab(id)}">${w.end}…</summary><form method="post" action="${linkTo(`/api/dashboard/labs/${id}/end`, viewer)}">${fromField(from)}<button class="danger" type="submit" id="confirm-${id}">${w.endConfirm(id)}</button></form></details>`;
}

export function startForm({ values, faults, idempotencyKey }: StartForm, viewer: Viewer): Markup {
  const words = wordsFor(viewer.locale);
  const { start: w } = words;
  const described = (name: string, hint?: string): Markup => {
    const ids = [
      ...(hint === undefined ? [] : [`start-${name}-hint`]),
      ...(name in faults ? [`start-${name}-fault`] : []),
    ];
    return markup`${when(ids.length > 0, () => markup` aria-describedby="${ids.join(' ')}"`)}${when(name in faults, () => markup` aria-invalid="true"`)}`;
  };
  const notes = (name: string, hint?: string): Markup =>
    markup`${when(hint, () => markup`<span class="hint" id="start-${name}-hint">${hint}</span>`)}${when(name in faults, () => markup`<span class="fault" id="start-${name}-fault">${faults[name]}</span>`)}`;
  const input = (name: keyof FormValues, label: string, attributes: Markup, hint?: string): Markup =>
    markup`<div><label for="start-${name}">${label}</label><input id="start-${name}" name="${name}" value="${values[name]}"${attributes}${described(name, hint)}>${notes(name, hint)}</div>`;
  const area = (name: 'system' | 'prompt', label: string): Markup =>
    markup`<div class="wide"><label for="start-${name}">${label}</label><textarea id="start-${name}" name="${name}"${described(name)}>\n${values[name]}</textarea>${notes(name)}</div>`;
  const inner = ['tier', 'system', 'prompt', 'maxHours', 'budgetUsd'].some((it) => it in faults);
  return card(
    'start',
    w.heading,
    markup`<p class="soft">${w.says}</p>${when(faults[''], () => markup`<div class="note bad" role="alert"><p>${faults['']}</p></div>`)}
<form method="post" action="${linkTo('/api/dashboard/labs', viewer)}" novalidate><input type="hidden" name="idempotencyKey" value="${idempotencyKey}">
<div class="fields">${input('id', w.id, markup` autocomplete="off" spellcheck="false" placeholder="${DEFAULTS.id}" maxlength="24"`, w.idHint)}
${input('model', w.model, markup` autocomplete="off" spellcheck="false"`)}
${input('idleMinutes', w.idleMinutes, markup` type="number" min="5" max="1440" inputmode="numeric"`, w.idleHint)}</div>
<details id="start-more"${inner ? markup` open` : ''}><summary>${w.more}</summary><div class="fields">
${input('maxHours', w.maxHours, markup` type="number" min="1" max="72" inputmode="numeric"`)}
${input('budgetUsd', w.budgetUsd, markup` type="number" min="0.5" step="any" inputmode="decimal"`)}
<div><label for="start-tier">${w.tier}</label><select id="start-tier" name="tier">${(['premium', 'trial'] as const).map(
      (tier) =>
        markup`<option value="${tier}"${values.tier === tier ? markup` selected` : ''}>${w.tiers[tier]}</option>`,
    )}</select></div>
${area('system', w.system)}${area('prompt', w.prompt)}</div></details>
<p><button class="main" type="submit" id="start-submit">${w.submit}</button></p></form>`,
  );
}
