/**
 * A Gemma of a few thousand random weights in every form a checkpoint may have, so small that it can
 * be loaded some thousand times in a test. It answers nonsense, but always the same.
 */

import type { Backend } from "../../../src/backend/backend.ts";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { writeNpy } from "../../../src/checkpoint/numpy/npy.ts";
import { fromHfConfig } from "../../../src/hf-config.ts";
import { randomTensors } from "../random.ts";
import { type Entry as GgufEntry, ggufFile, type TensorRow } from "./gguf-file.ts";
import { AS_GEMMA, modelProto, type PieceRow } from "./model-proto-writer.ts";
import { safetensorsFile } from "./safetensors-file.ts";
import { torchFile } from "./torch-file.ts";
import { zip } from "./zip.ts";

export type Files = Readonly<Record<string, Uint8Array>>;

const letters = Array.from("abcdefghijklmnopqrstuvwxyz▁\n", (letter) => [letter, -9] as const);
export const PIECES: readonly PieceRow[] = [
  ["<pad>", 0, 3],
  ["<eos>", 0, 3],
  ["<bos>", 0, 3],
  ["<unk>", 0, 2],
  ["<start_of_turn>", 0, 4],
  ["<end_of_turn>", 0, 4],
  ["th", -1],
  ["the", -2],
  ...letters,
];

/** The `config.json`, as it is written. */
export const CONFIG = {
  model_type: "gemma",
  vocab_size: PIECES.length,
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 4,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  rope_parameters: { rope_theta: 10000, rope_type: "default" },
  attention_bias: false,
  tie_word_embeddings: true,
  pad_token_id: 0,
  eos_token_id: 1,
  bos_token_id: 2,
};

export const bytesOf = (json: unknown): Uint8Array =>
  new TextEncoder().encode(typeof json === "string" ? json : JSON.stringify(json));

export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Random weights for `config`, by Hugging Face's names, in float32. */
export function randomWeights(config: typeof CONFIG): Promise<readonly Weight[]> {
  return Promise.all(
    [...randomTensors(fromHfConfig(config), 3).values()].map(async ({ name, shape, rows }) => ({
      name,
      shape,
      bytes: await rows(0, shape[0]),
    })),
  );
}

/** Its weights. */
export const WEIGHTS: readonly Weight[] = await randomWeights(CONFIG);

/** The header of a safetensors file of `weights`, and what follows it. */
export function safetensorsParts(weights: readonly Weight[] = WEIGHTS): {
  readonly header: Record<string, unknown>;
  readonly data: Uint8Array;
} {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  const data: number[] = [];
  for (const { name, shape, bytes } of weights) {
    const data_offsets = [data.length, data.length + bytes.length];
    header[name] = { dtype: "F32", shape, data_offsets };
    data.push(...bytes);
  }
  return { header, data: Uint8Array.from(data) };
}

