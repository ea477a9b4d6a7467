/** What form and what language an answer has: by the request's headers, or by name in the address, where a link cannot set headers. */
import Negotiator from 'negotiator';
import type { Locale } from '../../drift/text/vocabulary.ts';

export type Form = 'json' | 'html' | 'markdown';

type Asked = { headers: { get(name: string): string | null }; query: { get(name: string): string | null } };

const TYPES: Readonly<Record<Form, string>> = {
  json: 'application/json',
  html: 'text/html',
  markdown: 'text/markdown',
};
const NAMES: Readonly<Record<string, Form>> = { json: 'json', html: 'html', md: 'markdown' };

/** A longer header than any client sends is cut, because it is read element by element. */
const LONGEST_HEADER = 2_000;

/** https://www.rfc-editor.org/rfc/rfc9110#section-12.5 */
const preferences = (name: 'accept' | 'accept-language', value: string): Negotiator =>
  new Negotiator({ headers: { [name]: value.slice(0, LONGEST_HEADER) } });

/** JSON unless the caller prefers another form: curl says that it takes anything, a browser asks for HTML. */
export function formOf({ headers, query }: Asked, forms: readonly Form[] = ['json', 'html', 'markdown']): Form {
  const named = NAMES[query.get('format') ?? ''];
  if (named !== undefined && forms.includes(named)) return named;
  const preferred = preferences('accept', headers.get('accept') ?? '*/*').mediaType(forms.map((form) => TYPES[form]));
  return forms.find((form) => TYPES[form] === preferred) ?? 'json';
}

/** English unless the caller prefers Portuguese. */
export function localeOf({ headers, query }: Asked): Locale {
  const named = query.get('lang');
  if (named !== null) return /^pt\b/i.test(named) ? 'pt-BR' : 'en';
  const preferred = preferences('accept-language', headers.get('accept-language') ?? '').language([
    'en',
    'pt-BR',
    'pt',
  ]);
  return preferred?.startsWith('pt') ? 'pt-BR' : 'en';
}
