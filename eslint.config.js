import tseslint from 'typescript-eslint';
import { determinism } from './scripts/lint-determinism.js';

export default tseslint.config(
  { ignores: ['dist/**', '.local/**', 'coverage/**', '**/apps/**/dist/**', '**/*.js', '**/*.mjs'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true } }],
      // Fakes and adapters answer synchronously where their contract is asynchronous.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/local/**', '**/test/**'], message: 'The app never knows that it is local.' }] },
      ],
      'no-console': 'error',
    },
  },
  {
    files: ['src/orchestrations/**/*.ts'],
    plugins: { determinism },
    rules: { 'determinism/deterministic': 'error' },
  },
  { files: ['*.config.ts'], rules: { 'no-restricted-exports': 'off' } },
);
