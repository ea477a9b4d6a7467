/** Reads Bicep with the tree-sitter grammar: https://github.com/tree-sitter-grammars/tree-sitter-bicep. It knows the syntax, no types and no resources. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Language, Parser, type Node } from 'web-tree-sitter';

export type { Node } from 'web-tree-sitter';

const grammar = createRequire(import.meta.url).resolve('tree-sitter-bicep/tree-sitter-bicep.wasm');
let parser: Promise<Parser> | undefined;

async function createParser(): Promise<Parser> {
  await Parser.init();
  const created = new Parser();
  created.setLanguage(await Language.load(grammar));
  return created;
}

/** Parses a file. @throws Error naming the first place that is no Bicep. */
export async function parseBicep(file: string): Promise<Node> {
  const tree = (await (parser ??= createParser())).parse(readFileSync(file, 'utf8'));
  if (tree === null) throw new Error(`${file}: not parsed`);
  const fault = findFault(tree.rootNode);
  if (fault !== null) {
    const { row, column } = fault.startPosition;
    throw new Error(`${file}:${row + 1}:${column + 1} is no Bicep: ${fault.text.slice(0, 60)}`);
  }
  return tree.rootNode;
}

const findFault = (node: Node): Node | null =>
  node.isError || node.isMissing ? node : (node.children.map(findFault).find((it) => it !== null) ?? null);

/** Named children without comments. */
export const parts = (node: Node): Node[] => node.namedChildren.filter((it) => it.type !== 'comment');

export function part(node: Node, index: number): Node {
  const found = parts(node)[index];
  if (found === undefined) throw new Error(`${where(node)} has no part ${index}: ${node.text.slice(0, 60)}`);
  return found;
}

export const where = (node: Node): string => `line ${node.startPosition.row + 1}`;

/** The pieces of a string: texts as they stand, unescaped, and the expressions between them. */
export function stringPieces(node: Node): (string | Node)[] {
  const source = node.text;
  const pieces: (string | Node)[] = [];
  let from = 1;
  for (const child of node.children.filter((it) => it.type === 'interpolation')) {
    // The grammar counts blanks before an interpolation to it; they belong to the text.
    const start = source.indexOf('${', child.startIndex - node.startIndex);
    pieces.push(unescape(source.slice(from, start)), part(child, 0));
    from = child.endIndex - node.startIndex;
  }
  return [...pieces, unescape(source.slice(from, -1))];
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', "'": "'", '\\': '\\', $: '$' };
const unescape = (text: string): string => text.replace(/\\(.)/g, (_, it: string) => ESCAPES[it] ?? it);
