/** What the local host does otherwise than the Durable extension, on purpose. `docs/local-host.md` has the same list in words. */
export type Difference = { readonly reason: string; readonly scenarios: readonly string[] };

export const DIFFERENCES: readonly Difference[] = [
  {
    reason: 'what hangs for ever in Azure without a word fails here, with the remedy',
    scenarios: [
      'an unknown activity',
      'an unknown activity, caught',
      'an unknown child',
      'retry with no attempt',
      "a child with its parent's own id",
      'a child whose id begins with @',
    ],
  },
  {
    reason: 'a body that is no JSON is refused, though the extension reads quotes, commas and comments of more kinds',
    scenarios: [
      'start with the body " "',
      'start with the body "{"',
      `start with the body "{'a':1}"`,
      'start with the body "{\\"a\\":1,}"',
      'start with the body "[1,]"',
      'start with the body "{a:1}"',
      'start with the body "/* c */ 1"',
      'start with the body "1 // c"',
      'start with the body "NaN"',
      'start with the body "undefined"',
    ],
  },
  {
    reason: 'JSON is that of JavaScript: a number beyond its range is null, and half a surrogate stays one',
    scenarios: ['start with the body "1e400"', 'start with the body "\\"\\\\ud800\\""'],
  },
  {
    reason: 'a request that waits for an end would hold the clock still that the end waits for',
    scenarios: ['start and wait for the end', 'start and wait for what does not end'],
  },
  {
    reason: 'an instance runs as soon as its start is answered, unless starts race',
    scenarios: ['start over one that is Pending'],
  },
];
