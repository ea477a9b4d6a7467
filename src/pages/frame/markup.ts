/**
 * HTML as values.
 *
 * 1. What stands in a template's text is markup; what is put into it is text, and escaped, for element content and for quoted attributes alike.
 * 2. Only a template makes markup. Nothing else can be one by accident: text of a model is never taken for it.
 * 3. Text is made visible on the way (see `visible-text.ts`), so that no page has to think of it.
 */
import { visible } from './visible-text.ts';

const MARKUP = Symbol('markup');

export type Markup = { readonly [MARKUP]: string };
export type Insert = Markup | string | number | null | undefined | false | readonly Insert[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

export const escaped = (text: string): string => visible(text).replace(/[&<>"'`]/g, (it) => ENTITIES[it] ?? '');

const isMarkup = (it: unknown): it is Markup => typeof it === 'object' && it !== null && MARKUP in it;

function rendered(it: Insert): string {
  if (it === null || it === undefined || it === false) return '';
  if (typeof it === 'string') return escaped(it);
  if (typeof it === 'number') return String(it);
  return isMarkup(it) ? it[MARKUP] : it.map(rendered).join('');
}

/** Attributes must be quoted. Nothing is put into a tag's or an attribute's name, into a script or into a style. */
export const markup = (literals: TemplateStringsArray, ...inserts: Insert[]): Markup => ({
  [MARKUP]: literals.reduce((text, literal, index) => text + rendered(inserts[index - 1]) + literal),
});

export const toHtml = (it: Markup): string => it[MARKUP];

/** Text of somebody else inside a line: its direction stays its own. */
export const foreign = (text: string): Markup => markup`<bdi>${text}</bdi>`;

/** The same where the language is known to be English whatever the page's: what services and this app's reasons say. */
export const english = (text: string): Markup => markup`<bdi lang="en">${text}</bdi>`;

/** Several lines of somebody else's text, as written. */
export const quoted = (text: string): Markup => markup`<pre class="said" dir="auto">${text}</pre>`;

export const when = (condition: unknown, then: () => Markup): Markup => (condition ? then() : markup``);
