/** The logic tests alone, for `npm run mutate`: no socket, no simulator. */

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{scenarios,races,source,mutation,agent}/**/*.test.ts'],
    isolate: false,
    // A mutant that waits for ever fails its test here, long before it would time out as a whole.
    testTimeout: 15_000,
  },
});
