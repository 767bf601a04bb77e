/**
 * Builds the explorer: `npm run explorer` serves it while one works on it, `npm run explorer:build` makes a folder of
 * files for any web server, under any path.
 * @module
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { filesBeside } from "./build/files-beside.ts";
import { recordedExample } from "./build/recorded-example.ts";
import { smallWorld } from "./build/small-world.ts";
import { smallerFont } from "./build/smaller-font.ts";
import { ANSWERS_FILE, LEARNING_FILE, MODEL_FILES } from "./src/model-files.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const inBuild = (name: string) => fileURLToPath(new URL(`build/${name}`, import.meta.url));

/** The page opens files, and neither addresses nor adapters: what reads those is left out. */
const LEFT_OUT = [
  { find: /^.*\/node\/open-path\.ts$/, replacement: inBuild("no-paths.ts") },
  { find: /^.*\/load-adapter\.ts$/, replacement: inBuild("no-adapters.ts") },
];

const resolve = { alias: LEFT_OUT };

/** What is fetched beside the code, and where that lies here. */
const BESIDE = {
  ...Object.fromEntries(
    MODEL_FILES.map((name) => [`model/${name}`, `${root}fixtures/tiny-stories-it/${name}`]),
  ),
  [LEARNING_FILE]: `${root}fixtures/learning/tales/sft-valid.jsonl`,
  [ANSWERS_FILE]: smallWorld,
};

export default defineConfig({
  base: "./", // every URL is relative
  resolve,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [filesBeside(BESIDE), recordedExample(), smallerFont()],
  worker: { format: "es" },
  server: { fs: { allow: [root] } },
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
  },
});
