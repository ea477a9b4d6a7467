// ASP.NET Core route templates on the platform's URLPattern.
//
// The Functions host tries routes in the order of function names, without regard to how specific they are, and takes the
// method as a part of the match: a wrong method is 404 (azure-webjobs-sdk-extensions, WebJobs.Extensions.Http/Routing).
import { StartError } from './app.ts';

export type Route<T> = {
  readonly name: string;
  readonly template: string;
  readonly methods: readonly string[];
  readonly target: T;
};
export type Match<T> = { readonly target: T; readonly params: Record<string, string> };

const constraints: Readonly<Record<string, string>> = {
  int: '-?\\d+',
  long: '-?\\d+',
  bool: 'true|false',
  alpha: '[A-Za-z]+',
  guid: '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}',
  required: '[^/]+?',
};

const parameter = (whole: string, inner: string, owner: string): string => {
  const [, star, name, constraint, optional] = /^(\*{0,2})(\w+)(?::(\w+))?(\?)?$/.exec(inner) ?? [];
  if (!name) throw new StartError(`function '${owner}': route parameter ${whole} is not run by this local host`);
  const pattern = constraint ? constraints[constraint] : undefined;
  if (constraint && !pattern)
    throw new StartError(`function '${owner}': route constraint '${constraint}' is not run by this local host`);
  if (star) return `:${name}(.*)?`; // With the slash before it: a catch-all matches nothing, too.
  return `:${name}${pattern ? `(${pattern})` : ''}${optional ?? ''}`;
};

const compile = (template: string, owner: string): URLPattern => {
  const pathname = template
    .split(/(\{[^}]+\})/)
    .map((part) =>
      part.startsWith('{') ? parameter(part, part.slice(1, -1), owner) : part.replace(/[:*?+(){}\\]/g, '\\$&'),
    )
    .join('');
  return new URLPattern({ pathname: `/${pathname}` }, { ignoreCase: true });
};

/** Compiles the routes once; the returned function finds the first that matches a method and a path. */
export const createRouter = <T>(routes: readonly Route<T>[]) => {
  const compiled = routes
    .map((route) => ({ ...route, key: route.name.toLowerCase(), pattern: compile(route.template, route.name) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  return (method: string, path: string): Match<T> | undefined => {
    const pathname = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
    for (const { pattern, methods, target } of compiled) {
      if (!methods.includes(method)) continue;
      const match = pattern.exec({ pathname });
      if (!match) continue;
      const groups = Object.entries(match.pathname.groups).filter(([, value]) => value !== undefined);
      return { target, params: Object.fromEntries(groups.map(([name, value]) => [name, decode(value ?? '')])) };
    }
    return undefined;
  };
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
