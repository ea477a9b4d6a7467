/** Form and language of an answer, by what the caller prefers. */
import { describe, expect, it } from 'vitest';
import { formOf, localeOf } from '../../src/pages/frame/negotiate.ts';

const asked = (headers: Record<string, string>, query = '') => ({
  headers: new Headers(headers),
  query: new URLSearchParams(query),
});

describe('the form', () => {
  it.each([
    ['curl', '*/*', 'json'],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
    ['who asks for Markdown', 'text/markdown', 'markdown'],
    ['any text', 'text/*', 'html'],
    ['weights', 'text/html;q=0.2, application/json;q=0.9', 'json'],
    ['what is ruled out', 'text/html;q=0, application/json', 'json'],
    ['an unknown type', 'image/png', 'json'],
    ['nonsense', ';;;q=,,', 'json'],
  ] as const)('of %s', (_who, accept, form) => {
    expect(formOf(asked({ accept }))).toBe(form);
  });

  it('without the header is JSON', () => expect(formOf(asked({}))).toBe('json'));

  it('is what the address names, where it is offered', () => {
    expect(formOf(asked({ accept: 'text/html' }, 'format=md'))).toBe('markdown');
    expect(formOf(asked({ accept: 'text/html' }, 'format=md'), ['json', 'html'])).toBe('html');
  });
});

describe('the language', () => {
  it.each([
    ['', 'en'],
    ['pt-BR,pt;q=0.9,en;q=0.8', 'pt-BR'],
    ['pt', 'pt-BR'],
    ['de,en;q=0.8,pt;q=0.5', 'en'],
    ['de,pt;q=0.8,en;q=0.5', 'pt-BR'],
    ['pt;q=0,en', 'en'],
    ['ptx', 'en'],
  ] as const)('of "%s" is %s', (header, locale) => {
    expect(localeOf(asked({ 'accept-language': header }))).toBe(locale);
  });

  it('is what the address names', () => {
    expect(localeOf(asked({ 'accept-language': 'en' }, 'lang=pt-BR'))).toBe('pt-BR');
  });
});
