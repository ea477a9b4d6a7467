/**
 * Evaluates the templates of `infra` as a deployment would, down to the body of every resource: no compiler is needed, and an unknown name, function,
 * parameter or output is an error. It covers the part of the language that the templates use and refuses the rest by name.
 *
 * 1. What only Azure can know (`identity.properties.clientId`) is a `Runtime` value, which prints as `<clientId of …>` or as the test says.
 * 2. Every expression is evaluated at most once, when it is asked for; `deploy` asks for all of them.
 */
import path from 'node:path';
import { part, parseBicep, parts, stringPieces, where, type Node } from './bicep-syntax.ts';
import { functionsOf, text, type Fn, type Lambda } from './bicep-functions.ts';
import { Runtime, type Value } from './bicep-values.ts';
import { refuseWhatCompilesWrongly } from './bicep-rules.ts';

export type Resource = {
  /** For instance `Microsoft.Web/sites`. */
  type: string;
  apiVersion: string;
  id: string;
  name: string;
  /** Id of the scope that it is deployed to: a subscription, a group, or another resource. */
  scope: string;
  file: string;
  /** Ids of what is named in `dependsOn`, and of the parent. */
  after: string[];
  body: Record<string, Value>;
};

export type Deployment = { resources: Resource[]; outputs: Record<string, Value> };

export type DeployOptions = {
  subscriptionId: string;
  /** Values that only Azure would know, by path: `Microsoft.ManagedIdentity/userAssignedIdentities.properties.clientId`. */
  known?: Record<string, string>;
  /** What `list` finds, by the path after the resource's type: `Microsoft.Web/sites/config/appsettings`. Nothing, unless the test says more. */
  listed?: Record<string, Record<string, Value>>;
};

/** Deploys a template to a subscription. @throws Error for everything that Bicep would refuse and this evaluator can see. */
export async function deploy(file: string, params: Record<string, Value>, options: DeployOptions): Promise<Deployment> {
  const sources = new Map<string, Node>();
  const load = async (at: string): Promise<void> => {
    if (sources.has(at)) return;
    const root = await parseBicep(at);
    refuseWhatCompilesWrongly(at, root);
    sources.set(at, root);
    for (const it of parts(root).filter((node) => node.type === 'module_declaration')) await load(moduleFile(at, it));
  };
  await load(file);
  const resources: Resource[] = [];
  const outputs = run(file, params, `/subscriptions/${options.subscriptionId}`);
  return { resources, outputs };

  function run(at: string, given: Record<string, Value>, scope: string): Record<string, Value> {
    const template = new Template({
      file: at,
      given,
      scope,
      known: options.known ?? {},
      listed: options.listed ?? {},
      resources,
      run,
    });
    return template.evaluate(sources.get(at)!);
  }
}

export const moduleFile = (from: string, declaration: Node): string =>
  path.join(path.dirname(from), String(stringPieces(part(declaration, 1)).join('')));

type Context = {
  file: string;
  given: Record<string, Value>;
  scope: string;
  known: Record<string, string>;
  listed: Record<string, Record<string, Value>>;
  resources: Resource[];
  run: (file: string, given: Record<string, Value>, scope: string) => Record<string, Value>;
};

type Scope = Map<string, () => Value>;

class Template {
  readonly #it: Context;
  readonly #names: Scope = new Map();
  /** Thunks of all that must be evaluated although nobody refers to it. */
  readonly #all: (() => unknown)[] = [];
  readonly #functions: Record<string, Fn>;

  constructor(context: Context) {
    this.#it = context;
    this.#functions = functionsOf(context);
  }

