// Evaluates the tree of a notebook's Python. One evaluator is one Python process: its globals live until a restart.
import { KernelLimit, type Expression, type Statement } from './kernel-ast.ts';
import { builtins } from './kernel-builtins.ts';
import { createExpressions, type Scope } from './kernel-eval-expressions.ts';
import { arithmetic, EXCEPTION_TYPES, exceptionObject } from './kernel-methods.ts';
import {
  ExceptionType,
  EXCEPTIONS,
  iterate,
  keyOfValue,
  PyObject,
  PythonError,
  raise,
  str,
  truthy,
  Tuple,
  typeName,
  type Value,
} from './kernel-values.ts';

type Flow = { kind: 'next' } | { kind: 'break' } | { kind: 'continue' } | { kind: 'return'; value: Value };

const NEXT: Flow = { kind: 'next' };

export type EvaluatorOptions = {
  globals: Record<string, Value>;
  /** The module of that dotted name; undefined where there is none. */
  load: (name: string) => Value | undefined;
  write: (text: string) => void;
  /** Called before each statement: throws where the kernel must stop. */
  check: () => void;
};

export type Evaluator = {
  run(body: readonly Statement[]): Promise<void>;
  call(callee: Value, args: Value[]): Promise<Value>;
};

export function createEvaluator(options: EvaluatorOptions): Evaluator {
  const { evaluate, assign, call, define } = createExpressions();
  const root: Scope = {
    names: new Map(Object.entries(builtins(options.write, (callee, args) => call(callee, args)))),
    outer: null,
  };
  const globals: Scope = { names: new Map(Object.entries(options.globals)), outer: root };

  const load = (name: string): Value => options.load(name) ?? raise('ModuleNotFoundError', `No module named '${name}'`);

  const execute = async (node: Statement, scope: Scope): Promise<Flow> => {
    switch (node.kind) {
      case 'expression':
        await evaluate(node.value, scope);
        return NEXT;
      case 'assign': {
        const value = await evaluate(node.value, scope);
        for (const target of node.targets) await assign(target, value, scope);
        return NEXT;
      }
      case 'augment':
        await assign(
          node.target,
          arithmetic(node.operator, await evaluate(node.target, scope), await evaluate(node.value, scope)),
          scope,
        );
        return NEXT;
      case 'if':
        return block(truthy(await evaluate(node.test, scope)) ? node.body : node.otherwise, scope);
      case 'while':
        while (truthy(await evaluate(node.test, scope))) {
          const flow = await block(node.body, scope);
          if (flow.kind === 'break') break;
          if (flow.kind === 'return') return flow;
        }
        return NEXT;
      case 'for':
        for (const item of iterate(await evaluate(node.source, scope))) {
          await assign(node.target, item, scope);
          const flow = await block(node.body, scope);
          if (flow.kind === 'break') break;
          if (flow.kind === 'return') return flow;
        }
        return NEXT;
      case 'with':
        return within(node.items, node.body, scope);
      case 'try':
        return guarded(node, scope);
      case 'raise': {
        if (node.value === null) throw new KernelLimit('a bare `raise`');
        const value = await evaluate(node.value, scope);
        if (value instanceof ExceptionType) throw new PythonError(value, '');
        if (value instanceof PyObject && EXCEPTION_TYPES.has(value)) {
          throw new PythonError(
            EXCEPTION_TYPES.get(value) as ExceptionType,
            value.text ?? '',
            Object.fromEntries(value.attributes),
          );
        }
        return raise('TypeError', 'exceptions must derive from BaseException');
      }
      case 'assert':
        if (truthy(await evaluate(node.test, scope))) return NEXT;
        return raise('AssertionError', node.message === null ? '' : str(await evaluate(node.message, scope)));
      case 'import':
        for (const { name, as } of node.modules) {
          const module = load(name);
          const head = name.split('.', 1)[0] as string;
          scope.names.set(as ?? head, as === null ? load(head) : module);
        }
        return NEXT;
      case 'from': {
        const module = load(node.module);
        for (const { name, as } of node.names) {
          const found = module instanceof PyObject ? module.attributes.get(name) : undefined;
          scope.names.set(
            as,
            found ??
              options.load(`${node.module}.${name}`) ??
              raise('ImportError', `cannot import name '${name}' from '${node.module}'`),
          );
        }
        return NEXT;
      }
      case 'def':
        scope.names.set(
          node.name,
          define(node.name, node.parameters, scope, async (inner) => {
            const flow = await block(node.body, inner);
            return flow.kind === 'return' ? flow.value : null;
          }),
        );
        return NEXT;
      case 'return':
        return { kind: 'return', value: node.value === null ? null : await evaluate(node.value, scope) };
      case 'delete':
        for (const target of node.targets) {
          if (target.kind === 'name') scope.names.delete(target.name);
          else if (target.kind === 'subscript' && target.index.kind !== 'slice') {
            const of = await evaluate(target.of, scope);
            if (of instanceof Map) of.delete(keyOfValue(await evaluate(target.index, scope)));
          } else throw new KernelLimit('this kind of `del`');
        }
        return NEXT;
      case 'pass':
        return NEXT;
      case 'break':
      case 'continue':
        return { kind: node.kind };
    }
  };

  const within = async (
    items: { value: Expression; target: Expression | null }[],
    body: Statement[],
    scope: Scope,
  ): Promise<Flow> => {
    const [first, ...rest] = items;
    if (first === undefined) return block(body, scope);
    const manager = await evaluate(first.value, scope);
    if (!(manager instanceof PyObject) || manager.enter === undefined) {
      return raise('TypeError', `'${typeName(manager)}' object does not support the context manager protocol`);
    }
    const entered = await manager.enter();
    try {
      if (first.target !== null) await assign(first.target, entered, scope);
      const flow = await within(rest, body, scope);
      await manager.exit?.(null);
      return flow;
    } catch (error: unknown) {
      if (error instanceof PythonError) await manager.exit?.(error);
      throw error;
    }
  };

  const guarded = async (node: Extract<Statement, { kind: 'try' }>, scope: Scope): Promise<Flow> => {
    const attempt = async (): Promise<Flow> => {
      try {
        const flow = await block(node.body, scope);
        return flow.kind === 'next' ? await block(node.otherwise, scope) : flow;
      } catch (error: unknown) {
        if (!(error instanceof PythonError)) throw error;
        for (const handler of node.handlers) {
          const type = handler.type === null ? EXCEPTIONS.BaseException : await evaluate(handler.type, scope);
          const types = type instanceof Tuple ? type.items : [type];
          if (!types.some((it) => it instanceof ExceptionType && error.type.isA(it))) continue;
          if (handler.as !== null) scope.names.set(handler.as, exceptionObject(error));
          return block(handler.body, scope);
        }
        throw error;
      }
    };
    let flow: Flow;
    try {
      flow = await attempt();
    } catch (error: unknown) {
      await block(node.finally, scope);
      throw error;
    }
    const last = await block(node.finally, scope);
    return last.kind === 'next' ? flow : last;
  };

  const block = async (body: readonly Statement[], scope: Scope): Promise<Flow> => {
    for (const statement of body) {
      options.check();
      try {
        const flow = await execute(statement, scope);
        if (flow.kind !== 'next') return flow;
      } catch (error: unknown) {
        if (error instanceof PythonError) error.lines.push(statement.line);
        throw error;
      }
    }
    return NEXT;
  };

  return {
    run: async (body) => {
      await block(body, globals);
    },
    call: (callee, args) => call(callee, args),
  };
}
