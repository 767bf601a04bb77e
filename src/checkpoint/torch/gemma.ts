/**
 * A Gemma saved by torch: gemma_pytorch's own layout (gemma/model.py, 014acb7), or Hugging Face's
 * `pytorch_model.bin`. In the first, q, k and v are one matrix, the embedding has another name, and a
 * quantised model has int8 weights with a scale for each row: w = int8 · scale.
 * @module
 */
import { GEMMA_2B, GEMMA_7B, type GemmaConfig } from "../../config.ts";
import { FormatError, UnsupportedError } from "../../errors.ts";
import { type DType, type RowSource, storedFromBytes, widenRow } from "../../tensor/stored.ts";
import { formatShape } from "../../tensor/tensor.ts";
import type { TorchTensor } from "./read.ts";

const op = "openTorch";
const EMBEDDER = "embedder.weight";
const SCALER = ".weight_scaler";
const QKV = ".self_attn.qkv_proj.weight";

/**
 * The weights under Hugging Face's names, as a reader of safetensors would give them.
 * @throws {FormatError} if a fused matrix does not fit the config, or a scale its weight, which must be int8.
 * @throws {UnsupportedError} if a weight is of a dtype that no weight has.
 */
export function gemmaTensors(
  tensors: ReadonlyMap<string, TorchTensor>,
  config: GemmaConfig,
  file: string,
): Map<string, RowSource> {
  const named = new Map<string, RowSource>();
  for (const [name, tensor] of tensors) {
    if (/(^|\.)(local_)?freqs_cis$/.test(name)) continue;
    if (name.endsWith(SCALER)) {
      assertScales(name, tensors.get(name.slice(0, -"_scaler".length)), file);
      continue;
    }
    const source = readable(name, tensor, tensors.get(`${name}_scaler`), file);
    if (name === EMBEDDER) {
      named.set("model.embed_tokens.weight", source);
    } else if (name.endsWith(QKV)) {
      for (const [part, rows] of split(source, config, file)) {
        named.set(name.replace("qkv_proj", part), rows);
      }
    } else {
      named.set(name, source);
    }
  }
  return named;
}

/**
 * Scales belong to int8 weights. gemma_pytorch would look past those of another weight, or multiply it by
 * them after all, by what it is told beside the checkpoint.
 */
function assertScales(argument: string, weight: TorchTensor | undefined, file: string): void {
  if (weight?.dtype === "int8") return;
  const expected = "scales of an int8 weight";
  const got = weight ? `those of one in ${weight.dtype}` : "no weight for them";
  throw new FormatError({ op, file, argument, expected, got });
}

/** The released model of that width: a checkpoint of gemma_pytorch does not say its own config. */
export function releasedConfig(
  tensors: ReadonlyMap<string, TorchTensor>,
  file: string,
): GemmaConfig {
  const width = tensors.get(EMBEDDER)?.shape[1];
  const config = [GEMMA_2B, GEMMA_7B].find(({ hiddenSize }) => hiddenSize === width);
  if (config) return config;
  throw new FormatError({
    op,
    file,
    argument: "config.json",
    expected: "it beside the checkpoint, as this is none of the released models",
    got: width === undefined ? `no ${EMBEDDER}` : `a width of ${width}`,
    hint: "open the folder that holds both",
  });
}

function readable(
  name: string,
  { dtype, shape, rows }: TorchTensor,
  scale: TorchTensor | undefined,
  file: string,
): RowSource {
  if (dtype === "int8" && scale && scale.dtype !== "int8" && scale.dtype !== "other") {
    if (scale.shape.length === 1 && scale.shape[0] === shape[0]) {
      return scaled(name, { dtype, shape, rows }, { ...scale, dtype: scale.dtype });
    }
    const expected = `a scale for each of ${shape[0]} rows`;
    throw new FormatError({ op, file, argument: name, expected, got: formatShape(scale.shape) });
  }
  if (dtype !== "int8" && dtype !== "other") return { name, dtype, shape, rows };
  throw new UnsupportedError({
    op,
    file,
    argument: name,
    expected: "float64, float32, float16, bfloat16, or int8 with scales",
    got: dtype === "int8" ? "int8 without scales" : "another dtype",
  });
}

/**
 * int8 · scale. With a scale of 16 bits every product fits a float32; with one of 32 bits only a
 * float64, so that nothing is rounded here that gemma_pytorch, computing in float64, would not round.
 */
function scaled(
  name: string,
  weight: TorchTensor,
  scale: TorchTensor & { readonly dtype: DType },
): RowSource {
  const { shape } = weight;
  const isNarrow = scale.dtype === "bfloat16" || scale.dtype === "float16";
  const Numbers = isNarrow ? Float32Array : Float64Array;
  return {
    name,
    dtype: isNarrow ? "float32" : "float64",
    shape,
    async rows(begin, end, signal) {
      const bytes = await weight.rows(begin, end, signal);
      const quants = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      const stored = storedFromBytes(await scale.rows(begin, end, signal), scale.dtype, [
        end - begin,
      ]);
      const scales = new Float64Array(end - begin);
      widenRow(stored, 0, scales);
      const columns = bytes.length / Math.max(1, end - begin);
      const numbers = new Numbers(quants.length);
      for (let i = 0; i < quants.length; i++) {
        numbers[i] = quants[i] * scales[Math.floor(i / columns)];
      }
      return new Uint8Array(numbers.buffer);
    },
  };
}

/** Rows are those of all query heads, then of the keys, then of the values. */
function split(
  source: RowSource,
  { numAttentionHeads: N, numKeyValueHeads: K, headDim: H }: GemmaConfig,
  file: string,
): [string, RowSource][] {
  const { name, shape } = source;
  if (shape.length !== 2 || shape[0] !== (N + 2 * K) * H) {
    const expected = `${(N + 2 * K) * H} rows, for ${N} + 2·${K} heads of ${H}`;
    const hint = "checkpoint and config.json may be of different models";
    throw new FormatError({ op, file, argument: name, expected, got: formatShape(shape), hint });
  }
  const part = (from: number, heads: number): RowSource => ({
    name,
    dtype: source.dtype,
    shape: [heads * H, shape[1]],
    rows: (begin, end, signal) => source.rows(from * H + begin, from * H + end, signal),
  });
  return [
    ["q_proj", part(0, N)],
    ["k_proj", part(N, K)],
    ["v_proj", part(N + K, K)],
  ];
}
