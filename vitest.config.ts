import { defineConfig } from "vitest/config";

/** These replace modules (`vi.mock`), or count what their process holds: each needs a process of its own. */
const ALONE = [
  "spec/leaks.spec.ts",
  "spec/node/file-lock.spec.ts",
  "spec/node/write-atomically.spec.ts",
  "spec/source/http/http.spec.ts",
];

export default defineConfig({
  test: {
    setupFiles: ["spec/support/quick-equality.ts"],
    testTimeout: 30_000,
    maxWorkers: "100%", // vitest leaves a processor free, which is half of a small machine
    projects: [
      { extends: true, test: { name: "alone", include: ALONE } },
      {
        extends: true,
        test: {
          name: "together",
          include: ["spec/**/*.spec.ts"],
          exclude: ["spec/browser/**", ...ALONE], // spec/browser needs Chromium: vitest.browser.config.ts
          isolate: false, // to import and to compile src/ for each file took a third of the time
        },
      },
    ],
  },
});
