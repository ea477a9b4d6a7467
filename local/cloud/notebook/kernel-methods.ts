// Attributes and methods of values, builtin functions, and operators.
import { KernelLimit } from './kernel-ast.ts';
import {
  Callable,
  equal,
  ExceptionType,
  Float,
  iterate,
  keyOfValue,
  numberOf,
  PyObject,
  type PythonError,
  raise,
  repr,
  str,
  Tuple,
  typeName,
  type Dict,
  type Value,
} from './kernel-values.ts';

export const fn = (name: string, call: (...args: Value[]) => Value): Callable =>
  new Callable(name, (args) => call(...args));
export const text = (value: Value | undefined, fallback = ''): string =>
  value === undefined || value === null ? fallback : str(value);

/** `value.name` */
export function attributeOf(value: Value, name: string): Value {
  const found =
    value instanceof PyObject
      ? value.attributes.get(name)
      : typeof value === 'string'
        ? stringMethod(value, name)
        : value instanceof Map
          ? dictMethod(value, name)
          : Array.isArray(value)
            ? listMethod(value, name)
            : undefined;
  if (found !== undefined) return found;
  if (name === '__class__') return new PyObject('type', { __name__: typeName(value) });
  if (value instanceof ExceptionType || value instanceof Callable) {
    return name === '__name__'
      ? value.name
      : raise('AttributeError', `type object '${value.name}' has no attribute '${name}'`);
  }
  if (value instanceof PyObject && value.type === 'module') {
    return raise('AttributeError', `module '${value.text ?? ''}' has no attribute '${name}'`);
  }
  return raise('AttributeError', `'${typeName(value)}' object has no attribute '${name}'`);
}

const stringMethod = (self: string, name: string): Value | undefined => {
  const methods: Record<string, (...args: Value[]) => Value> = {
    upper: () => self.toUpperCase(),
    lower: () => self.toLowerCase(),
    title: () => self.replaceAll(/\b\w/g, (char) => char.toUpperCase()),
    strip: (chars) => trim(self, text(chars), 'both'),
    lstrip: (chars) => trim(self, text(chars), 'left'),
    rstrip: (chars) => trim(self, text(chars), 'right'),
    split: (by) => (by === undefined || by === null ? self.trim().split(/\s+/).filter(Boolean) : self.split(str(by))),
    splitlines: () => self.split(/\r?\n/),
    join: (items) =>
      iterate(items ?? null)
        .map((it) => (typeof it === 'string' ? it : raise('TypeError', 'expected str instance')))
        .join(self),
    replace: (from, to) => self.replaceAll(text(from), text(to)),
    startswith: (head) => self.startsWith(text(head)),
    endswith: (tail) => self.endsWith(text(tail)),
    count: (part) => self.split(text(part)).length - 1,
    find: (part) => self.indexOf(text(part)),
    format: (...args) => {
      let next = 0;
      return self.replaceAll(/\{(\d*)\}/g, (_, at: string) => str(args[at === '' ? next++ : Number(at)] ?? null));
    },
  };
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  return method === undefined ? undefined : fn(name, method);
};

const trim = (self: string, chars: string, side: 'left' | 'right' | 'both'): string => {
  const isOut = (char: string | undefined): boolean =>
    char !== undefined && (chars === '' ? /\s/.test(char) : chars.includes(char));
  let [from, to] = [0, self.length];
  if (side !== 'right') while (from < to && isOut(self[from])) from += 1;
  if (side !== 'left') while (to > from && isOut(self[to - 1])) to -= 1;
  return self.slice(from, to);
};

const dictMethod = (self: Dict, name: string): Value | undefined => {
  const methods: Record<string, (...args: Value[]) => Value> = {
    get: (key, fallback) => self.get(keyOfValue(key ?? null)) ?? fallback ?? null,
    keys: () => [...self.keys()],
    values: () => [...self.values()],
    items: () => [...self].map(([key, value]) => new Tuple([key, value])),
    update: (more) => {
      if (more instanceof Map) for (const [key, value] of more) self.set(key, value);
      return null;
    },
    setdefault: (key, value) => {
      const at = keyOfValue(key ?? null);
      if (!self.has(at)) self.set(at, value ?? null);
      return self.get(at) as Value;
    },
    pop: (key, fallback) => {
      const at = keyOfValue(key ?? null);
      const found = self.get(at) ?? fallback;
      self.delete(at);
      return found ?? raise('KeyError', repr(key ?? null));
    },
  };
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  return method === undefined ? undefined : fn(name, method);
};

const listMethod = (self: Value[], name: string): Value | undefined => {
  const methods: Record<string, (...args: Value[]) => Value> = {
    append: (item) => {
      self.push(item ?? null);
      return null;
    },
    extend: (items) => {
      self.push(...iterate(items ?? null));
      return null;
    },
    pop: () => self.pop() ?? raise('IndexError', 'pop from empty list'),
    index: (item) => {
      const at = self.findIndex((it) => equal(it, item ?? null));
      return at < 0 ? raise('ValueError', `${repr(item ?? null)} is not in list`) : at;
    },
  };
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  return method === undefined ? undefined : fn(name, method);
};

