/** The frame of every page, and its answer: one document that works without script, under a policy that lets nothing in but the app's own style sheet and script. */
import { randomBytes } from 'node:crypto';
import type { HttpResponseInit } from '@azure/functions';
import type { Locale } from '../../drift/text/vocabulary.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { ASSETS } from './assets.ts';
import { markup, toHtml, type Insert, type Markup } from './markup.ts';
import { wordsFor } from '../words/words.ts';
import type { Words } from '../words/en.ts';

/** What every page knows of its visitor. */
export type Viewer = {
  locale: Locale;
  /** Path and query of the page, without a key. */
  path: string;
  /** The address names the language: links then carry it on. Else the browser's own goes with every request. */
  chosen: boolean;
  /** Whose labs are marked as the visitor's own. */
  callerId: string;
  /** Who is signed in; null where keys are used: pages are read-only then. */
  person: string | null;
};

export type PageParts = {
  title: string;
  /** Below the header, before the sections. */
  hero: Insert;
  content: Insert;
  /** Seconds after which the page's live regions are read again; absent: never. */
  refreshSeconds?: number;
  /** Read out when it changes. */
  announce?: string;
};

export function page(status: number, viewer: Viewer, parts: PageParts): HttpResponseInit {
  const nonce = randomBytes(18).toString('base64');
  return {
    status,
    headers: {
      ...SECURITY_HEADERS,
      'content-type': 'text/html; charset=utf-8',
      'content-language': viewer.locale,
      'content-security-policy': policy(nonce),
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
      'x-frame-options': 'DENY',
      vary: 'Accept, Accept-Language',
    },
    body: `<!doctype html>\n${toHtml(documentOf(viewer, parts, nonce))}\n`,
  };
}

/** The script makes no markup from text, and may not: trusted types are required, and no policy for them is allowed. */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

function documentOf(viewer: Viewer, parts: PageParts, nonce: string): Markup {
  const words = wordsFor(viewer.locale);
  return markup`<html lang="${viewer.locale}"${parts.refreshSeconds === undefined ? '' : markup` data-refresh="${parts.refreshSeconds}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${parts.title} · ${words.product}</title>
<link rel="icon" href="${ASSETS.icon.path}" type="image/svg+xml">
<link rel="stylesheet" href="${ASSETS.style.path}" integrity="${ASSETS.style.integrity}" nonce="${nonce}">
<script src="${ASSETS.script.path}" integrity="${ASSETS.script.integrity}" nonce="${nonce}" defer></script>
</head>
<body>
<a class="skip" href="#content">${words.skip}</a>
${header(viewer, words)}
<main id="content" tabindex="-1">
${parts.hero}
<p class="unseen" role="status" id="announce">${parts.announce ?? ''}</p>
${parts.content}
</main>
${footer(viewer, words)}
</body>
</html>`;
}

const header = (viewer: Viewer, words: Words): Markup => markup`<header class="top"><div class="inner">
<a class="brand" href="${linkTo('/api/dashboard', viewer)}">${MARK}<span>${words.product}</span></a>
<nav aria-label="${words.labs}"><a href="${linkTo('/api/dashboard', viewer)}">${words.dashboard}</a></nav>
<nav class="languages" aria-label="${words.language}">${LOCALES.map(
  ([locale, name, short]) =>
    markup`<a href="${withLanguage(viewer.path, locale)}" hreflang="${locale}" lang="${locale}" title="${name}"${locale === viewer.locale ? markup` aria-current="true"` : ''}>${short}</a>`,
)}</nav>
</div></header>`;

const footer = (viewer: Viewer, words: Words): Markup => markup`<footer class="bottom"><div class="inner">
<p>${words.tagline}. ${words.estimates}</p>
<p>${viewer.person === null ? words.withKey : markup`${words.signedInAs('')}<bdi>${viewer.person}</bdi> · <a href="/.auth/logout">${words.signOut}</a>`}</p>
</div></footer>`;

const LOCALES: readonly (readonly [Locale, name: string, short: string])[] = [
  ['en', 'English', 'EN'],
  ['pt-BR', 'Português (Brasil)', 'PT'],
];

const MARK = markup`<svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false"><path class="glass" d="M9 3h6M10 3v6.2L4.9 17.6A2.2 2.2 0 0 0 6.8 21h10.4a2.2 2.2 0 0 0 1.9-3.4L14 9.2V3"/><path class="wave" d="M7.4 15.2c1.6-1 3-1 4.6 0s3 1 4.6 0"/></svg>`;

/** An address within the app, in the visitor's language where that was chosen. */
export const linkTo = (path: string, { chosen, locale }: Viewer): string =>
  chosen ? withLanguage(path, locale) : path;

const withLanguage = (path: string, locale: Locale): string => {
  const url = new URL(path, 'http://page');
  url.searchParams.set('lang', locale);
  return `${url.pathname}${url.search}`;
};

/** A section with its heading, as the pages' cards are. */
export const card = (id: string, heading: string, content: Insert, aside: Insert = null): Markup =>
  markup`<section class="card" id="${id}" aria-labelledby="${id}-h"><div class="card-head"><h2 id="${id}-h">${heading}</h2>${aside}</div>${content}</section>`;

/** What is wider than a phone scrolls by itself, also with the keyboard. */
export const scrolling = (label: string, content: Insert): Markup =>
  markup`<div class="scroll" role="group" aria-label="${label}" tabindex="0">${content}</div>`;

export const time = (iso: string, text: string): Markup => markup`<time datetime="${iso}">${text}</time>`;
