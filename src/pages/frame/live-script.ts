/**
 * The one script of the pages. Everything works without it; it keeps a page fresh, and a key where it is.
 *
 * 1. A page that says so is read again every few seconds while it is looked at, and its live regions are put in the place of the old ones, with what was open,
 *    chosen and focused. The browser itself parses the answer: no text becomes markup here, which the policy (trusted types) would refuse.
 * 2. With a function key in the address (`?code=`), links and searches within the app carry it on at the moment they are followed. It is never written into
 *    the page.
 */
export const LIVE_SCRIPT = String.raw`'use strict';
(() => {
  const root = document.documentElement;
  const key = new URLSearchParams(location.search).get('code');

  const go = (address) => {
    const url = new URL(address, location.href);
    if (url.origin === location.origin && url.pathname.startsWith('/api/')) url.searchParams.set('code', key);
    location.assign(url.href);
  };
  if (key !== null) {
    document.addEventListener('click', (event) => {
      const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
      if (!link || link.getAttribute('href').startsWith('#') || new URL(link.href).origin !== location.origin) return;
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      go(link.href);
    });
    document.addEventListener('submit', (event) => {
      const form = event.target;
      if (form.method !== 'get') return;
      event.preventDefault();
      const url = new URL(form.action);
      for (const [name, value] of new FormData(form)) url.searchParams.set(name, value);
      go(url.href);
    });
  }

  let failures = 0;
  const every = () => Number(root.dataset.refresh ?? 0);
  const plan = () => {
    const seconds = every();
    if (seconds > 0) setTimeout(refresh, Math.min(120, seconds * 2 ** failures) * 1000);
  };

  const refresh = () => {
    if (document.visibilityState !== 'visible') return plan();
    const request = new XMLHttpRequest();
    const address = new URL(location.href);
    address.searchParams.delete('done');
    request.open('GET', address.href);
    request.responseType = 'document';
    request.timeout = 30000;
    request.setRequestHeader('accept', 'text/html');
    request.onloadend = () => {
      const fresh = request.status === 200 ? request.responseXML : null;
      failures = fresh === null ? Math.min(5, failures + 1) : 0;
      if (fresh !== null) take(fresh);
      plan();
    };
    request.send();
  };

  // What the keyboard is on is found again by its id, else by where it leads to, else by its place.
  const STOPS = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const keep = (old, next) => {
    const stops = [...old.querySelectorAll(STOPS)];
    const index = stops.indexOf(document.activeElement);
    if (index < 0) return () => {};
    const { id, href } = stops[index];
    const found = [...next.querySelectorAll(STOPS)];
    const same = (id && found.find((it) => it.id === id)) || (href && found.find((it) => it.href === href)) || found[index];
    return () => same?.focus({ preventScroll: true });
  };

  const take = (fresh) => {
    document.title = fresh.title;
    root.dataset.refresh = fresh.documentElement.dataset.refresh ?? '0';
    for (const old of document.querySelectorAll('[data-live]')) {
      const next = fresh.getElementById(old.id);
      if (next === null || next.isEqualNode(old)) continue;
      // Not while somebody marks text or types in it.
      const marked = getSelection();
      if (marked && !marked.isCollapsed && old.contains(marked.anchorNode)) continue;
      const typing = document.activeElement?.matches('input[id]:not([type=radio]), textarea');
      if (typing && old.contains(document.activeElement)) continue;
      for (const open of old.querySelectorAll('details[open][id]'))
        next.querySelector('#' + CSS.escape(open.id))?.setAttribute('open', '');
      for (const typed of old.querySelectorAll('input[id]:not([type=radio])')) {
        const again = typed.value !== typed.defaultValue && next.querySelector('#' + CSS.escape(typed.id));
        if (again) again.value = typed.value;
      }
      for (const chosen of old.querySelectorAll('input:checked[id]'))
        next.querySelector('#' + CSS.escape(chosen.id))?.setAttribute('checked', '');
      const scrolled = [...old.querySelectorAll('.scroll')].map((it) => it.scrollLeft);
      const refocus = keep(old, next);
      old.replaceWith(document.adoptNode(next));
      refocus();
      next.querySelectorAll('.scroll').forEach((it, index) => { it.scrollLeft = scrolled[index] ?? 0; });
    }
    const said = fresh.getElementById('announce')?.textContent ?? '';
    const status = document.getElementById('announce');
    if (status && status.textContent !== said) status.textContent = said;
  };

  plan();
})();
`;
