// What .NET's JSON library does to values on their way through history.

/** JSON text without the name of its type: Newtonsoft takes a first property `$type` for its own, at the top. */
export const withoutType = (text: string): string => {
  if (!text.startsWith('{"$type"')) return text;
  const { $type: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify(rest);
};

/** A number as JSON text; those that JSON does not have become text. */
export const numberText = (value: number): string =>
  Number.isFinite(value) ? JSON.stringify(value) : JSON.stringify(String(value));
