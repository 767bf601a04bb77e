/**
 * wllama, llama.cpp in WebAssembly, and this library in one page of headless Chromium, cross-origin isolated, on the
 * same GGUF file and as many threads, in turn: a prompt of about 137 tokens, then 16 steps of decoding.
 *
 *     (cd bench/peers && npm install) && npx tsx bench/peers/wllama.ts [--types Q8_0] [--layers 4] [--threads 2]
 *         [--rounds 5] [--activations int8] [--write]
 *
 * Its rates are those that llama.cpp measures itself. A file has to be smaller than 2 GB, which is the most that a
 * page may have in one piece.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { comparisonOptions, conclude, Rates } from "./comparison.ts";
import { isolatedPage } from "./isolated-page.ts";
import type { Comparison } from "./report.ts";
import { type GgufType, slice2b, writeSyntheticGguf } from "./synthetic-gguf.ts";
import type { OurRound, TheirRound } from "./wllama/page.ts";

const STEPS = 16;
const { threads, rounds, layers, types, activations, write } = comparisonOptions();
const esm = dirname(createRequire(import.meta.url).resolve("@wllama/wllama"));
const bundled = await build({
  entryPoints: [fileURLToPath(new URL("wllama/page.ts", import.meta.url))],
  ...{ bundle: true, format: "esm", platform: "browser", target: "es2023", write: false },
});
const javascript = "text/javascript";
const scratch = mkdtempSync(join(tmpdir(), "wllama-"));
const comparisons: Comparison[] = [];
try {
  for (const type of (types.length > 0 ? types : ["Q8_0"]) as GgufType[]) {
    const file = join(scratch, `${type}.gguf`);
    await writeSyntheticGguf(file, type, slice2b(layers));
    const { page, close } = await isolatedPage({
      "/": { text: "<!doctype html><title>bench</title>", type: "text/html" },
      "/page.js": { text: bundled.outputFiles[0].text, type: javascript },
      "/wllama.js": { file: join(esm, "index.js"), type: javascript },
      "/wllama.wasm": { file: join(esm, "wasm/wllama.wasm"), type: "application/wasm" },
      "/model.gguf": { file, type: "application/octet-stream" },
    });
    /** Calls a function of the page. As text: what is compiled for Node would not run there. */
    const call = <T>(name: string, argument: object) =>
      page.evaluate<T>(`import("/page.js").then((p) => p.${name}(${JSON.stringify(argument)}))`);
    try {
      await call("openTheirs", { threads });
      const rates = new Rates();
      let prompt = 0;
      for (let round = 0; round < rounds; round++) {
        const theirs = await call<TheirRound>("theirRound", { round, steps: STEPS });
        rates.add("their prefill", theirs.prefill);
        rates.add("their decode", theirs.decode);
        if (round === 0) {
          prompt = theirs.tokens;
          await call("openOurs", { threads, activations, prompt, steps: STEPS });
        }
        const ours = await call<OurRound>("ourRound", {});
        rates.add("prefill", prompt / ours.prefill);
        rates.add("decode", STEPS / ours.decode);
      }
      const named = activations === undefined ? "" : `, activations ${activations}`;
      const flags = activations === undefined ? "" : ` --activations ${activations}`;
      const command = `npx tsx bench/peers/wllama.ts --types ${type} --layers ${layers} --threads ${threads}${flags}`;
      for (const what of ["prefill", "decode"]) {
        comparisons.push({
          ...{ peer: "wllama", what: `${what}, ${type}, ${layers} layers${named}` },
          ...{ ours: rates.best(what), theirs: rates.best(`their ${what}`) },
          ...{ unit: "tokens/s", command },
        });
      }
    } finally {
      await close();
    }
    rmSync(file);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
conclude(comparisons, write);
