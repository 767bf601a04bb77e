/**
 * Makes dist/browser.js of the compiled dist/index.js: one file without imports, for pages that have an
 * import map and no bundler, and for extensions. Nothing in it turns text into code. dist/worker.js beside it is what its
 * threads are started with, so that a page may allow no workers but those from files.
 */
import { readFileSync } from "node:fs";
import { build } from "esbuild";

/** What is inside besides our own code; their licence (MIT) wants its notice kept. */
const BUNDLED = ["fflate", "@huggingface/jinja", "@noble/hashes"];
const notice = (name) => {
  const { license } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  if (license !== "MIT") throw new Error(`${name}: expected the MIT licence, got ${license}`);
  return `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim()}`;
};

/** What backend/wasm/run/threads.ts writes around the same functions, where it starts a worker with their text. */
const WORKER = `
import { createRunner } from "./dist/backend/wasm/run/runner.js";
import { workerMain } from "./dist/backend/wasm/run/worker.js";
const receive = workerMain(createRunner, (message, transfer) => postMessage(message, transfer));
onmessage = ({ data }) => receive(data);`;

await build({
  stdin: { contents: WORKER, resolveDir: "." },
  outfile: "dist/worker.js",
  bundle: true,
  format: "iife",
  platform: "browser",
  target: "es2023",
  minify: true,
  banner: { js: "/*! gemma-reference, Apache-2.0 */" },
});

/** In dist/browser.js it is known where worker.js is. */
const workerBeside = {
  name: "worker-beside",
  setup({ onLoad }) {
    const contents = `export const workerBeside = () => new URL("./worker.js", import.meta.url);`;
    onLoad({ filter: /[\\/]worker-beside\.js$/ }, () => ({ contents }));
  },
};

const { metafile } = await build({
  entryPoints: ["dist/index.js"],
  outfile: "dist/browser.js",
  bundle: true,
  format: "esm",
  platform: "browser",
  target: "es2023",
  minify: true,
  keepNames: true, // errors are told apart by their names too
  sourcemap: true,
  metafile: true,
  plugins: [workerBeside],
  banner: {
    js: `/*! gemma-reference, Apache-2.0. Bundled with it:\n\n${BUNDLED.map(notice).join("\n\n")}\n*/`,
  },
});

const packages = Object.keys(metafile.inputs).flatMap(
  (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
);
const others = packages.filter((name) => !BUNDLED.includes(name));
if (others.length > 0) throw new Error(`no notice for ${[...new Set(others)].join(", ")}`);
