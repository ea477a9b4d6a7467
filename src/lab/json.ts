/** Text from elsewhere that may be no JSON. */

/** What the text says; undefined where it is no JSON. */
export const parseJson = (text: string): unknown => parse(text);

/** The same; whole numbers beyond 2^53 come out as bigints instead of being rounded. */
export const parseExact = (text: string): unknown =>
  parse(text, (_key, value, context) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
      ? BigInt(context?.source ?? 0)
      : value,
  );

function parse(
  text: string,
  reviver?: (key: string, value: unknown, context?: { source: string }) => unknown,
): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch {
    return undefined;
  }
}
