/**
 * Text that others wrote, made safe to look at.
 *
 * 1. A model's answer may hold characters that are not seen and yet rule how the rest is seen: they reverse what follows, hide it, or end the line. Each is shown
 *    by its number instead. https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 * 2. The joiners stay, and one variation selector after what it varies: emoji and several scripts need them. A row of selectors is how text is hidden in them.
 */

/** Other, format; other, control (but line feed and tab); lone surrogates; line and paragraph separators; and the fillers that look like nothing. */
const HIDDEN = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu;

/** Variation selectors after another one, or at the beginning; and the joiner that joins nothing. */
const STACKED = /(?<=^|[\ufe00-\ufe0f\u{e0100}-\u{e01ef}])[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]|\u034f/gu;

const numbered = (it: string): string => `⟨U+${(it.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

export const visible = (text: string): string =>
  text.replace(/\r\n/g, '\n').replace(HIDDEN, numbered).replace(STACKED, numbered);

/** The same on one line. */
export const oneLine = (text: string): string => visible(text).replace(/\s+/g, ' ').trim();

/** Cut at whole characters; the mark says that something is missing. */
export function shortened(text: string, characters: number): string {
  const all = [...text];
  return all.length <= characters ? text : `${all.slice(0, characters - 1).join('')}…`;
}
