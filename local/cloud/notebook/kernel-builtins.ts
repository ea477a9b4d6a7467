// Python's builtin functions.
import { arithmetic, attributeOf, EXCEPTION_TYPES, fn, order, text } from './kernel-methods.ts';
import {
  Callable,
  EXCEPTIONS,
  ExceptionType,
  Float,
  iterate,
  numberOf,
  PyObject,
  raise,
  repr,
  str,
  truthy,
  Tuple,
  typeName,
  type Value,
} from './kernel-values.ts';

/** Python's builtins; `print` goes to `write`. */
export function builtins(
  write: (line: string) => void,
  call: (callee: Value, args: Value[]) => Promise<Value>,
): Record<string, Value> {
  const numeric = (value: Value | undefined, name: string): number =>
    numberOf(value ?? null) ??
    raise('TypeError', `${name}() argument must be a number, not '${typeName(value ?? null)}'`);
  const extreme =
    (sign: number) =>
    (...args: Value[]): Value => {
      const items = args.length === 1 ? iterate(args[0] as Value) : args;
      if (items.length === 0) raise('ValueError', 'arg is an empty sequence');
      return items.reduce((best, it) => ((order(it, best) ?? 0) * sign > 0 ? it : best));
    };
  const table: Record<string, (...args: Value[]) => Value> = {
    len: (value) => (value instanceof Map ? value.size : iterate(value ?? null).length),
    str: (value) => (value === undefined ? '' : str(value)),
    repr: (value) => repr(value ?? null),
    bool: (value) => truthy(value ?? null),
    int: (value) => {
      if (typeof value === 'string') {
        return /^\s*[+-]?\d+\s*$/.test(value)
          ? Number(value)
          : raise('ValueError', `invalid literal for int() with base 10: ${repr(value)}`);
      }
      return Math.trunc(numeric(value, 'int'));
    },
    float: (value) => {
      if (typeof value !== 'string') return new Float(numeric(value, 'float'));
      const parsed = Number(value);
      return value.trim() === '' || Number.isNaN(parsed)
        ? raise('ValueError', `could not convert string to float: ${repr(value)}`)
        : new Float(parsed);
    },
    abs: (value) => (value instanceof Float ? new Float(Math.abs(value.value)) : Math.abs(numeric(value, 'abs'))),
    round: (value, digits) => {
      const number = numeric(value, 'round');
      if (digits === undefined || digits === null) return roundHalfEven(number);
      const scale = 10 ** numeric(digits, 'round');
      return new Float(roundHalfEven(number * scale) / scale);
    },
    range: (first, second, step) => {
      const from = second === undefined ? 0 : numeric(first, 'range');
      const to = numeric(second ?? first, 'range');
      const by = step === undefined ? 1 : numeric(step, 'range');
      const items: Value[] = [];
      for (let at = from; by > 0 ? at < to : at > to; at += by) items.push(at);
      return items;
    },
    list: (value) => [...iterate(value ?? [])],
    tuple: (value) => new Tuple(iterate(value ?? [])),
    enumerate: (value) => iterate(value ?? null).map((it, index) => new Tuple([index, it])),
    zip: (...lists) => iterate(lists[0] ?? []).map((_, at) => new Tuple(lists.map((it) => iterate(it)[at] ?? null))),
    sum: (value) => iterate(value ?? null).reduce((total, it) => arithmetic('+', total, it), 0),
    min: extreme(-1),
    max: extreme(1),
    any: (value) => iterate(value ?? null).some(truthy),
    all: (value) => iterate(value ?? null).every(truthy),
    isinstance: (value, type) => {
      const types = type instanceof Tuple ? type.items : [type ?? null];
      return types.some((it) => {
        if (it instanceof ExceptionType)
          return value instanceof PyObject && EXCEPTION_TYPES.get(value)?.isA(it) === true;
        return it instanceof Callable && it.name === typeName(value ?? null);
      });
    },
    hasattr: (value, name) => {
      try {
        attributeOf(value ?? null, str(name ?? null));
        return true;
      } catch {
        return false;
      }
    },
    getattr: (value, name, fallback) => {
      try {
        return attributeOf(value ?? null, str(name ?? null));
      } catch (error: unknown) {
        if (fallback === undefined) throw error;
        return fallback;
      }
    },
  };
  const all: Record<string, Value> = { ...EXCEPTIONS };
  for (const [name, call] of Object.entries(table)) all[name] = fn(name, call);
  all.print = new Callable('print', (args, { sep, end }) => {
    write(`${args.map(str).join(text(sep, ' '))}${text(end, '\n')}`);
    return null;
  });
  all.dict = new Callable(
    'dict',
    (args, keywords) => new Map([...(args[0] instanceof Map ? args[0] : []), ...Object.entries(keywords)]),
  );
  all.sorted = new Callable('sorted', async (args, { key, reverse }) => {
    const items = iterate(args[0] ?? null);
    const keys = key === undefined || key === null ? [...items] : await Promise.all(items.map((it) => call(key, [it])));
    const sign = truthy(reverse ?? false) ? -1 : 1;
    return items
      .map((item, at) => ({ item, key: keys[at] as Value }))
      .sort((a, b) => sign * (order(a.key, b.key) ?? raise('TypeError', 'unorderable types')))
      .map(({ item }) => item);
  });
  return all;
}

const roundHalfEven = (value: number): number => {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
};
