import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["spec/**/*.spec.ts"],
    exclude: ["spec/browser/**"], // needs Chromium: vitest.browser.config.ts
    setupFiles: ["spec/support/quick-equality.ts"],
    testTimeout: 30_000,
    maxWorkers: "100%", // vitest leaves a processor free, which is half of a small machine
  },
});