/** A safetensors file of `weights`; `metadata` is what it says besides. */
export function safetensors(
  weights: readonly Weight[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const { header, data } = safetensorsParts(weights);
  return safetensorsFile({ ...header, __metadata__: { format: "pt", ...metadata } }, data);
}

const REST: Files = {
  "config.json": bytesOf(CONFIG),
  "tokenizer.model": modelProto(PIECES, {
    ...AS_GEMMA,
    bosPiece: "<bos>",
    eosPiece: "<eos>",
    selfTests: [["the", "the"]],
  }),
};

/** A folder with one file of weights. */
export const SINGLE: Files = { ...REST, "model.safetensors": safetensors(WEIGHTS) };

const SHARDS = ["model-1-of-3.safetensors", "model-2-of-3.safetensors", "model-3-of-3.safetensors"];

/** The index of {@link SHARDED}, as it is written. */
export const INDEX = {
  metadata: { total_size: 1 },
  weight_map: Object.fromEntries(WEIGHTS.map(({ name }, i) => [name, SHARDS[i % 3]])),
};

/** The same weights in three shards. */
export const SHARDED: Files = {
  ...REST,
  "model.safetensors.index.json": bytesOf(INDEX),
  ...Object.fromEntries(
    SHARDS.map((shard, s) => [shard, safetensors(WEIGHTS.filter((_, i) => i % 3 === s))]),
  ),
};

function torch(weights: readonly Weight[]): Uint8Array {
  const saved = weights.map(({ name, ...tensor }) => [name, { storage: "Float", ...tensor }]);
  return torchFile(Object.fromEntries(saved));
}

/** A folder with one file of torch. */
export const TORCH: Files = { ...REST, "pytorch_model.bin": torch(WEIGHTS) };

const BINS = ["pytorch_model-1-of-2.bin", "pytorch_model-2-of-2.bin"];

/** The same in two shards. */
export const TORCH_SHARDS: Files = {
  ...REST,
  "pytorch_model.bin.index.json": bytesOf({
    weight_map: Object.fromEntries(WEIGHTS.map(({ name }, i) => [name, BINS[i % 2]])),
  }),
  ...Object.fromEntries(BINS.map((bin, s) => [bin, torch(WEIGHTS.filter((_, i) => i % 2 === s))])),
};

/** A folder with an archive as `numpy.savez_compressed` makes it. */
export const NPZ: Files = {
  ...REST,
  "m.npz": zip(
    Object.fromEntries(
      WEIGHTS.map(({ name, shape, bytes }) => {
        const data = new Float32Array(bytes.slice().buffer);
        return [`${name}.npy`, writeNpy({ shape, data })];
      }),
    ),
  ),
};

const GGUF_NAMES: Readonly<Record<string, string>> = {
  input_layernorm: "attn_norm",
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  post_attention_layernorm: "ffn_norm",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
};

function ggufName(name: string): string {
  if (name === "model.embed_tokens.weight") return "token_embd.weight";
  if (name === "model.norm.weight") return "output_norm.weight";
  const [, layer, part] = /^model\.layers\.(\d+)\.(.*)\.weight$/.exec(name) ?? [];
  return `blk.${layer}.${GGUF_NAMES[part]}.weight`;
}

/** The metadata of {@link GGUF}. */
export const GGUF_METADATA: Readonly<Record<string, GgufEntry>> = {
  "general.architecture": [8, "gemma"],
  "gemma.context_length": [4, CONFIG.max_position_embeddings],
  "gemma.embedding_length": [4, CONFIG.hidden_size],
  "gemma.block_count": [4, CONFIG.num_hidden_layers],
  "gemma.feed_forward_length": [4, CONFIG.intermediate_size],
  "gemma.attention.head_count": [4, CONFIG.num_attention_heads],
  "gemma.attention.head_count_kv": [4, CONFIG.num_key_value_heads],
  "gemma.attention.key_length": [4, CONFIG.head_dim],
  "gemma.attention.layer_norm_rms_epsilon": [6, CONFIG.rms_norm_eps],
  "tokenizer.ggml.model": [8, "llama"],
  "tokenizer.ggml.tokens": [9, 8, PIECES.map(([piece]) => piece)],
  "tokenizer.ggml.scores": [9, 6, PIECES.map(([, score = 0]) => score)],
  "tokenizer.ggml.token_type": [9, 5, PIECES.map(([, , type = 1]) => type)],
  "tokenizer.ggml.bos_token_id": [4, CONFIG.bos_token_id],
};

/** The tensors of {@link GGUF}. */
export const GGUF_TENSORS: readonly TensorRow[] = WEIGHTS.map(({ name, shape, bytes }) => ({
  name: ggufName(name),
  dimensions: [...shape].reverse(),
  type: 0,
  bytes,
}));

/** The same in one GGUF file (but that its norms lack 1, so that its answers are others). */
export const GGUF: Uint8Array = ggufFile(GGUF_METADATA, GGUF_TENSORS);

/** So few rows at once that a prompt of ten tokens comes in four passes. */
export function smallBackend(): Backend {
  return cpuBackend({ precision: "float32", maxRows: 3 });
}
