/** The same specs in headless Chromium: `npm run test:browser`. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

/** Folders of spec/ that run here as a whole, but for what stands in NODE_ONLY. */
const FOLDERS = [
  ...["backend", "checkpoint/beside", "checkpoint/tokenizer-json", "conformance", "generation"],
  ...["evaluation/filters", "evaluation/requests", "evaluation/task", "evaluation/template"],
  ...["hostile", "interp", "judge", "preference", "python", "training", "tuning"],
  ...["model", "nn", "tokenizer"],
];
const FILES = [
  "spec/config.spec.ts",
  "spec/errors.spec.ts",
  "spec/random.spec.ts",
  "spec/signals.spec.ts",
  "spec/warning.spec.ts",
  "spec/checkpoint/gguf/read.spec.ts",
  "spec/checkpoint/packed/unpacked.spec.ts",
];

/** Specs that a browser cannot run, and why. One that is listed but not there is an error. */
const NODE_ONLY: Readonly<Record<string, string>> = {
  "spec/backend/wasm/at-exit.spec.ts": "starts processes",
  "spec/backend/wasm/run/pool.spec.ts": "starts processes, and bundles",
  "spec/backend/webgpu/mistakes.spec.ts": "is about the suite, which one device is enough for",
  "spec/generation/inspect/inspect-sampling.spec.ts": "looks at what Node prints",
  "spec/interp/run/activation-cache.spec.ts": "looks at what Node prints",
  "spec/interp/display/display.spec.ts": "looks at what Node prints",
  "spec/training/pretraining.spec.ts": "runs what bench/ runs",
  "spec/audit/planting/end-to-end.spec.ts": "runs what bench/ runs",
  "spec/training/run/growth.spec.ts": "counts the objects of V8",
  "spec/tokenizer/gemma-vectors.spec.ts": "reads the file that GEMMA_TOKENIZER names",
};

/** Specs that need WebGPU, which has a Chromium of its own, started for it. */
const WEBGPU = [
  ...["adapters", "conformance", "discipline", "heads", "hooks", "text", "troubles"].map(
    (n) => `spec/backend/webgpu/${n}.spec.ts`,
  ),
  ...["limits", "loops"].map((n) => `spec/bench/limits/gpu/${n}.spec.ts`),
];

const there = readdirSync("spec", { recursive: true, encoding: "utf8" }).map((f) => `spec/${f}`);
const missing = [...FILES, ...Object.keys(NODE_ONLY), ...WEBGPU].filter(
  (file) => !there.includes(file),
);
if (missing.length > 0) throw new Error(`vitest.browser.config.ts: no ${missing.join(", ")}`);

/** How Chromium is started: Debian's, and as root, who has no sandbox. */
export const CHROMIUM: { executablePath: string; args: string[] } = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
};

/** WebGPU on the processor, by the SwiftShader that comes with Chromium. */
export const SWIFTSHADER: string[] = [
  ...["--enable-unsafe-webgpu", "--enable-features=Vulkan"],
  ...["--use-vulkan=swiftshader", "--use-webgpu-adapter=swiftshader"],
];

/** Specs in a page of Chromium. */
const inChromium = (name: string, include: string[], args: string[] = []) => ({
  resolve: {
    alias: [
      {
        find: /^.*\/support\/files\.ts$|^\.\/files\.ts$/,
        replacement: fileURLToPath(new URL("spec/support/files.browser.ts", import.meta.url)),
      },
    ],
  },
  test: {
    name,
    include,
    exclude: [...Object.keys(NODE_ONLY), ...(name === "webgpu" ? [] : WEBGPU)],
    testTimeout: 60_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: { ...CHROMIUM, args: [...CHROMIUM.args, ...args] },
      }),
      instances: [{ browser: "chromium" as const }],
    },
  },
});

/** What makes a page cross-origin isolated, so that its workers may share memory. */
export const ISOLATED: Record<string, string> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  test: {
    projects: [
      inChromium("chromium", [...FOLDERS.map((folder) => `spec/${folder}/**/*.spec.ts`), ...FILES]),
      {
        ...inChromium("isolated", [
          "spec/backend/**/*.spec.ts",
          "spec/conformance/backend/right.spec.ts",
        ]),
        server: { headers: ISOLATED },
      },
      inChromium("webgpu", WEBGPU, SWIFTSHADER),
      {
        test: {
          name: "pages",
          include: ["spec/browser/**/*.spec.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
