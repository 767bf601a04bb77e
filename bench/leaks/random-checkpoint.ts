/**
 * A Gemma of 110 MB with random weights, as a folder on disk: large enough that a single leaked copy of its
 * weights is seen. `missing` leaves a tensor out.
 */
import { randomFillSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GEMMA_2B, type GemmaConfig } from "../../src/config.ts";
import { weightSpecs } from "../../src/model/weights/weights.ts";
import { elementsOf } from "../../src/tensor/tensor.ts";

const CONFIG: GemmaConfig = {
  ...GEMMA_2B,
  vocabSize: 8192,
  hiddenSize: 512,
  intermediateSize: 3584,
  numHiddenLayers: 8,
  numAttentionHeads: 8,
  headDim: 64,
  maxPositionEmbeddings: 2048,
};

/** The keys of a Hugging Face config.json. */
const HF_CONFIG = {
  model_type: "gemma",
  vocab_size: CONFIG.vocabSize,
  hidden_size: CONFIG.hiddenSize,
  intermediate_size: CONFIG.intermediateSize,
  num_hidden_layers: CONFIG.numHiddenLayers,
  num_attention_heads: CONFIG.numAttentionHeads,
  num_key_value_heads: CONFIG.numKeyValueHeads,
  head_dim: CONFIG.headDim,
  max_position_embeddings: CONFIG.maxPositionEmbeddings,
  hidden_activation: "gelu_pytorch_tanh",
  rms_norm_eps: CONFIG.rmsNormEps,
  rope_theta: CONFIG.ropeTheta,
  bos_token_id: CONFIG.bosTokenId,
  eos_token_id: CONFIG.eosTokenId,
  pad_token_id: CONFIG.padTokenId,
};

export function writeRandomCheckpoint(
  folder: string,
  { missing }: { missing?: string } = {},
): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify(HF_CONFIG));

  const header: Record<string, unknown> = {};
  let end = 0;
  for (const { name, shape } of weightSpecs(CONFIG)) {
    if (name === missing) continue;
    const begin = end;
    end += 2 * elementsOf(shape);
    header[name] = { dtype: "BF16", shape, data_offsets: [begin, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const weights = new Uint16Array(end / 2);
  randomFillSync(weights);
  // Any sign and mantissa with the exponent of 1/64: numbers as large as weights, never a NaN.
  for (let i = 0; i < weights.length; i++) weights[i] = (weights[i] & 0x807f) | 0x3c80;
  writeFileSync(
    join(folder, "model.safetensors"),
    Buffer.concat([length, json, new Uint8Array(weights.buffer)]),
  );
}
