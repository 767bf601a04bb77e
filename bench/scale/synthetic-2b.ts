/**
 * A checkpoint of the 2B's shape and size, 5.0 GB in two shards as it was released (the first of 4.95 GB),
 * with random weights. It has no tokenizer: its prompts are ids.
 */
import { randomFillSync } from "node:crypto";
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GEMMA_2B } from "../../src/config.ts";
import { toHfConfig } from "../../src/hf-config.ts";
import { type WeightSpec, weightSpecs } from "../../src/model/weights/weights.ts";
import { elementsOf } from "../../src/tensor/tensor.ts";

/** The tensors in the second shard of google/gemma-2b: the end of the last layer, and the final norm. */
const IN_SECOND =
  /^model\.(layers\.17\.(mlp\.down_proj|input_layernorm|post_attention_layernorm)|norm)\./;

const PIECE = 2 ** 24;

/** Any sign and mantissa with the exponent of 1/64: numbers as large as weights, never a NaN. */
function randomBfloat16(): Uint8Array {
  const bits = new Uint16Array(PIECE / 2);
  randomFillSync(bits);
  for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] & 0x807f) | 0x3c80;
  return new Uint8Array(bits.buffer);
}

const bytesOf = ({ shape }: WeightSpec) => 2 * elementsOf(shape);

async function writeShard(
  path: string,
  specs: readonly WeightSpec[],
  noise: Uint8Array,
): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let end = 0;
  for (const spec of specs) {
    const begin = end;
    end += bytesOf(spec);
    header[spec.name] = { dtype: "BF16", shape: spec.shape, data_offsets: [begin, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = await open(path, "w");
  try {
    await file.writeFile(Buffer.concat([length, json]));
    for (let at = 0; at < end; at += PIECE) {
      await file.writeFile(noise.subarray(0, Math.min(PIECE, end - at)));
    }
    await file.sync(); // otherwise the system would still be writing while we measure
  } finally {
    await file.close();
  }
}

/** Writes the checkpoint into `folder`. @returns the paths of its shards. */
export async function writeSynthetic2b(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "config.json"), JSON.stringify(toHfConfig(GEMMA_2B, "bfloat16")));
  const specs = weightSpecs(GEMMA_2B);
  const second = specs.filter(({ name }) => IN_SECOND.test(name));
  const shards = [specs.filter((spec) => !second.includes(spec)), second];
  const weightMap: Record<string, string> = {};
  const noise = randomBfloat16();
  const paths: string[] = [];
  for (const [i, its] of shards.entries()) {
    const name = `model-0000${i + 1}-of-00002.safetensors`;
    for (const spec of its) weightMap[spec.name] = name;
    paths.push(join(folder, name));
    await writeShard(join(folder, name), its, noise);
  }
  const total = specs.reduce((sum, spec) => sum + bytesOf(spec), 0);
  const index = { metadata: { total_size: total }, weight_map: weightMap };
  await writeFile(join(folder, "model.safetensors.index.json"), JSON.stringify(index));
  return paths;
}
