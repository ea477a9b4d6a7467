/** What the grammar accepts and a deployment would not: found by syntax alone. */
import path from 'node:path';
import { part, parts, where, type Node } from './bicep-syntax.ts';

/** @throws Error naming the first place. */
export function refuseWhatCompilesWrongly(file: string, root: Node): void {
  const refuse = (node: Node, why: string): never => {
    throw new Error(`${path.basename(file)} ${where(node)}: ${why}`);
  };
  const nodes = [...below(root)];
  const decorators = new Set(nodes.filter((it) => it.type === 'decorator').map((it) => part(part(it, 0), 0).text));
  const declared = nodes.filter((it) => /_declaration$/.test(it.type) && it.type !== 'output_declaration');
  for (const it of declared) {
    // BCP265: a symbol hides the function of its name, and a decorator is a function.
    const name = part(it, 0).text;
    if (decorators.has(name)) refuse(it, `${name} hides the decorator @${name}()`);
  }
  const loops = new Set(declared.filter(isNamedByItem).map((it) => part(it, 0).text));
  for (const it of nodes) {
    if (it.type !== 'member_expression' || part(it, 1).text !== 'outputs') continue;
    const item = part(it, 0);
    // Compiles to the name and the scope of the loop with its `copyIndex()`, which Azure refuses outside of a loop.
    if (item.type === 'subscript_expression' && loops.has(part(item, 0).text))
      refuse(it, `${it.text}: the scope or the name of that loop depends on its item`);
  }
}

/** Whether it is a loop whose `scope` or `name` is made of its item. */
function isNamedByItem(declaration: Node): boolean {
  const loop = parts(declaration)[2];
  if (loop?.type !== 'for_statement') return false;
  const item = part(loop, 0).text;
  const body = part(loop, 2);
  return [...below(body)].some(
    (it) =>
      it.type === 'object_property' &&
      it.parent?.id === body.id &&
      ['scope', 'name'].includes(part(it, 0).text) &&
      [...below(part(it, 1))].some((one) => one.type === 'identifier' && one.text === item),
  );
}

function* below(node: Node): Generator<Node> {
  yield node;
  for (const it of parts(node)) yield* below(it);
}
