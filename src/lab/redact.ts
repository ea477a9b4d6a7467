/**
 * Takes secrets out of any text before it is stored, logged or shown.
 *
 * 1. Idempotent: a redacted text comes through unchanged.
 * 2. Ordinary ids survive: GUIDs, resource ids, trace ids (`tr-…`), and run ids where the text says that they are ids. An old account key and an MLflow run id have the
 *    same shape (32 hexadecimal digits), so a bare one without any such word beside it counts as a key.
 * 3. One pass per rule, no nested repetition: long texts cost linear time.
 */

const MARK = '[redacted]';

/** Query parameters that sign or unlock a URL: shared access signatures, signed operation URLs of ARM (`t`, `c`, `s`, `h`), function keys. */
const SIGNED =
  'sig|se|sv|st|sp|sr|spr|sip|skoid|sktid|skt|ske|sks|skv|t|c|s|h|code|access_token|client_secret|api-key|subscription-key';

/** Names whose value is a secret wherever they stand: a header, a JSON field, an environment variable, a part of a connection string. */
const SECRET_NAMES =
  'api[-_]?key|azure_openai_api_key|azure_openai_ad_token|x-functions-key|x-identity-header|identity_header|x-databricks-azure-sp-management-token|' +
  'ocp-apim-subscription-key|account_?key|shared_?access_?key|shared_?access_?signature|shared_?secret|client_?secret|access_?token|refresh_?token|id_token|' +
  'string_value|bytes_value|password|pwd|key[12]|secret';

const RULES: readonly (readonly [RegExp, string | ((match: string, ...groups: string[]) => string)])[] = [
  // Bearer and Basic credentials, then any JSON Web Token that stands alone.
  [/\b(Bearer|Basic)\s+(?!\[redacted\])[\w.~+/=-]{8,}/gi, `$1 ${MARK}`],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, MARK],
  // name=value, name: value, "name":"value", also with escaped quotes, up to the end of the value. `Bearer` keeps its word and has lost its token above.
  [
    new RegExp(
      `((?<![\\w-])(?:${SECRET_NAMES})\\\\?["']?\\s*[:=]\\s*\\\\?["']?)(?!\\[redacted\\])[^\\s"'\\\\;,&<>]+`,
      'gi',
    ),
    `$1${MARK}`,
  ],
  // Signed or secret query parameters; `&` may be written as an HTML entity or a JSON escape.
  [new RegExp(`((?:[?&]|&amp;|\\\\u0026)(?:${SIGNED})=)(?!\\[redacted\\])[^&\\s"'<>\\\\#]+`, 'gi'), `$1${MARK}`],
  // user:password@ of a URL.
  [/(:\/\/[^\s/:@]+:)(?!\[redacted\])[^\s/@]+@/g, `$1${MARK}@`],
  // Databricks personal access tokens, and Azure keys of 84 characters.
  [/\bdapi[0-9a-f]{32}(?:-\d+)?\b/g, MARK],
  [/(?<![A-Za-z0-9+/_-])[A-Za-z0-9]{84}(?![A-Za-z0-9+/_-])/g, MARK],
  // Keys of 32 hexadecimal digits, unless the words before say that it is an id.
  [/(?<![\w/.-])[0-9a-f]{32}(?![\w-])/gi, unlessId],
];

/** Words that make 32 hexadecimal digits an id: `run 0f…`, `"runId":"0f…"`, `trace_id=0f…`. */
const ID_BEFORE =
  /(?:run|trace|span|experiment|request|correlation|operation|cluster|parent|id|uuid)s?(?:[-_ ]?id)?\\?["']?\s*[:=#(]?\s*\\?["']?$/i;

function unlessId(match: string, ...rest: (string | number)[]): string {
  const offset = rest.find((it) => typeof it === 'number') ?? 0;
  const text = String(rest[rest.length - 1]);
  return ID_BEFORE.test(text.slice(Math.max(0, offset - 40), offset)) ? match : MARK;
}

/** The text without its secrets. */
export function redact(text: string): string {
  return RULES.reduce(
    (it, [pattern, by]) => (typeof by === 'string' ? it.replace(pattern, by) : it.replace(pattern, by)),
    text,
  );
}

/** A service's sentence, safe to store and to show: redacted, on one line, cut to `most` characters. */
export function safeMessage(text: string, most = 500): string {
  const line = redact(text).replace(/\s+/g, ' ').trim();
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

/** The error as it may be thrown on, logged and stored: its message redacted, its stack without the message, and nothing that a library has hung on it. */
export function safeError(error: unknown): Error {
  const safe = new Error(safeMessage(textOf(error)));
  if (error instanceof Error && error.stack)
    safe.stack = `${safe.message}\n${error.stack
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .join('\n')}`;
  return safe;
}

const textOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'Error' ? error.message : `${error.name}: ${error.message}`;
};