  evaluate(root: Node): Record<string, Value> {
    const outputs: Record<string, Value> = {};
    const declared = new Set<string>();
    let decorators: Node | null = null;
    for (const node of parts(root)) {
      if (node.type === 'decorators') {
        decorators = node;
        continue;
      }
      this.#declare(node, decorators, outputs, declared);
      decorators = null;
    }
    for (const name of Object.keys(this.#it.given)) {
      if (!declared.has(name)) throw this.#fault(root, `there is no parameter ${name}`);
    }
    for (const ask of this.#all) ask();
    return outputs;
  }

  #declare(node: Node, decorators: Node | null, outputs: Record<string, Value>, declared: Set<string>): void {
    if (node.type === 'target_scope_assignment') return;
    const name = part(node, 0).text;
    const define = (thunk: () => Value): void => {
      if (node.type !== 'output_declaration') {
        if (this.#names.has(name)) throw this.#fault(node, `${name} is declared twice`);
        this.#names.set(name, thunk);
      }
      this.#all.push(thunk);
    };
    switch (node.type) {
      case 'parameter_declaration':
        declared.add(name);
        return define(once(() => this.#parameter(node, name, decorators)));
      case 'variable_declaration':
        return define(once(() => this.#value(part(node, 1), this.#names)));
      case 'output_declaration':
        return define(once(() => (outputs[name] = this.#value(part(node, 2), this.#names))));
      case 'resource_declaration':
      case 'module_declaration':
        return define(once(() => this.#made(node, part(node, 2))));
      default:
        throw this.#fault(node, `${node.type} is not supported`);
    }
  }

  #parameter(node: Node, name: string, decorators: Node | null): Value {
    const given = this.#it.given[name];
    const fallback = parts(node)[2];
    if (given === undefined && fallback === undefined) throw this.#fault(node, `parameter ${name} has no value`);
    const value = given ?? this.#value(fallback!, this.#names);
    const type = part(node, 1).text;
    const actual = Array.isArray(value) ? 'array' : value instanceof Runtime ? type : typeof value;
    if (actual !== { string: 'string', int: 'number', bool: 'boolean', object: 'object', array: 'array' }[type]) {
      throw this.#fault(node, `parameter ${name} is ${actual}, not ${type}`);
    }
    for (const call of decorators === null ? [] : parts(decorators).map((it) => part(it, 0))) {
      if (part(call, 0).text !== 'allowed') continue;
      const allowed = this.#value(part(part(call, 1), 0), this.#names) as Value[];
      if (!allowed.includes(value)) throw this.#fault(node, `parameter ${name} may not be ${text(value)}`);
    }
    return value;
  }

  /** A resource or a module, or an array of them, or null where its condition does not hold. */
  #made(node: Node, body: Node, names: Scope = this.#names): Value {
    if (body.type === 'if_statement') {
      return this.#value(part(part(body, 0), 0), names) === true ? this.#made(node, part(body, 1), names) : null;
    }
    if (body.type === 'for_statement') return this.#each(body, names, (item, inner) => this.#made(node, item, inner));
    const it = this.#value(body, names) as Record<string, Value>;
    return node.type === 'module_declaration' ? this.#module(node, it) : this.#resource(node, it);
  }

  #module(node: Node, it: Record<string, Value>): Value {
    const { scope } = it;
    const given = (it['params'] ?? {}) as Record<string, Value>;
    const id = scope === undefined ? this.#it.scope : idOf(scope);
    const before = this.#it.resources.length;
    const outputs = this.#it.run(moduleFile(this.#it.file, node), given, id);
    const made = this.#it.resources.slice(before);
    for (const resource of made) resource.after.push(...idsOf(it['dependsOn'] ?? []));
    const module: Record<string, Value> = { name: it['name'] ?? '', outputs };
    Object.defineProperty(module, MADE, { value: made.map((one) => one.id), enumerable: false });
    return module;
  }

  #resource(node: Node, it: Record<string, Value>): Value {
    const [type = '', apiVersion = ''] = stringPieces(part(node, 1)).join('').split('@');
    const { name: ownName, parent, scope, dependsOn = [], ...rest } = it;
    const name = parent === undefined ? text(ownName) : `${nameOf(parent)}/${text(ownName)}`;
    const at = scope === undefined ? this.#it.scope : idOf(scope);
    const id =
      type === 'Microsoft.Resources/resourceGroups'
        ? `${at}/resourceGroups/${name}`
        : `${at}/providers/${joinTypeAndName(type, name)}`;
    const isThere = node.children.some((child) => child.text === 'existing');
    if (!isThere)
      this.#it.resources.push({
        type,
        apiVersion,
        id,
        name,
        scope: at,
        file: this.#it.file,
        after: idsOf([...(dependsOn as Value[]), ...(parent === undefined ? [] : [parent])]),
        body: { name: text(ownName), ...rest },
      });
    const reference: Record<string, Value> = { ...rest, id, name, type, apiVersion };
    Object.defineProperty(reference, RUNTIME, { value: { type, known: this.#it.known }, enumerable: false });
    return reference;
  }

  #each(node: Node, names: Scope, make: (item: Node, names: Scope) => Value): Value[] {
    const [variable, list, item] = [part(node, 0), part(node, 1), part(node, 2)];
    return (this.#value(list, names) as Value[]).map((value) =>
      make(
        item,
        new Map(names).set(variable.text, () => value),
      ),
    );
  }

  #value(node: Node, names: Scope): Value {
    const at = (index: number): Value => this.#value(part(node, index), names);
    switch (node.type) {
      case 'string':
        return stringPieces(node)
          .map((it) => (typeof it === 'string' ? it : text(this.#value(it, names))))
          .join('');
      case 'number':
        return Number(node.text);
      case 'boolean':
        return node.text === 'true';
      case 'array':
        return parts(node)[0]?.type === 'for_statement' ? at(0) : parts(node).map((it) => this.#value(it, names));
      case 'object':
        return Object.fromEntries(
          parts(node).map((it) => [
            keyOf(part(it, 0), (key) => this.#value(key, names)),
            this.#value(part(it, 1), names),
          ]),
        );
      case 'for_statement':
        return this.#each(node, names, (item, inner) => this.#value(item, inner));
      case 'parenthesized_expression':
        return at(0);
      case 'identifier':
        return this.#named(node, names);
      case 'member_expression': {
        // The grammar reads `a ? b : c.d` as `(a ? b : c).d`; Bicep does not.
        const ternary = rootOfMembers(node, 'ternary_expression');
        if (ternary !== null && this.#value(part(ternary, 0), names) === true)
          return this.#value(part(ternary, 1), names);
        return member(at(0), part(node, 1).text, this.#fault(node, `there is no ${part(node, 1).text}`));
      }
      case 'subscript_expression':
        return member(at(0), text(at(1)), this.#fault(node, 'there is no such item'));
      case 'ternary_expression':
        return at(0) === true ? at(1) : at(2);
      case 'unary_expression':
        return node.text.startsWith('!') ? at(0) !== true : -Number(at(0));
      case 'binary_expression':
        return this.#binary(node, at);
      case 'call_expression':
        return this.#call(node, names);
      default:
        throw this.#fault(node, `${node.type} is not supported`);
    }
  }

  #binary(node: Node, at: (index: number) => Value): Value {
    const operator = node.children.find((it) => !it.isNamed)?.text ?? '';
    switch (operator) {
      case '==':
        return at(0) === at(1);
      case '!=':
        return at(0) !== at(1);
      case '&&':
        return at(0) === true && at(1) === true;
      case '||':
        return at(0) === true || at(1) === true;
      default:
        throw this.#fault(node, `operator ${operator} is not supported`);
    }
  }

  #named(node: Node, names: Scope): Value {
    const thunk = names.get(node.text);
    if (thunk === undefined) throw this.#fault(node, `${node.text} is not declared`);
    return thunk();
  }

  #call(node: Node, names: Scope): Value {
    const name = part(node, 0).text;
    const call = this.#functions[name];
    if (call === undefined) throw this.#fault(node, `function ${name} is not known`);
    return call(...parts(part(node, 1)).map((it) => this.#lambda(it, names) ?? this.#value(it, names)));
  }

  /** The grammar reads `it => it.key` as `(it => it).key`; Bicep does not. */
  #lambda(node: Node, names: Scope): Lambda | undefined {
    const inside = node.type === 'member_expression' ? rootOfMembers(node, 'lambda_expression') : null;
    const lambda = inside ?? (node.type === 'lambda_expression' ? node : null);
    if (lambda === null) return undefined;
    const members = inside === null ? [] : node.text.slice(inside.text.length).split('.').slice(1);
    return (item) => {
      const inner = new Map(names).set(part(lambda, 0).text, () => item);
      return members.reduce(
        (owner, name) => member(owner, name, this.#fault(node, `there is no ${name}`)),
        this.#value(part(lambda, 1), inner),
      );
    };
  }

  #fault(node: Node, message: string): Error {
    return new Error(`${path.basename(this.#it.file)} ${where(node)}: ${message}`);
  }
}

/** What stands at the root of a chain of members without parentheses, if it is of that type. */
function rootOfMembers(node: Node, type: 'ternary_expression' | 'lambda_expression'): Node | null {
  const owner = part(node, 0);
  if (owner.type === type) return owner;
  return owner.type === 'member_expression' ? rootOfMembers(owner, type) : null;
}

const RUNTIME = Symbol('runtime');
const MADE = Symbol('made');

/** Ids of resources, and of what modules and loops have made. */
const idsOf = (it: Value): string[] => {
  if (it === null) return [];
  if (Array.isArray(it)) return it.flatMap(idsOf);
  return (it as { [MADE]?: string[] })[MADE] ?? [idOf(it)];
};

function member(owner: Value, name: string, fault: Error): Value {
  if (owner instanceof Runtime) return new Runtime(`${owner.path}.${name}`, owner.known);
  if (Array.isArray(owner)) return owner[Number(name)] ?? raise(fault);
  if (owner === null || typeof owner !== 'object') throw fault;
  const value = owner[name];
  const made = (owner as { [RUNTIME]?: { type: string; known: Record<string, string> } })[RUNTIME];
  // Azure adds to `properties` what the template did not set.
  if (made !== undefined && (name === 'properties' || value === undefined))
    return new Runtime(`${made.type}.${name}`, made.known);
  return value ?? raise(fault);
}

const keyOf = (node: Node, evaluate: (node: Node) => Value): string =>
  node.type === 'string' ? text(evaluate(node)) : node.text;
const idOf = (it: Value): string => text((it as Record<string, Value>)['id']);
const nameOf = (it: Value): string => text((it as Record<string, Value>)['name']);

/** `A.B/c/d` and `x/y` give `A.B/c/x/d/y`. */
function joinTypeAndName(type: string, name: string): string {
  const [provider = '', ...types] = type.split('/');
  const names = name.split('/');
  return [provider, ...types.flatMap((it, index) => [it, names[index] ?? ''])].join('/');
}

const raise = (fault: Error): never => {
  throw fault;
};

/** Evaluates once; a thing that needs itself is an error instead of a loop. */
const once = <T>(make: () => T): (() => T) => {
  let state: 'new' | 'running' | 'done' = 'new';
  let value: T;
  return () => {
    if (state === 'running') throw new Error('a declaration depends on itself');
    if (state === 'new') {
      state = 'running';
      value = make();
      state = 'done';
    }
    return value;
  };
};
