import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['tests/**/*.test.ts'], exclude: ['tests/server/**'], testTimeout: 20_000 } },
      // One file at a time: they share one server.
      { test: { name: 'server', include: ['tests/server/**/*.test.ts'], testTimeout: 30_000, fileParallelism: false } },
    ],
  },
});
