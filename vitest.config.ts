import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["spec/**/*.spec.ts"], testTimeout: 30_000 },
});
