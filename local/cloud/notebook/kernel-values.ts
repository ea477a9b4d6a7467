// Python's values in JavaScript: None is null, bool, int and str are what they are, list is an array, dict a Map; floats, tuples and objects are
// boxed, so that `1.0` stays a float and an attribute that is missing is an AttributeError.
import { KernelLimit } from './kernel-ast.ts';

export type Key = string | number | boolean | null;
export type Value =
  null | boolean | number | string | Float | Value[] | Tuple | Dict | Callable | PyObject | ExceptionType;
export type Dict = Map<Key, Value>;
export type Keywords = Readonly<Record<string, Value>>;

export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export class Tuple {
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

export class Callable {
  readonly name: string;
  readonly call: (args: Value[], keywords: Keywords) => Value | Promise<Value>;
  constructor(name: string, call: (args: Value[], keywords: Keywords) => Value | Promise<Value>) {
    this.name = name;
    this.call = call;
  }
}

/** An instance, or a module. `enter` and `exit` make it a context manager. */
export class PyObject {
  readonly type: string;
  readonly attributes: Map<string, Value>;
  enter?: () => Value | Promise<Value>;
  exit?: (error: PythonError | null) => void | Promise<void>;
  /** `obj[key]` and `obj[key] = value`. */
  getItem?: (key: Value) => Value;
  setItem?: (key: Value, value: Value) => void;
  text?: string;
  constructor(type: string, attributes: Record<string, Value> = {}) {
    this.type = type;
    this.attributes = new Map(Object.entries(attributes));
  }
}

export class ExceptionType {
  readonly name: string;
  readonly base: ExceptionType | null;
  constructor(name: string, base: ExceptionType | null) {
    this.name = name;
    this.base = base;
  }

  isA(type: ExceptionType): boolean {
    return this === type || (this.base?.isA(type) ?? false);
  }
}

/** A raised exception. */
export class PythonError extends Error {
  readonly type: ExceptionType;
  readonly attributes: Record<string, Value>;
  /** Lines of the notebook through which it passed, innermost first. */
  readonly lines: number[] = [];
  constructor(type: ExceptionType, message: string, attributes: Record<string, Value> = {}) {
    super(message);
    this.type = type;
    this.attributes = attributes;
  }
}

const base = new ExceptionType('BaseException', null);
const exception = new ExceptionType('Exception', base);
const named = (name: string, parent = exception): ExceptionType => new ExceptionType(name, parent);
const lookup = named('LookupError');

/** Python's own exceptions, by name. */
export const EXCEPTIONS = {
  BaseException: base,
  Exception: exception,
  LookupError: lookup,
  KeyError: named('KeyError', lookup),
  IndexError: named('IndexError', lookup),
  NameError: named('NameError'),
  TypeError: named('TypeError'),
  ValueError: named('ValueError'),
  AttributeError: named('AttributeError'),
  ImportError: named('ImportError'),
  ModuleNotFoundError: named('ModuleNotFoundError', named('ImportError')),
  RuntimeError: named('RuntimeError'),
  AssertionError: named('AssertionError'),
  ZeroDivisionError: named('ZeroDivisionError'),
  OSError: named('OSError'),
  SyntaxError: named('SyntaxError'),
  TimeoutError: named('TimeoutError', named('OSError')),
} as const;

export const raise = (type: keyof typeof EXCEPTIONS, message: string): never => {
  throw new PythonError(EXCEPTIONS[type], message);
};

export const typeName = (value: Value): string => {
  if (value === null) return 'NoneType';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return 'int';
  if (typeof value === 'string') return 'str';
  if (value instanceof Float) return 'float';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Tuple) return 'tuple';
  if (value instanceof Map) return 'dict';
  if (value instanceof Callable) return 'function';
  return value instanceof ExceptionType ? 'type' : value.type;
};

export const truthy = (value: Value): boolean => {
  if (value instanceof Float) return value.value !== 0;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Tuple) return value.items.length > 0;
  if (value instanceof Map) return value.size > 0;
  return Boolean(value);
};

/** `str(value)` */
export const str = (value: Value): string => {
  if (typeof value === 'string') return value;
  return value instanceof PyObject && value.text !== undefined ? value.text : repr(value);
};

