/**
 * What Hugging Face keeps beside the weights: `config.json`, and `tokenizer.model` where there is one.
 * @module
 */
import { toHfConfig } from "../config.ts";
import { writeModelProto } from "../tokenizer/model-proto-write.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { type SafetensorsType, safetensorsType } from "./safetensors-write.ts";

const TORCH_NAMES: Readonly<Record<SafetensorsType, string>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

/**
 * Their bytes, by name.
 * @param type what the weights are written as. Default: as they are.
 */
export function hfFiles(
  { config, tensors, tokenizer }: Checkpoint,
  type?: SafetensorsType,
): Map<string, Uint8Array> {
  const table = tensors.get("model.embed_tokens.weight");
  const dtype = TORCH_NAMES[type ?? safetensorsType(table?.dtype ?? "float32")];
  const json = `${JSON.stringify(toHfConfig(config, dtype), null, 2)}\n`;
  const files = new Map<string, Uint8Array>([["config.json", new TextEncoder().encode(json)]]);
  if (tokenizer) {
    const bytes = tokenizer instanceof Uint8Array ? tokenizer : writeModelProto(tokenizer);
    files.set("tokenizer.model", bytes);
  }
  return files;
}
