// ASP.NET Core route templates on the platform's URLPattern.
//
// The Functions host tries routes in the order of function names, without regard to how specific they are, and takes the
// method as a part of the match: a wrong method is 404 (azure-webjobs-sdk-extensions, WebJobs.Extensions.Http/Routing).
import { StartError } from '../start-error.ts';

export type Route<T> = {
  readonly name: string;
  readonly template: string;
  readonly methods: readonly string[];
  readonly target: T;
};
export type Router<T> = (
  method: string,
  path: string,
) => { readonly target: T; readonly params: Readonly<Record<string, string>> } | undefined;

const constraints: Readonly<Record<string, string>> = {
  int: '-?\\d+',
  long: '-?\\d+',
  bool: 'true|false',
  alpha: '[A-Za-z]+',
  guid: '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}',
};

const parameter = (whole: string, owner: string): string => {
  const [, star, name, constraint, optional] = /^\{(\*{0,2})(\w+)(?::(\w+))?(\?)?\}$/.exec(whole) ?? [];
  const pattern = constraint === undefined ? '' : constraints[constraint];
  if (!name || pattern === undefined)
    throw new StartError(`function '${owner}': the route parameter ${whole} is not run by this local host`);
  if (star) return `:${name}(.*)?`; // With the slash before it: a catch-all matches nothing, too.
  return `:${name}${pattern && `(${pattern})`}${optional ?? ''}`;
};

const compile = (template: string, owner: string): URLPattern => {
  const parts = template.split(/(\{[^}]+\})/);
  const escaped = (part: string): string => part.replace(/[:*?+(){}\\]/g, '\\$&');
  const pathname = parts.map((part) => (part.startsWith('{') ? parameter(part, owner) : escaped(part))).join('');
  return new URLPattern({ pathname: `/${pathname}` }, { ignoreCase: true });
};

/** Compiles the routes once; the returned function finds the first that matches a method and a path. */
export const createRouter = <T>(routes: readonly Route<T>[]): Router<T> => {
  const compiled = routes
    .map((route) => ({ ...route, key: route.name.toLowerCase(), pattern: compile(route.template, route.name) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  return (method, path) => {
    const pathname = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
    for (const { pattern, methods, target } of compiled) {
      const groups = methods.includes(method) ? pattern.exec({ pathname })?.pathname.groups : undefined;
      if (!groups) continue;
      const found = Object.entries(groups).flatMap(([name, value]) => (value ? [[name, decoded(value)]] : []));
      return { target, params: Object.fromEntries(found) as Record<string, string> };
    }
    return undefined;
  };
};

/** A path segment without its escapes; as it is when they are none. */
export const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
