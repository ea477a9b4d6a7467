/** Paths of URLs. Whatever comes from a request, a tag or a service stands for one segment, and cannot lead anywhere else. */

/** A path that was asked for with a value that is no segment of one. */
export class PathError extends Error {
  constructor(value: string) {
    super(`Not a segment of a path: ${JSON.stringify(value.slice(0, 80))}`);
    this.name = 'PathError';
  }
}

/** @throws PathError for nothing, for dots that lead up, and for what cannot be written as UTF-8 */
export function segment(value: string): string {
  if (value === '' || value === '.' || value === '..' || !value.isWellFormed() || hasControl(value))
    throw new PathError(value);
  return encodeURIComponent(value);
}

const hasControl = (value: string): boolean => [...value].some((it) => it < ' ' || it === '\u007f');

/** A path in which each value is one segment: ``path`/api/2.0/mlflow/traces/${id}` ``. */
export const path = (texts: TemplateStringsArray, ...values: readonly string[]): string =>
  texts.reduce((whole, text, index) => whole + segment(values[index - 1] ?? '') + text);

/** The same for a value that is a path itself, such as an id of Azure: each of its segments is encoded, none may be missing. */
export const segments = (value: string): string => value.split('/').map(segment).join('/');