/** `value[key]` */
export function itemOf(value: Value, key: Value): Value {
  if (value instanceof PyObject && value.getItem !== undefined) return value.getItem(key);
  if (value instanceof Map) {
    const found = value.get(keyOfValue(key));
    return found === undefined ? raise('KeyError', repr(key)) : found;
  }
  const items = typeof value === 'string' ? [...value] : value instanceof Tuple ? value.items : value;
  if (!Array.isArray(items)) return raise('TypeError', `'${typeName(value)}' object is not subscriptable`);
  if (typeof key !== 'number')
    return raise('TypeError', `${typeName(value)} indices must be integers or slices, not ${typeName(key)}`);
  const found = (items as Value[]).at(key);
  return found === undefined ? raise('IndexError', `${typeName(value)} index out of range`) : found;
}

export function arithmetic(operator: string, left: Value, right: Value): Value {
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') return left + right;
  if (operator === '+' && Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
  if (operator === '*' && typeof left === 'string' && typeof right === 'number') return left.repeat(Math.max(0, right));
  if (operator === '%' && typeof left === 'string') return percent(left, right);
  if (operator === '|' && left instanceof Map && right instanceof Map) return new Map([...left, ...right]);
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a === undefined || b === undefined) {
    return raise(
      'TypeError',
      `unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`,
    );
  }
  if (b === 0 && ['/', '//', '%'].includes(operator)) return raise('ZeroDivisionError', 'division by zero');
  const isFloat = left instanceof Float || right instanceof Float || operator === '/' || (operator === '**' && b < 0);
  const results: Record<string, () => number> = {
    '+': () => a + b,
    '-': () => a - b,
    '*': () => a * b,
    '/': () => a / b,
    '//': () => Math.floor(a / b),
    '%': () => a - b * Math.floor(a / b),
    '**': () => a ** b,
  };
  const result = results[operator];
  if (result === undefined) throw new KernelLimit(`the operator ${operator}`);
  return isFloat ? new Float(result()) : result();
}

const percent = (template: string, values: Value): string => {
  const items = values instanceof Tuple ? [...values.items] : [values];
  return template.replaceAll(/%(?:\.(\d+))?([sdf%])/g, (_, digits: string | undefined, kind: string) => {
    if (kind === '%') return '%';
    const item = items.shift() ?? null;
    return kind === 'f' ? (numberOf(item) ?? 0).toFixed(Number(digits ?? 6)) : str(item);
  });
};

/** `a < b` and its kin. */
export function compare(operator: string, left: Value, right: Value): boolean {
  switch (operator) {
    case '==':
      return equal(left, right);
    case '!=':
      return !equal(left, right);
    case 'is':
      return left === right;
    case 'is not':
      return left !== right;
    case 'in':
      return contains(right, left);
    case 'not in':
      return !contains(right, left);
    default: {
      const sign = order(left, right);
      if (sign === undefined) {
        return raise(
          'TypeError',
          `'${operator}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`,
        );
      }
      return { '<': sign < 0, '<=': sign <= 0, '>': sign > 0, '>=': sign >= 0 }[operator] ?? false;
    }
  }
}

const contains = (container: Value, item: Value): boolean => {
  if (typeof container === 'string' && typeof item === 'string') return container.includes(item);
  if (container instanceof PyObject && container.getItem !== undefined) return container.attributes.has(str(item));
  return iterate(container).some((it) => equal(it, item));
};

/** Negative, zero or positive; undefined where Python has no order. */
export const order = (left: Value, right: Value): number | undefined => {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined && b !== undefined) return a - b;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  const bothLists = Array.isArray(left) && Array.isArray(right);
  if (!bothLists && !(left instanceof Tuple && right instanceof Tuple)) return undefined;
  const [xs, ys] = [iterate(left), iterate(right)];
  for (let at = 0; at < Math.min(xs.length, ys.length); at += 1) {
    const sign = order(xs[at] as Value, ys[at] as Value);
    if (sign !== 0) return sign;
  }
  return xs.length - ys.length;
};

/** `format(value, spec)` */
export function format(value: Value, spec: string): string {
  if (spec === '') return str(value);
  const [, comma, digits, kind] = /^(,)?(?:\.(\d+))?([fds%])?$/.exec(spec) ?? [];
  const number = numberOf(value);
  if (kind === undefined && comma === undefined && digits === undefined) throw new KernelLimit(`the format ${spec}`);
  if (number === undefined)
    return kind === 's' || kind === undefined
      ? str(value)
      : raise('ValueError', `Unknown format code '${kind}' for object of type '${typeName(value)}'`);
  const places = digits === undefined ? (kind === 'f' ? 6 : undefined) : Number(digits);
  const scaled = kind === '%' ? number * 100 : number;
  const body = places === undefined ? String(scaled) : scaled.toFixed(places);
  const grouped = comma === undefined ? body : body.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return kind === '%' ? `${grouped}%` : grouped;
}

/** The exception type of a caught exception's object. */
export const EXCEPTION_TYPES = new WeakMap<PyObject, ExceptionType>();

/** A caught exception, as the notebook sees it. */
export const exceptionObject = (error: PythonError): PyObject => {
  const object = new PyObject(error.type.name, error.attributes);
  object.text = error.message;
  EXCEPTION_TYPES.set(object, error.type);
  return object;
};
