/**
 * An adapter put into the weights: W′ = W + s · B A, so that nothing is left to compute while the model runs.
 *
 * The sum is in float64 and rounded once, to the dtype of W′. PEFT rounds twice, B A and the sum (src/peft/tuners/lora/
 * layer.py, `get_delta_weight` and `merge`). Even one rounding may lose the change: bfloat16 has 8 bits, and a change
 * below half of W's last one leaves W as it is (peft#1388, #2368). {@link Merged.lost} measures that; into float32 next
 * to nothing is lost.
 *
 * W is kept, and never subtracted from: to take an adapter out again, go on with the tensors that it was merged into.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertOneOf } from "../../check.ts";
import { asType } from "../../checkpoint/encode/as-type.ts";
import { safetensorsType } from "../../checkpoint/encode/encode.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import {
  assertDType,
  BYTES_PER_ELEMENT,
  type RowSource,
  storedFromBytes,
  type WeightSource,
  widenRow,
} from "../../tensor/stored.ts";
import { formatShape } from "../../tensor/tensor.ts";
import { type Adapter, isHead, type LoraPair } from "./adapter.ts";

/** The dtypes that merged weights may have. */
export type MergedType = "float64" | "float32" | "float16" | "bfloat16";

const TYPES: readonly MergedType[] = ["float64", "float32", "float16", "bfloat16"];

/** Options of {@link mergeAdapter}. */
export interface MergeOptions {
  /**
   * What the weights that change are rounded to; all others stay as they are. Default: float32, or float64 where the
   * weight is that.
   */
  readonly dtype?: MergedType;
}

export const MERGE_NAMES: OptionNames<MergeOptions> = { dtype: true };

/** What rounding has taken from the changes of a merge. */
export interface MergeLoss {
  /** The largest |W′ − (W + s · B A)|. */
  readonly largest: number;
  /** The weight in which that is. */
  readonly name: string;
  /** The largest |s · B A| of all weights, to compare with. */
  readonly largestChange: number;
  /** Numbers that should have changed. */
  readonly changes: number;
  /** Those of them that are as they were. */
  readonly vanished: number;
}

/** A model with an adapter in it. */
export interface Merged {
  /** All tensors of the model, for `Model.load` and for writers of checkpoints. Each is computed when it is read. */
  readonly tensors: ReadonlyMap<string, RowSource>;
  /** What is lost by rounding: reads all weights that change, once. */
  lost(options?: { readonly signal?: AbortSignal }): Promise<MergeLoss>;
}

/**
 * The weights of a model with an adapter merged in.
 * @param tensors of the model, by Hugging Face name, which stay as they are and have to stay readable.
 * @throws {ArgumentError} if the adapter is for weights that the model has not, or in other shapes.
 */
export function mergeAdapter(
  tensors: ReadonlyMap<string, RowSource>,
  adapter: Adapter,
  options: MergeOptions = {},
): Merged {
  assertOptions(OP, options, MERGE_NAMES);
  const { dtype } = options;
  assertOneOf(OP, "dtype", dtype, TYPES);
  assertFits(OP, tensors, adapter);
  const merged = new Map(tensors);
  for (const [name, source] of adapter.whole) merged.set(name, source);
  const sums = new Map<string, Sum>();
  for (const [name, pair] of adapter.pairs) {
    const source = tensors.get(name) as WeightSource;
    const sum = { source, pair, dtype: dtype ?? usual(source) };
    sums.set(name, sum);
    merged.set(name, rounded(sum));
  }
  return {
    tensors: merged,
    async lost(given = {}) {
      assertOptions("lost", given, { signal: true });
      return measured(sums, given.signal);
    },
  };
}

const OP = "mergeAdapter";

/** A weight that changes. */
interface Sum {
  readonly source: WeightSource;
  readonly pair: LoraPair;
  readonly dtype: MergedType;
}

const usual = ({ dtype }: WeightSource): MergedType =>
  dtype === "float64" ? "float64" : "float32";

