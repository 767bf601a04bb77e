/**
 * A Gemma saved by torch: gemma_pytorch's own layout (gemma/model.py, 014acb7), or Hugging Face's
 * `pytorch_model.bin`. In the first, q, k and v are one matrix, the embedding has another name, and a
 * quantised model has int8 weights with a scale for each row: w = int8 · scale.
 * @module
 */
import { GEMMA_2B, GEMMA_7B, type GemmaConfig } from "../../config.ts";
import { type Refusals, refusals } from "../../errors.ts";
import {
  assertDType,
  derived,
  type RowSource,
  storedFromBytes,
  type WeightSource,
  widenRow,
} from "../../tensor/stored.ts";
import { unreadable } from "../file-rows.ts";
import { weightNames } from "../usual-names.ts";
import { type Int8Tensor, type TorchTensor, WEIGHT_DTYPES } from "./read.ts";

const op = "openTorch";
const EMBEDDER = "embedder.weight";
const SCALER = ".weight_scaler";
const QKV = ".self_attn.qkv_proj.weight";

/** Those of `names` that only a checkpoint of gemma_pytorch has. */
export function gemmaNames(names: readonly string[]): string[] {
  return names.filter((name) => name === EMBEDDER || name.endsWith(QKV));
}

/**
 * The weights under Hugging Face's names, as a reader of safetensors would give them.
 * @throws {FormatError} if a fused matrix does not fit the config, or if scales do not fit their weight, which
 * must be int8.
 * @throws {UnsupportedError} if an int8 weight has scales that no weight can be. One without scales, or with int8
 * ones, is listed; reading its rows is an UnsupportedError.
 */
export function gemmaTensors(
  tensors: ReadonlyMap<string, TorchTensor>,
  config: GemmaConfig,
  file: string,
): Map<string, RowSource> {
  const refuse = refusals(op, file);
  const byHfName = new Map<string, RowSource>();
  for (const [name, tensor] of tensors) {
    if (/(^|\.)(local_)?freqs_cis$/.test(name)) continue;
    if (name.endsWith(SCALER)) {
      assertScales(name, tensors.get(name.slice(0, -"_scaler".length)), refuse);
      continue;
    }
    const scales = tensors.get(`${name}_scaler`);
    const source = tensor.dtype === "int8" ? asRows(tensor, scales, refuse) : tensor;
    if (name === EMBEDDER) {
      byHfName.set("model.embed_tokens.weight", source);
    } else if (name.endsWith(QKV)) {
      for (const [part, rows] of splitQkv(source, config, refuse)) {
        byHfName.set(name.replace("qkv_proj", part), rows);
      }
    } else {
      byHfName.set(name, source);
    }
  }
  return byHfName;
}

/**
 * Scales belong to int8 weights. gemma_pytorch would ignore those of another weight, or multiply it by them,
 * depending on a flag outside the checkpoint.
 */
function assertScales(name: string, weight: TorchTensor | undefined, refuse: Refusals): void {
  if (weight?.dtype === "int8") return;
  const dtype = weight?.dtype ?? "another dtype";
  const got = weight ? `scales of a weight in ${dtype}` : "no weight for them";
  throw refuse.format(name, "scales of an int8 weight", got);
}

/**
 * The released model of that width: a checkpoint of gemma_pytorch does not say its own config.
 * @throws {FormatError} if no released model has it, or the tensors are no Gemma's.
 */
export function releasedConfig(
  tensors: ReadonlyMap<string, TorchTensor>,
  file: string,
): GemmaConfig {
  const width = tensors.get(EMBEDDER)?.shape[1];
  const config = [GEMMA_2B, GEMMA_7B].find(({ hiddenSize }) => hiddenSize === width);
  if (config) return config;
  const names = [...tensors.keys()];
  const refuse = refusals(op, file);
  if (gemmaNames(names).length + weightNames(names).length === 0) {
    const some = `${names.slice(0, 3).join(", ")}${names.length > 3 ? " and others" : ""}`;
    const layouts = "the tensors of a Gemma by the names of gemma_pytorch or Hugging Face";
    throw refuse.format(
      undefined,
      layouts,
      some,
      "these are no weights of it, or another program's",
    );
  }
  const expected = "a config.json beside the checkpoint, as this is not one of the released models";
  const got = width === undefined ? `no ${EMBEDDER}` : `a width of ${width}`;
  throw refuse.format("config.json", expected, got, "open the folder that holds both");
}

/** Without scales of this kind it is listed all the same: the names of the others tell whose it is. */
function asRows(weight: Int8Tensor, scales: TorchTensor | undefined, refuse: Refusals): RowSource {
  const { name, shape } = weight;
  if (!scales || scales.dtype === "int8") {
    const got = scales ? "int8 with int8 scales" : "int8 without scales";
    return unreadable(name, shape, refuse.unsupported(name, WEIGHT_DTYPES, got));
  }
  assertDType(scales);
  if (scales.shape.length === 1 && scales.shape[0] === shape[0]) return dequantised(weight, scales);
  throw refuse.format(name, `a scale for each of ${shape[0]} rows`, scales.shape);
}

/**
 * int8 · scale. With a scale of 16 bits every product fits a float32; with a scale of 32 bits it needs a
 * float64, so that nothing is rounded here that gemma_pytorch, computing in float64, would not round.
 */
function dequantised(weight: Int8Tensor, scale: WeightSource): RowSource {
  const { name, file, shape } = weight;
  const isNarrow = scale.dtype === "bfloat16" || scale.dtype === "float16";
  const Numbers = isNarrow ? Float32Array : Float64Array;
  return {
    name,
    file,
    dtype: isNarrow ? "float32" : "float64",
    shape,
    async rows(begin, end, signal) {
      const bytes = await weight.rows(begin, end, signal);
      const quants = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      const bits = await scale.rows(begin, end, signal);
      const stored = storedFromBytes(bits, scale.dtype, [end - begin]);
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

/** The rows are those of all query heads, then of the keys, then of the values. */
function splitQkv(
  source: RowSource,
  { numAttentionHeads: N, numKeyValueHeads: K, headDim: H }: GemmaConfig,
  refuse: Refusals,
): [string, RowSource][] {
  const { name, shape } = source;
  const rows = (N + 2 * K) * H;
  if (shape.length !== 2 || shape[0] !== rows) {
    const hint = "checkpoint and config.json may be of different models";
    throw refuse.format(name, `${rows} rows, for ${N} + 2·${K} heads of ${H}`, shape, hint);
  }
  const part = (from: number, heads: number): RowSource =>
    derived(source, {
      shape: [heads * H, shape[1]],
      rows: (begin, end, signal) => source.rows(from * H + begin, from * H + end, signal),
    });
  return [
    ["q_proj", part(0, N)],
    ["k_proj", part(N, K)],
    ["v_proj", part(N + K, K)],
  ];
}
