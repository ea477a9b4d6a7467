/**
 * ESLint rule for orchestrators: they are replayed from their history, so they may read nothing but their context.
 * https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-code-constraints
 */
const GLOBALS = new Set([
  'process',
  'fetch',
  'crypto',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'Promise',
  'globalThis',
  'Temporal',
]);
const VALUE_IMPORTS = [
  /^node:/,
  /\/clients\//,
  /\/activities\//,
  /\/http\//,
  /\/settings\.ts$/,
  /^@azure\//,
  /^openai/,
  /\/names\.ts$/,
];

const deterministic = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      global: '"{{name}}" answers otherwise at each replay. Ask an activity, or use context.df.',
      clock: 'The clock answers otherwise at each replay. Use context.df.currentUtcDateTime.',
      random: 'Math.random answers otherwise at each replay. Use context.df.newGuid, or an activity.',
      async: 'An orchestrator is a function*, and awaits nothing but its yielded tasks.',
      import: 'An orchestrator sees types only from "{{source}}".',
    },
  },
  create(context) {
    const scopes = context.sourceCode.scopeManager;
    return {
      Program() {
        for (const reference of scopes.globalScope.through) {
          const { name } = reference.identifier;
          if (GLOBALS.has(name)) context.report({ node: reference.identifier, messageId: 'global', data: { name } });
        }
      },
      'MemberExpression[object.name="Date"][property.name="now"]': (node) =>
        context.report({ node, messageId: 'clock' }),
      'NewExpression[callee.name="Date"][arguments.length=0]': (node) => context.report({ node, messageId: 'clock' }),
      'CallExpression[callee.name="Date"]': (node) => context.report({ node, messageId: 'clock' }),
      'MemberExpression[object.name="Math"][property.name="random"]': (node) =>
        context.report({ node, messageId: 'random' }),
      AwaitExpression: (node) => context.report({ node, messageId: 'async' }),
      ':function[async=true]': (node) => context.report({ node, messageId: 'async' }),
      ImportDeclaration(node) {
        if (node.importKind === 'type' || node.specifiers.every((it) => it.importKind === 'type')) return;
        const source = String(node.source.value);
        if (VALUE_IMPORTS.some((pattern) => pattern.test(source)))
          context.report({ node, messageId: 'import', data: { source } });
      },
      ImportExpression: (node) => context.report({ node, messageId: 'import', data: { source: 'a dynamic import' } }),
    };
  },
};

export const determinism = { rules: { deterministic } };
