import type { ESLint } from 'eslint';

export const determinism: ESLint.Plugin;
