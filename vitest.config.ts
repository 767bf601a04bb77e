import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["spec/**/*.spec.ts"],
    exclude: ["spec/browser/**"], // needs Chromium: vitest.browser.config.ts
    testTimeout: 30_000,
  },
});
