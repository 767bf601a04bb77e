/**
 * The weights of `gemma-reference bench` as a GGUF file, written by our exporter, for engines that read files. It has
 * Gemma's vocabulary, because llama.cpp does not run without one.
 */
import { open } from "node:fs/promises";
import { syntheticWeights } from "../../src/bench/synthetic.ts";
import { DTYPES } from "../../src/checkpoint/dtypes.ts";
import { writeGguf } from "../../src/checkpoint/gguf/write.ts";
import { tokenizerFile } from "../../src/checkpoint/tokenizer-file.ts";
import { GEMMA_2B, type GemmaConfig } from "../../src/config.ts";
import type { WeightSource } from "../../src/tensor/stored.ts";
import { gemmaModelProto, packageJson } from "./gemma-model-proto.ts";

/** The types that are written, by their names in GGUF. */
export type GgufType = "F32" | "F16" | "BF16" | "Q8_0" | "Q4_0";

/** The first `layers` of the 2B. */
export function slice2b(layers: number): GemmaConfig {
  return { ...GEMMA_2B, numHiddenLayers: layers };
}

/** Its weights in `type`. */
export function weightsIn(type: GgufType, config: GemmaConfig): Map<string, WeightSource> {
  const dtype = DTYPES.find(({ name }) => name === type)?.dtype;
  if (dtype === undefined || dtype === "float64") throw new Error(`${type} is not written`);
  return syntheticWeights(config, dtype);
}

export async function writeSyntheticGguf(
  path: string,
  type: GgufType,
  config: GemmaConfig,
): Promise<void> {
  const tokenizer = tokenizerFile(gemmaModelProto(packageJson()), "Gemma's vocabulary");
  const tensors = weightsIn(type, config);
  const stream = writeGguf({ name: "synthetic", config, tensors, tokenizer, async close() {} });
  const file = await open(path, "w");
  try {
    for await (const chunk of stream.chunks()) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
}
