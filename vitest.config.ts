import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        // The whole library over a model service and a virtual clock: no socket, no sleep.
        test: { name: 'logic', include: ['test/**/*.test.ts'], exclude: ['test/{wire,contract,package,docs,testing}/**'], isolate: false },
      },
      {
        // The real SDK over real sockets, against LocalSecretsManager and, where it is installed, moto.
        test: {
          name: 'wire',
          include: ['test/{wire,contract,docs,testing}/**/*.test.ts'],
          globalSetup: ['test/support/moto.ts'],
          testTimeout: 15_000,
        },
      },
      {
        // The built package, as a consumer meets it: needs `npm run build` first.
        test: { name: 'package', include: ['test/package/**/*.test.ts'], testTimeout: 60_000 },
      },
    ],
  },
});
