/**
 * Keys by which a GGUF file says that its model is computed otherwise than a Gemma 1: a stretched context,
 * soft caps, a window. Whoever looked past them would answer, and wrongly. What no converter writes for a
 * Gemma 1 may still be there with the value that changes nothing.
 * llama.cpp: src/llama-arch.cpp (`LLM_KV_NAMES`), src/llama-model.cpp (`load_hparams`).
 * @module
 */
import { brief } from "../../brief.ts";
import type { GemmaConfig } from "../../config.ts";
import { UnsupportedError } from "../../errors.ts";
import type { GgufValue } from "./header.ts";

/** Metadata of a GGUF file, by key. */
export type Metadata = ReadonlyMap<string, GgufValue>;

/** Key → the values with which the computation is Gemma 1's. */
function neutral({ headDim: H }: GemmaConfig, metadata: Metadata): Record<string, unknown[]> {
  // "linear" is llama.cpp's default, so that a factor stretches unless the type is "none". 0 is no factor.
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

/** @throws {UnsupportedError} if the model that `metadata` tells of is computed otherwise than a Gemma 1. */
export function assertGemma1(metadata: Metadata, config: GemmaConfig, file: string): void {
  for (const [argument, values] of Object.entries(neutral(config, metadata))) {
    const value = metadata.get(argument);
    if (value === undefined || values.includes(value)) continue;
    throw new UnsupportedError({
      op: "openGguf",
      file,
      argument,
      expected: `${values.map(brief).join(" or ")}, as in every Gemma 1`,
      got: brief(value),
      hint: "this library runs Gemma 1 only; this model computes differently",
    });
  }
}
