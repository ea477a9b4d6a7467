import { z } from 'zod';

/** A text of at least one character. Half a surrogate pair cannot be written as UTF-8, and would reach the services as another text. */
export const boundedText = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((it) => it.isWellFormed(), 'must be well-formed Unicode');

/** At most so many characters; the last one of a longer text is an ellipsis. */
export const truncate = (text: string, characters: number): string =>
  text.length <= characters ? text : `${text.slice(0, characters - 1)}…`;

const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z$/;

/** A time in UTC, ISO 8601, with its milliseconds; undefined where the text is none: `Date.parse` takes far more, and far away years. */
export function isoTime(text: string): string | undefined {
  const at = ISO_TIME.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at)) return undefined;
  // The 30th of February is no time, though some parsers take it for one of March.
  const iso = new Date(at).toISOString();
  return iso.slice(0, 19) === text.slice(0, 19) ? iso : undefined;
}