/** `repr(value)` */
export const repr = (value: Value): string => {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
    return `${quote}${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll(quote, `\\${quote}`)}${quote}`;
  }
  if (value instanceof Float) return floatText(value.value);
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  if (value instanceof Tuple) {
    return value.items.length === 1 ? `(${repr(value.items[0] as Value)},)` : `(${value.items.map(repr).join(', ')})`;
  }
  if (value instanceof Map) return `{${[...value].map(([key, it]) => `${repr(key)}: ${repr(it)}`).join(', ')}}`;
  if (value instanceof Callable) return `<function ${value.name}>`;
  if (value instanceof ExceptionType) return `<class '${value.name}'>`;
  return value.text ?? `<${value.type} object>`;
};

export const floatText = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : String(value);

/** Python's `==`. */
export const equal = (a: Value, b: Value): boolean => {
  if (a instanceof Float || b instanceof Float) {
    const [left, right] = [numberOf(a), numberOf(b)];
    return left !== undefined && left === right;
  }
  const [left, right] = [sequenceOf(a), sequenceOf(b)];
  if (left !== undefined && right !== undefined && Array.isArray(a) === Array.isArray(b)) {
    return left.length === right.length && left.every((item, index) => equal(item, right[index] as Value));
  }
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, item]) => b.has(key) && equal(item, b.get(key) as Value));
  }
  return a === b;
};

/** The number in an int, float or bool. */
export const numberOf = (value: Value): number | undefined => {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  return value instanceof Float ? value.value : undefined;
};

const sequenceOf = (value: Value): readonly Value[] | undefined =>
  Array.isArray(value) ? value : value instanceof Tuple ? value.items : undefined;

/** What a `for` walks over. */
export const iterate = (value: Value): readonly Value[] => {
  if (typeof value === 'string') return [...value];
  if (value instanceof Map) return [...value.keys()];
  return sequenceOf(value) ?? raise('TypeError', `'${typeName(value)}' object is not iterable`);
};

export const keyOfValue = (value: Value): Key => {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (value instanceof Float || value instanceof Tuple)
    throw new KernelLimit(`dictionaries with keys of type ${typeName(value)}`);
  return raise('TypeError', `unhashable type: '${typeName(value)}'`);
};

export const toDict = (entries: Record<string, Value>): Dict => new Map(Object.entries(entries));

/** A plain JSON value, as `json.dumps` sees it. */
export const toJson = (value: Value): unknown => {
  if (value instanceof Float) return value.value;
  const sequence = sequenceOf(value);
  if (sequence !== undefined) return sequence.map(toJson);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [str(key), toJson(item)]));
  if (value instanceof Callable || value instanceof PyObject || value instanceof ExceptionType) {
    return raise('TypeError', `Object of type ${typeName(value)} is not JSON serializable`);
  }
  return value;
};

export const fromJson = (value: unknown): Value => {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value === 'number') return Number.isInteger(value) ? value : new Float(value);
  if (typeof value !== 'object' || value === null) return (value ?? null) as Value;
  return new Map(Object.entries(value).map(([key, item]) => [key, fromJson(item)]));
};

/** `json.dumps`: with blanks after comma and colon, as Python writes it. */
export const pythonJson = (value: Value, asciiOnly = true): string => {
  if (value === null) return 'null';
  if (value instanceof Float) return floatText(value.value);
  const sequence = sequenceOf(value);
  if (sequence !== undefined) return `[${sequence.map((it) => pythonJson(it, asciiOnly)).join(', ')}]`;
  if (value instanceof Map) {
    return `{${[...value].map(([key, it]) => `${pythonJson(str(key), asciiOnly)}: ${pythonJson(it, asciiOnly)}`).join(', ')}}`;
  }
  const text = JSON.stringify(toJson(value));
  if (!asciiOnly) return text;
  return text.replaceAll(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
};

export const module = (name: string, attributes: Record<string, Value>): PyObject => {
  const made = new PyObject('module', attributes);
  made.text = name;
  return made;
};

/** A function of positional or keyword parameters, in this order. */
export const func = (
  name: string,
  parameters: readonly string[],
  body: (args: Record<string, Value | undefined>) => Value | Promise<Value>,
): Callable =>
  new Callable(name, (args, keywords: Keywords) => {
    if (args.length > parameters.length) {
      raise('TypeError', `${name}() takes ${parameters.length} positional arguments but ${args.length} were given`);
    }
    const surplus = Object.keys(keywords).find((key) => !parameters.includes(key));
    if (surplus !== undefined) raise('TypeError', `${name}() got an unexpected keyword argument '${surplus}'`);
    return body(Object.fromEntries(parameters.map((parameter, at) => [parameter, args[at] ?? keywords[parameter]])));
  });
