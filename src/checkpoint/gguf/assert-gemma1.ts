/**
 * Keys by which a GGUF file says that its model is computed otherwise than a Gemma 1: a stretched context,
 * soft caps, a window. A reader that ignored them would answer wrongly. A key may also be there with a value
 * that changes nothing.
 * llama.cpp: src/llama-arch.cpp (`LLM_KV_NAMES`), src/llama-model.cpp (`load_hparams`).
 * @module
 */
import { brief } from "../../brief.ts";
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import type { GgufValue } from "./header.ts";

/** Metadata of a GGUF file, by key. */
export type Metadata = ReadonlyMap<string, GgufValue>;

/** Key → the values with which the computation is Gemma 1's. */
function neutral({ headDim: H }: GemmaConfig, metadata: Metadata): Record<string, unknown[]> {
  // llama.cpp's default is "linear", so a factor stretches unless the type is "none". A factor of 0 is ignored.
  const mayStretch = metadata.get("gemma.rope.scaling.type") !== "none";
  return {
    "gemma.attention.value_length": [H],
    "gemma.rope.dimension_count": [H],
    "gemma.rope.scaling.type": ["none", "linear"],
    ...(mayStretch && {
      "gemma.rope.scaling.factor": [1, 0],
      "gemma.rope.scale_linear": [1, 0],
    }),
    "gemma.rope.scaling.attn_factor": [1],
    "gemma.rope.scaling.yarn_attn_factor": [1],
    "gemma.attn_logit_softcapping": [0],
    "gemma.final_logit_softcapping": [0],
    "gemma.attention.sliding_window": [0],
    "gemma.attention.scale": [Math.fround(1 / Math.sqrt(H)), 0],
    "gemma.attention.causal": [true],
    "gemma.attention.clamp_kqv": [0],
    "gemma.attention.max_alibi_bias": [0],
    "gemma.expert_count": [0],
    "gemma.logit_scale": [1, 0],
    "gemma.embedding_scale": [1, 0],
    "gemma.residual_scale": [1, 0],
  };
}

/** @throws {UnsupportedError} if `metadata` are those of a model that computes otherwise than a Gemma 1. */
export function assertGemma1(metadata: Metadata, config: GemmaConfig, file: string): void {
  const hint = "this library runs Gemma 1 only; this model computes differently";
  for (const [key, values] of Object.entries(neutral(config, metadata))) {
    const value = metadata.get(key);
    if (value === undefined || values.includes(value)) continue;
    const expected = `${values.map(brief).join(" or ")}, as in every Gemma 1`;
    throw refusals("openGguf", file).unsupported(key, expected, brief(value), hint);
  }
}
