/** What others wrote stays text: in pages, in attributes, in Markdown. */
import { describe, expect, it } from 'vitest';
import { escaped, foreign, markup, quoted, toHtml } from '../../src/pages/frame/markup.ts';
import { fenced, inline, plain } from '../../src/pages/report/markdown.ts';
import { oneLine, shortened, visible } from '../../src/pages/frame/visible-text.ts';

const RLO = '\u202e';
const HOSTILE = `<script>alert(1)</script>"'\`&${RLO}txt.exe`;

describe('markup', () => {
  it('escapes what is put into it, in content and in quoted attributes', () => {
    const html = toHtml(markup`<a title="${HOSTILE}">${HOSTILE}</a>`);
    expect(html).not.toMatch(/<script|<\/script/);
    expect(html.match(/"/g)).toHaveLength(2);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&#96;&amp;');
  });

  it('takes only its own markup for markup: an object of the same look is no way in', () => {
    const fake = { html: '<b>', toString: () => '<b>', 'Symbol(markup)': '<b>' };
    expect(toHtml(markup`${String(fake)}`)).toBe('&lt;b&gt;');
  });

  it('leaves out what is absent and keeps zero', () => {
    expect(toHtml(markup`${null}${undefined}${false}${0}${[markup`<i>`, 'a<']}`)).toBe('0<i>a&lt;');
  });

  it('isolates foreign text from the direction of its surroundings', () => {
    expect(toHtml(foreign('שלום'))).toBe('<bdi>שלום</bdi>');
    expect(toHtml(quoted('a\nb'))).toBe('<pre class="said" dir="auto">a\nb</pre>');
  });
});

describe('visible text', () => {
  it.each([
    ['an override of direction', RLO, '⟨U+202E⟩'],
    ['an isolate', '\u2066', '⟨U+2066⟩'],
    ['a zero-width space', '\u200b', '⟨U+200B⟩'],
    ['a null', '\0', '⟨U+0000⟩'],
    ['an escape, which a terminal would obey', '\u001b', '⟨U+001B⟩'],
    ['a carriage return alone', '\r', '⟨U+000D⟩'],
    ['a tag character, which hides text', '\u{e0041}', '⟨U+E0041⟩'],
    ['half of a pair', '\ud83d', '⟨U+D83D⟩'],
    ['a filler', '\u3164', '⟨U+3164⟩'],
    ['the joiner that joins nothing', '\u034f', '⟨U+034F⟩'],
  ])('shows %s by its number', (_what, character, shown) => {
    expect(visible(`a${character}b`)).toBe(`a${shown}b`);
    expect(escaped(`a${character}b`)).toBe(`a${shown}b`);
  });

  it('leaves alone what people write', () => {
    const text = 'Olá, 世界!\n\tשלום 👩‍💻 a\u200cb ❤\ufe0f 葛\u{e0100}';
    expect(visible(text)).toBe(text);
    expect(visible('a\r\nb')).toBe('a\nb');
  });

  it('shows text that is hidden in variation selectors', () => {
    expect(visible('a\u{e0158}\u{e0155}')).toBe('a\u{e0158}⟨U+E0155⟩');
    expect(visible('😀\ufe00\ufe0f\ufe01')).toBe('😀\ufe00⟨U+FE0F⟩⟨U+FE01⟩');
  });

  it('cuts at whole characters', () => {
    expect(shortened('👩‍💻👩‍💻', 2)).toBe('👩…');
    expect(oneLine(' a \n b ')).toBe('a b');
  });
});

describe('Markdown', () => {
  it('fences text with more backticks than it holds', () => {
    expect(fenced('a\n```\n# b\n````')).toBe('`````text\na\n```\n# b\n````\n`````');
  });

  it('escapes links, tags, tables, autolinks and list marks', () => {
    expect(inline('[a](http://x) <b> | www.x.y a@b `c`')).toBe(
      '\\[a\\](http\\://x) \\<b\\> \\| www\\.x.y a\\@b \\`c\\`',
    );
    expect(plain('- a')).toBe('\\- a');
    expect(plain('1. a')).toBe('1\\. a');
    expect(inline('12.5')).toBe('12.5');
  });
});
