import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // vitest leaves one core to itself, which is half of a small machine.
    maxWorkers: '100%',
    projects: [
      {
        // The whole library over a model service and a virtual clock: no socket, no sleep.
        test: {
          name: 'logic',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{wire,contract,package,docs,testing,integration,bench/live}/**'],
          isolate: false,
          // Nothing waits for real time here; a loaded machine may still be slow.
          testTimeout: 30_000,
        },
      },
      {
        // The real SDK over real sockets, against LocalSecretsManager and, where it is installed, moto.
        resolve: { tsconfigPaths: true },
        test: {
          name: 'wire',
          include: ['test/{wire,contract,docs,testing}/**/*.test.ts', 'examples/*.test.ts'],
          globalSetup: ['test/support/moto.ts'],
          testTimeout: 30_000,
        },
      },
      {
        // The package as a user installs it: built, packed and unpacked by the setup.
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          globalSetup: ['test/package/installed.ts'],
          testTimeout: 60_000,
        },
      },
      {
        // The examples against real databases, frozen processes, old compilers, bundlers: `npm run test:integration`.
        resolve: { tsconfigPaths: true },
        test: {
          name: 'integration',
          include: ['test/{integration,bench/live}/**/*.test.ts'],
          globalSetup: ['test/package/installed.ts'],
          testTimeout: 60_000,
          hookTimeout: 90_000,
        },
      },
    ],
  },
});
