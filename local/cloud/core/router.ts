// Requests to handlers: route templates, matched segment by segment. A literal segment beats a parameter, and a parameter beats a tail.
import type { Token } from './tokens.ts';

/** One request, as a handler sees it. */
export type Call = {
  method: string;
  /** Decoded nowhere: as it came, without the query. */
  path: string;
  /** Decoded values of the template's parameters, in the case in which they came. */
  params: Record<string, string>;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** The parsed JSON body; undefined where there is none or where it is not JSON. */
  body: unknown;
  rawBody: Buffer;
  /** The bearer token, if one came and is valid for the service; its signature, audience and expiry are checked already. */
  token: Token | null;
  /** `https://127.0.0.1:port` of the endpoint that was called. */
  origin: string;
  /** Lab time, Unix ms. */
  now: number;
};

/** `json`, `text`, `bytes` or a `stream` that is sent as it comes, or nothing for an empty body. */
export type Reply = {
  status: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
  bytes?: Buffer;
  /** Where it breaks, so does the connection. */
  stream?: AsyncIterable<string>;
};

export type Route = {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** `/subscriptions/{subscriptionId}/resourceGroups/{group}`; a last segment `{path*}` takes all that is left. */
  template: string;
  handler: (call: Call) => Reply | Promise<Reply>;
  /** ARM only: the versions that the service knows for this route. */
  apiVersions?: readonly string[];
};

export type Match = { route: Route; params: Record<string, string> };
export type Router = (method: string, path: string) => Match | undefined;

type Compiled = { route: Route; parts: { literal?: string; name?: string; tail?: boolean }[] };

/** Compiles `routes` into one lookup. `ignoreCase` is for ARM, where literal segments match in any case. */
export function createRouter(routes: readonly Route[], options: { ignoreCase?: boolean } = {}): Router {
  const fold = (text: string): string => (options.ignoreCase === true ? text.toLowerCase() : text);
  const byMethod = new Map<string, Compiled[]>();
  for (const route of routes) {
    const parts = split(route.template).map((part) => {
      const name = /^\{(\w+)(\*?)\}$/.exec(part);
      return name === null ? { literal: fold(part) } : { name: name[1] as string, tail: name[2] === '*' };
    });
    byMethod.set(route.method, [...(byMethod.get(route.method) ?? []), { route, parts }]);
  }
  for (const list of byMethod.values()) list.sort((a, b) => specificity(b) - specificity(a));

  return (method, path) => {
    const segments = split(path);
    const folded = segments.map(fold);
    for (const { route, parts } of byMethod.get(method) ?? []) {
      const tail = parts.at(-1)?.tail === true;
      if (tail ? segments.length < parts.length : segments.length !== parts.length) continue;
      if (!parts.every((part, index) => part.literal === undefined || part.literal === folded[index])) continue;
      const params: Record<string, string> = {};
      parts.forEach((part, index) => {
        if (part.name === undefined) return;
        const raw = part.tail === true ? segments.slice(index).join('/') : (segments[index] ?? '');
        params[part.name] = decode(raw);
      });
      return { route, params };
    }
    return undefined;
  };
}

// Earlier literals weigh more, so that /usages beats /{name} whatever follows.
const specificity = ({ parts }: Compiled): number =>
  parts.reduce(
    (sum, part, index) => sum + (part.literal !== undefined ? 2 : part.tail === true ? 0 : 1) * 3 ** (20 - index),
    0,
  );

const split = (path: string): string[] => path.split('/').filter((segment) => segment !== '');

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
