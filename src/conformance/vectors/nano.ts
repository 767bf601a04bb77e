/**
 * The models of tier T1: small, random, and of shapes that break what one assumes from the 2B alone. None has
 * N·H = D, and their vocabularies are no multiples of 64.
 * @module
 */
import { GEMMA_2B, type GemmaConfig } from "../../config.ts";
import { weightSpecs } from "../../model/weights/weights.ts";
import type { RowSource } from "../../tensor/stored.ts";
import { elementsOf } from "../../tensor/tensor.ts";
import { seededNumbers } from "./splitmix.ts";

/** A tensor that is made from its seed. */
export interface SeededTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly seed: number;
  /** Its numbers are integers from −128 to 127, times 2^exponent. */
  readonly exponent: number;
}

/** A model that is made from seeds. */
export interface NanoModel {
  readonly name: string;
  /** What is unlike the 2B. A sentence. */
  readonly note: string;
  readonly config: GemmaConfig;
  readonly tensors: readonly SeededTensor[];
}

interface NanoShape extends Partial<GemmaConfig> {
  readonly note: string;
  /** Seed of the first tensor; the others follow. */
  readonly seed: number;
  /** Size of the embedding: 2^exponent times a byte. */
  readonly embedding?: number;
}

/**
 * Exponents give queries and keys of about 2, so that attention is sharp, gates of about 2, where the kinds of
 * GELU differ, and gains 1 + w that bfloat16 does not hold.
 */
function exponentOf(name: string, embedding: number): number {
  if (name.includes("embed_tokens")) return embedding;
  if (name.includes("norm")) return -9;
  return name.includes("down_proj") || name.includes("o_proj") ? -9 : -8;
}

function nano(name: string, { note, seed, embedding = -8, ...shape }: NanoShape): NanoModel {
  const config: GemmaConfig = { ...GEMMA_2B, numHiddenLayers: 2, ...shape };
  const tensors = weightSpecs(config).map((spec, i) => {
    const exponent = exponentOf(spec.name, embedding);
    return { ...spec, seed: seed + i, exponent };
  });
  return { name, note, config, tensors };
}

export const NANO_MODELS: readonly NanoModel[] = [
  nano("mqa", {
    note: "One key-value head, as in the 2B; the heads together are wider than the stream, as in the 7B.",
    seed: 1000,
    hiddenSize: 48,
    numAttentionHeads: 4,
    numKeyValueHeads: 1,
    headDim: 16,
    intermediateSize: 80,
    vocabSize: 130,
  }),
  nano("mha", {
    note: "A key-value head for each of three query heads, as in the 7B; embeddings so small that ε shows.",
    seed: 2000,
    hiddenSize: 44,
    numAttentionHeads: 3,
    numKeyValueHeads: 3,
    headDim: 20,
    intermediateSize: 52,
    vocabSize: 99,
    embedding: -17,
  }),
  nano("gqa", {
    note: "Two key-value heads for six query heads: beyond Gemma 1, and what shows a wrong head map.",
    seed: 3000,
    hiddenSize: 40,
    numAttentionHeads: 6,
    numKeyValueHeads: 2,
    headDim: 10,
    intermediateSize: 70,
    vocabSize: 67,
  }),
];

/** The tensors of a seeded model, as a checkpoint has them. */
export function seededTensors(tensors: readonly SeededTensor[]): Map<string, RowSource> {
  return new Map(tensors.map((tensor) => [tensor.name, seededSource(tensor)]));
}

function seededSource({ name, shape, seed, exponent }: SeededTensor): RowSource {
  const data = seededNumbers(seed, elementsOf(shape), exponent);
  const row = elementsOf(shape.slice(1));
  return {
    name,
    dtype: "float32",
    shape,
    async rows(begin, end) {
      return new Uint8Array(data.slice(begin * row, end * row).buffer);
    },
  };
}
