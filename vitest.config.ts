import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
    // CI's machine may be slow for a moment: a test that fails there is tried once more, and what passed only then is listed at the end.
    retry: process.env.CI ? 1 : 0,
  },
});
