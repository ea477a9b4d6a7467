// Evaluates expressions of the notebook's Python, and assigns to targets.
import { KernelLimit, type Argument, type Expression, type Parameter } from './kernel-ast.ts';
import { arithmetic, attributeOf, compare, exceptionObject, format, itemOf } from './kernel-methods.ts';
import {
  Callable,
  ExceptionType,
  Float,
  iterate,
  keyOfValue,
  PyObject,
  PythonError,
  raise,
  repr,
  str,
  truthy,
  Tuple,
  typeName,
  type Dict,
  type Keywords,
  type Value,
} from './kernel-values.ts';

export type Scope = { names: Map<string, Value>; outer: Scope | null };

export type Expressions = {
  evaluate: (node: Expression, scope: Scope) => Promise<Value>;
  assign: (target: Expression, value: Value, scope: Scope) => Promise<void>;
  call: (callee: Value, args: Value[], keywords?: Keywords) => Promise<Value>;
  /** A function that runs `body` in a scope of its own, its parameters bound. */
  define: (name: string, parameters: Parameter[], scope: Scope, body: (inner: Scope) => Promise<Value>) => Callable;
};

export function createExpressions(): Expressions {
  const call = async (callee: Value, args: Value[], keywords: Keywords = {}): Promise<Value> => {
    if (callee instanceof Callable) return callee.call(args, keywords);
    if (callee instanceof ExceptionType) return exceptionObject(new PythonError(callee, args.map(str).join(', ')));
    return raise('TypeError', `'${typeName(callee)}' object is not callable`);
  };
  const lookUp = (name: string, scope: Scope): Value => {
    for (let at: Scope | null = scope; at !== null; at = at.outer) {
      const found = at.names.get(name);
      if (found !== undefined) return found;
    }
    return raise('NameError', `name '${name}' is not defined`);
  };

  const define = (
    name: string,
    parameters: Parameter[],
    scope: Scope,
    body: (inner: Scope) => Promise<Value>,
  ): Callable =>
    new Callable(name, async (args, keywords) => {
      const inner: Scope = { names: new Map(), outer: scope };
      for (const [at, { name: parameter, fallback }] of parameters.entries()) {
        const given = args[at] ?? keywords[parameter];
        if (given === undefined && fallback === null)
          raise('TypeError', `${name}() missing 1 required positional argument: '${parameter}'`);
        inner.names.set(parameter, given ?? (await evaluate(fallback as Expression, scope)));
      }
      if (args.length > parameters.length)
        raise('TypeError', `${name}() takes ${parameters.length} positional arguments but ${args.length} were given`);
      const surplus = Object.keys(keywords).find((key) => !parameters.some((it) => it.name === key));
      if (surplus !== undefined) raise('TypeError', `${name}() got an unexpected keyword argument '${surplus}'`);
      return body(inner);
    });

  const argumentsOf = async (list: Argument[], scope: Scope): Promise<[Value[], Keywords]> => {
    const args: Value[] = [];
    const keywords: Record<string, Value> = {};
    for (const { name, value } of list) {
      const it = await evaluate(value, scope);
      if (name === null) args.push(it);
      else if (name === '*') args.push(...iterate(it));
      else if (name === '**') {
        if (!(it instanceof Map)) raise('TypeError', 'argument after ** must be a mapping');
        else for (const [key, item] of it) keywords[str(key)] = item;
      } else keywords[name] = it;
    }
    return [args, keywords];
  };

  const evaluate = async (node: Expression, scope: Scope): Promise<Value> => {
    switch (node.kind) {
      case 'constant':
        return node.value;
      case 'float':
        return new Float(node.value);
      case 'name':
        return lookUp(node.name, scope);
      case 'fstring': {
        let text = '';
        for (const part of node.parts) {
          if (typeof part === 'string') text += part;
          else {
            const value = await evaluate(part.value, scope);
            text += part.conversion === 'r' ? repr(value) : format(value, part.format);
          }
        }
        return text;
      }
      case 'list':
      case 'tuple': {
        const items: Value[] = [];
        for (const item of node.items) items.push(await evaluate(item, scope));
        return node.kind === 'list' ? items : new Tuple(items);
      }
      case 'dict': {
        const dict: Dict = new Map();
        for (const { key, value } of node.entries) {
          const it = await evaluate(value, scope);
          if (key !== null) dict.set(keyOfValue(await evaluate(key, scope)), it);
          else if (it instanceof Map) for (const [name, item] of it) dict.set(name, item);
          else raise('TypeError', `'${typeName(it)}' object is not a mapping`);
        }
        return dict;
      }
      case 'attribute':
        return attributeOf(await evaluate(node.of, scope), node.name);
      case 'subscript': {
        const value = await evaluate(node.of, scope);
        if (node.index.kind !== 'slice') return itemOf(value, await evaluate(node.index, scope));
        if (node.index.step !== null) throw new KernelLimit('slices with a step');
        const [from, to] = [node.index.from, node.index.to].map((it) => (it === null ? null : evaluate(it, scope)));
        const bounds = [Number((await from) ?? 0), (await to) ?? undefined] as [number, number | undefined];
        if (typeof value === 'string') return value.slice(...bounds);
        return value instanceof Tuple ? new Tuple(value.items.slice(...bounds)) : [...iterate(value)].slice(...bounds);
      }
      case 'call': {
        const callee = await evaluate(node.callee, scope);
        return call(callee, ...(await argumentsOf(node.args, scope)));
      }
      case 'unary': {
        const value = await evaluate(node.of, scope);
        if (node.operator === 'not') return !truthy(value);
        return node.operator === '-' ? arithmetic('-', 0, value) : value;
      }
      case 'binary':
        return arithmetic(node.operator, await evaluate(node.left, scope), await evaluate(node.right, scope));
      case 'compare': {
        let left = await evaluate(node.first, scope);
        for (const { operator, right: next } of node.rest) {
          const right = await evaluate(next, scope);
          if (!compare(operator, left, right)) return false;
          left = right;
        }
        return true;
      }
      case 'logic': {
        const left = await evaluate(node.left, scope);
        return truthy(left) === (node.operator === 'or') ? left : evaluate(node.right, scope);
      }
      case 'conditional':
        return evaluate(truthy(await evaluate(node.test, scope)) ? node.yes : node.no, scope);
      case 'lambda':
        return define('<lambda>', node.parameters, scope, (inner) => evaluate(node.body, inner));
      case 'comprehension': {
        const list: Value[] = [];
        const dict: Dict = new Map();
        const inner: Scope = { names: new Map(), outer: scope };
        const walk = async (at: number): Promise<void> => {
          const clause = node.clauses[at];
          if (clause === undefined) {
            const key = await evaluate(node.key, inner);
            if (node.value === null) list.push(key);
            else dict.set(keyOfValue(key), await evaluate(node.value, inner));
            return;
          }
          for (const item of iterate(await evaluate(clause.source, inner))) {
            await assign(clause.target, item, inner);
            let isKept = true;
            for (const condition of clause.conditions) isKept &&= truthy(await evaluate(condition, inner));
            if (isKept) await walk(at + 1);
          }
        };
        await walk(0);
        return node.of === 'list' ? list : dict;
      }
    }
  };

  const assign = async (target: Expression, value: Value, scope: Scope): Promise<void> => {
    if (target.kind === 'name') scope.names.set(target.name, value);
    else if (target.kind === 'attribute') {
      const of = await evaluate(target.of, scope);
      if (of instanceof PyObject) of.attributes.set(target.name, value);
      else raise('AttributeError', `'${typeName(of)}' object has no attribute '${target.name}'`);
    } else if (target.kind === 'subscript' && target.index.kind !== 'slice') {
      const of = await evaluate(target.of, scope);
      const key = await evaluate(target.index, scope);
      if (of instanceof Map) of.set(keyOfValue(key), value);
      else if (Array.isArray(of) && typeof key === 'number') of[key < 0 ? of.length + key : key] = value;
      else if (of instanceof PyObject && of.setItem !== undefined) of.setItem(key, value);
      else raise('TypeError', `'${typeName(of)}' object does not support item assignment`);
    } else if (target.kind === 'tuple' || target.kind === 'list') {
      const items = iterate(value);
      if (items.length !== target.items.length)
        raise('ValueError', `not enough or too many values to unpack (expected ${target.items.length})`);
      for (const [at, part] of target.items.entries()) await assign(part, items[at] as Value, scope);
    } else throw new KernelLimit('this kind of assignment');
  };

  return { evaluate, assign, call, define };
}
