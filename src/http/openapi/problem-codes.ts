/** Every `code` that a problem can have, with its status and what it means. */

type Meaning = { status: number; means: string };

export const PROBLEMS = {
  'bad-request': { status: 400, means: 'A field, a parameter or a header is bad; `errors` names every one.' },
  'not-signed-in': { status: 401, means: 'Sign-in is on, and nobody is signed in.' },
  'foreign-origin': { status: 403, means: 'A page of another site sent it.' },
  'pages-read-only': { status: 403, means: 'Forms of the pages need sign-in.' },
  'no-such-file': { status: 404, means: 'The pages have no such file.' },
  'lab-not-found': { status: 404, means: 'There is no such lab, or it is somebody else’s.' },
  'batch-not-found': { status: 404, means: 'The lab has no such batch.' },
  'trace-not-found': { status: 404, means: 'The lab’s experiment has no such trace or run.' },
  'lab-exists': { status: 409, means: 'The id or Idempotency-Key was used for another request.' },
  'lab-ended': { status: 409, means: 'The lab has ended. `recreate` starts it again under the same id.' },
  'lab-ending': { status: 409, means: 'The lab is being removed.' },
  'lab-left-over': { status: 409, means: 'Resources of an earlier lab of this id still exist.' },
  'lab-lost': {
    status: 409,
    means: 'No orchestration looks after the lab’s resources. The sweep removes them; DELETE does it now.',
  },
  'lab-not-ready': { status: 409, means: 'The lab is not in its phase `watching` yet.' },
  'batch-exists': { status: 409, means: 'The Idempotency-Key was used for another body.' },
  'no-features': { status: 409, means: 'A window holds nothing that can be compared.' },
  'length-required': {
    status: 411,
    means: 'The body came in chunks, without its length: the platform hands on no such body.',
  },
  'body-too-large': { status: 413, means: 'The body is over the limit.' },
  'not-json': {
    status: 415,
    means: 'The body is not declared as JSON, or is compressed; with status 400: it is declared as JSON, and is not.',
  },
  'owner-limit-labs': { status: 429, means: 'You have as many labs as one owner may.' },
  'owner-limit-starts': { status: 429, means: 'You have started as many labs in 24 hours as one owner may.' },
  'owner-limit-usd': { status: 429, means: 'The budgets of your starts of 24 hours are used up.' },
  'no-tag-key': { status: 503, means: 'The installation has no key to sign tags with: its operator sets LAB_TAG_KEY.' },
  unavailable: { status: 503, means: 'Azure or the task hub did not answer. Try again after `Retry-After`.' },
} as const satisfies Record<string, Meaning>;

export type ProblemCode = keyof typeof PROBLEMS;

/** What every endpoint may answer, and what one that takes a body or changes something may answer besides. */
export const ALWAYS: readonly ProblemCode[] = ['bad-request', 'not-signed-in', 'body-too-large', 'unavailable'];
export const UNSAFE: readonly ProblemCode[] = ['foreign-origin', 'length-required', 'not-json'];
