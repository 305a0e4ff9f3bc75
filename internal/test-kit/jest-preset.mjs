import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The one jest configuration: TypeScript and ESM through swc, workspace packages from their sources. */
export default {
  testEnvironment: here('./jest-environment.mjs'),
  testEnvironmentOptions: {
    // 'import' and 'default' are left out: with them jest tries to require ES modules.
    customExportConditions: ['@robusta/source', 'node', 'node-addons'],
  },
  setupFiles: [here('./jest-setup.mjs')],
  testMatch: ['**/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  // Against tests that hang; how long they take on a busy machine says nothing.
  testTimeout: 300_000,
};
