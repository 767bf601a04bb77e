/**
 * Builds the explorer: `npm run explorer` serves it while one works on it, `npm run explorer:build` makes a folder of
 * files for any web server, under any path.
 * @module
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { modelBeside } from "./build/model-beside.ts";
import { recordedExample } from "./build/recorded-example.ts";
import { smallerFont } from "./build/smaller-font.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The page opens files, and no addresses: what reads those is left out. */
const WITHOUT_PATHS = {
  find: /^.*\/node\/open-path\.ts$/,
  replacement: fileURLToPath(new URL("build/no-paths.ts", import.meta.url)),
};

const resolve = { alias: [WITHOUT_PATHS] };

export default defineConfig({
  base: "./", // every URL is relative
  resolve,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [modelBeside(`${root}fixtures/tiny-stories-it`), recordedExample(), smallerFont()],
  worker: { format: "es" },
  server: { fs: { allow: [root] } },
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
  },
});
