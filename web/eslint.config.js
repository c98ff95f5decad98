import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['dist', 'node_modules', 'src/api/schema.d.ts']),
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js', 'public/theme.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A redirect is thrown by design of the router.
      '@typescript-eslint/only-throw-error': 'off',
    },
  },
  { files: ['src/**/*.{ts,tsx}'], ...reactHooks.configs.flat['recommended-latest'] },
  {
    // Amounts are decimal strings and stay exact: whatever turns a text into a float is in lib/decimal.ts alone.
    files: ['src/**/*.{ts,tsx}'],
    ignores: ['src/lib/decimal.ts', 'src/**/*.test.{ts,tsx}'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'parseFloat', message: 'Amounts never become floats: use lib/decimal.' },
      ],
      'no-restricted-properties': [
        'error',
        {
          object: 'Number',
          property: 'parseFloat',
          message: 'Amounts never become floats: use lib/decimal.',
        },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.name='Number'], NewExpression[callee.name='Number']",
          message:
            'Amounts never become floats: use lib/decimal (toCount for whole numbers, toGeometry for charts).',
        },
        {
          selector: "UnaryExpression[operator='+']",
          message:
            'Amounts never become floats: use lib/decimal (toCount for whole numbers, toGeometry for charts).',
        },
        {
          selector: "CallExpression[callee.property.name='toFixed']",
          message: 'Amounts are rounded by lib/decimal, digit by digit.',
        },
      ],
    },
  },
  { files: ['**/*.js', '**/*.mjs'], ...ts.configs.disableTypeChecked },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        URL: 'readonly',
        document: 'readonly',
        window: 'readonly',
        localStorage: 'readonly',
      },
    },
  },
  prettier,
);