/** @throws {ArgumentError} naming the first weight that the factors of `adapter` do not fit. */
export function assertFits(
  op: string,
  tensors: ReadonlyMap<string, RowSource>,
  adapter: Adapter,
): void {
  if (!(adapter?.pairs instanceof Map)) {
    throw refusals(op).argument("adapter", "an Adapter", brief(adapter), "readAdapter gives one");
  }
  const { argument: refuse } = refusals(op, adapter.name);
  const hint = "the adapter is of another model";
  for (const [name, { a, b }] of adapter.pairs) {
    const source = tensors.get(name);
    if (!source) throw refuse(name, "a weight that the model has", "no such weight", hint);
    assertDType(source);
    const [expected, got] = [source.shape, [b.shape[0], a.shape[1]]].map(formatShape);
    if (expected !== got) throw refuse(name, `factors of a weight ${expected}`, got, hint);
  }
  for (const [name, { shape }] of adapter.whole) {
    const old = tensors.get(name)?.shape;
    if (isHead(name) && !old) continue;
    if (!old) throw refuse(name, "a weight that the model has", "no such weight", hint);
    const [expected, got] = [old, shape].map(formatShape);
    if (expected !== got) throw refuse(name, `a weight ${expected}`, got, hint);
  }
}

/** W′ as a weight to be read; `exact` gives rows of it in float64. */
function rounded(
  weight: Sum,
  exact: (...rows: Parameters<WeightSource["rows"]>) => Promise<Pick<ExactRows, "sum">> = (
    ...rows
  ) => exactRows(weight, ...rows),
): WeightSource {
  const { name, file, shape } = weight.source;
  const rows: WeightSource["rows"] = async (...range) =>
    new Uint8Array((await exact(...range)).sum.buffer);
  return asType({ name, file, shape, dtype: "float64", rows }, safetensorsType(weight.dtype));
}

interface ExactRows {
  readonly old: Float64Array;
  readonly change: Float64Array;
  readonly sum: Float64Array;
}

/** Rows of W, of s · B A, and of their sum, in float64. */
async function exactRows(
  { source, pair }: Omit<Sum, "dtype">,
  begin: number,
  end: number,
  signal?: AbortSignal,
): Promise<ExactRows> {
  const { a, b, scale } = pair;
  const [r, D] = a.shape;
  const stored = storedFromBytes(await source.rows(begin, end, signal), source.dtype, [
    end - begin,
    D,
  ]);
  const old = new Float64Array((end - begin) * D);
  const change = new Float64Array(old.length);
  for (let f = begin; f < end; f++) {
    const at = (f - begin) * D;
    widenRow(stored, f - begin, old.subarray(at, at + D));
    // #region delta
    for (let j = 0; j < r; j++) {
      const factor = b.data[b.offset + f * b.stride[0] + j];
      const aj = a.offset + j * a.stride[0];
      for (let d = 0; d < D; d++) change[at + d] += factor * a.data[aj + d];
    }
    for (let d = 0; d < D; d++) change[at + d] *= scale;
    // #endregion
  }
  return { old, change, sum: old.map((w, i) => w + change[i]) };
}

/** Numbers that are looked at together. */
const PORTION = 2 ** 18;

async function measured(sums: ReadonlyMap<string, Sum>, signal?: AbortSignal): Promise<MergeLoss> {
  let [largest, largestChange, changes, vanished] = [0, 0, 0, 0];
  let where = [...sums.keys()][0] ?? "";
  for (const [name, weight] of sums) {
    const [F, D] = weight.source.shape;
    const step = Math.max(1, Math.floor(PORTION / D));
    const { dtype } = weight;
    for (let begin = 0; begin < F; begin += step) {
      signal?.throwIfAborted();
      const end = Math.min(F, begin + step);
      const exact = await exactRows(weight, begin, end, signal);
      const { old, change, sum } = exact;
      const bytes = await rounded(weight, async () => exact).rows(begin, end);
      const now = new Float64Array(sum.length);
      widenRow(storedFromBytes(bytes, dtype, [1, bytes.length / BYTES_PER_ELEMENT[dtype]]), 0, now);
      for (let i = 0; i < sum.length; i++) {
        if (change[i] === 0) continue;
        changes++;
        if (now[i] === old[i]) vanished++;
        largestChange = Math.max(largestChange, Math.abs(change[i]));
        const loss = Math.abs(now[i] - sum[i]);
        if (loss > largest) [largest, where] = [loss, name];
      }
    }
  }
  return { largest, name: where, largestChange, changes, vanished };
}
