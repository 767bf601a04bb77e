/**
 * An example of docs/examples as a site: built from dist/, which `npm run build` makes, beside a model, and served.
 */
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type PreviewServer, preview } from "vite";
import { syntheticWeights } from "../../src/bench/synthetic.ts";
import { writeSafetensors } from "../../src/checkpoint/safetensors/write.ts";
import { GEMMA_2B, type GemmaConfig } from "../../src/config.ts";
import { toHfConfig } from "../../src/hf-config.ts";

/** The tiny Gemma that comes along, or 56 million random parameters with its vocabulary, which say anything for ever. */
export type SiteModel = "tiny" | "random";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const RANDOM: GemmaConfig = {
  ...GEMMA_2B,
  vocabSize: 1024,
  hiddenSize: 1024,
  intermediateSize: 4096,
  numHiddenLayers: 4,
  numAttentionHeads: 4,
};

/** Builds `example` in `scratch`, a folder of its own. @returns the server, which has to be closed. */
export async function serveExample(
  example: "vite" | "worker",
  model: SiteModel,
  scratch: string,
): Promise<PreviewServer> {
  const root = join(scratch, `${example}-${model}`);
  cpSync(join(ROOT, "docs/examples", example), root, { recursive: true });
  mkdirSync(join(root, "node_modules"));
  symlinkSync(ROOT, join(root, "node_modules/gemma-reference"));
  symlinkSync(join(ROOT, "node_modules/vite"), join(root, "node_modules/vite"));
  const folder = join(root, "public/model");
  cpSync(join(ROOT, "fixtures/tiny-stories-it"), folder, { recursive: true });
  if (model === "random") await writeRandomModel(folder);
  await build({ root, logLevel: "error" });
  return preview({ root, preview: { port: 0 }, logLevel: "error" });
}

async function writeRandomModel(folder: string): Promise<void> {
  const config = JSON.stringify(toHfConfig(RANDOM, "bfloat16"));
  await writeFile(join(folder, "config.json"), config);
  const weights = writeSafetensors(syntheticWeights(RANDOM, "bfloat16"), { type: "BF16" });
  const file = await open(join(folder, "model.safetensors"), "w");
  try {
    for await (const chunk of weights.chunks()) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
}
