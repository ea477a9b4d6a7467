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
