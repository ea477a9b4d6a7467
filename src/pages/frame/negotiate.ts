/** What form and what language an answer has: by the request's headers, or by name in the address, where a link cannot set headers. */
import type { Locale } from '../../drift/text/describe.ts';

export type Form = 'json' | 'html' | 'markdown';

type Asked = { headers: { get(name: string): string | null }; query: { get(name: string): string | null } };

const TYPES: readonly (readonly [form: Form, type: string])[] = [
  ['json', 'application/json'],
  ['html', 'text/html'],
  ['markdown', 'text/markdown'],
];
const NAMES: Readonly<Record<string, Form>> = { json: 'json', html: 'html', md: 'markdown' };

/** Elements of a list header with their weight, the heaviest first. https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2 */
function weighted(header: string): { name: string; weight: number }[] {
  return header
    .slice(0, 2_000)
    .split(',')
    .map((element) => {
      const [name = '', ...parameters] = element.split(';').map((part) => part.trim().toLowerCase());
      const weight = Number(parameters.find((it) => it.startsWith('q='))?.slice(2) ?? 1);
      return { name, weight: Number.isNaN(weight) ? 0 : weight };
    })
    .filter((it) => it.name !== '' && it.weight > 0)
    .sort((a, b) => b.weight - a.weight);
}

/** JSON unless the caller prefers another form: curl says that it takes anything, a browser asks for HTML. */
export function formOf({ headers, query }: Asked, forms: readonly Form[] = ['json', 'html', 'markdown']): Form {
  const named = NAMES[query.get('format') ?? ''];
  if (named !== undefined && forms.includes(named)) return named;
  const offers = TYPES.filter(([form]) => forms.includes(form));
  for (const { name } of weighted(headers.get('accept') ?? '*/*')) {
    const chosen = offers.find(
      ([, type]) => name === type || name === '*/*' || (name.endsWith('/*') && type.startsWith(name.slice(0, -1))),
    );
    if (chosen) return chosen[0];
  }
  return 'json';
}

/** English unless the caller prefers Portuguese. */
export function localeOf({ headers, query }: Asked): Locale {
  const named = query.get('lang');
  if (named !== null) return /^pt\b/i.test(named) ? 'pt-BR' : 'en';
  const first = weighted(headers.get('accept-language') ?? '').find((it) => /^(?:en|pt)\b/.test(it.name));
  return first?.name.startsWith('pt') ? 'pt-BR' : 'en';
}
