/**
 * The last linear layer and the loss together, some rows at a time. The logits of one token are V numbers, a megabyte in
 * Gemma; those of a batch would be larger than the model. So a chunk of rows goes all the way, there and back, before the
 * next one needs its memory:
 *
 *     logits = h · tableᵀ  →  loss, dlogits (cross-entropy.ts, in place)  →  dh = dlogits · table,  dtable += dlogitsᵀ · h
 *
 * Rows of weight 0 are left out, not multiplied by 0: where only answers are trained they are most of the rows.
 *
 * By calculator: D = 1, table = [0, ln 2, ln 5], h = [1], target 2, weight 1 → logits are the table, the loss 0.470004,
 * dlogits = [⅛, ¼, −⅜], so dtable is the same, and dh = ¼ ln 2 − ⅜ ln 5 = −0.430252.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertFinite, assertInteger, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { assertPrecision, float32, type Precision, zeros } from "../../tensor/precision.ts";
import { assertStored, type Stored } from "../../tensor/stored.ts";
import { assertTensor, type FloatArray, type NdArray, tensor } from "../../tensor/tensor.ts";
import { type Matmuls, plainMatmuls } from "../backward/matmuls.ts";
import { assertTargets, type CrossEntropy, crossEntropy, weightsOf } from "./cross-entropy.ts";

/** What counts, how it is cut, and where the gradients go. */
export interface CrossEntropyHeadOptions {
  /** How much each row counts, [R]. Default 1/R each: the mean. */
  weights?: ArrayLike<number>;
  /** Coefficient of the z-loss. Default 0. */
  zLoss?: number;
  /** How many rows have logits at a time: the peak of memory is this many times V numbers. Default 64. */
  chunkRows?: number;
  /** Where results are rounded when they are stored, logits and their gradient among them. Default float32. */
  precision?: Precision;
  /** [R, D], overwritten by the gradient of `h`. Not computed when absent. May be `h`. */
  dh?: NdArray;
  /** [V, D]; the gradient of the table as output layer is added to it. Not computed when absent. */
  dTable?: NdArray;
  /** What computes the three matrix products. Default: the plain ones in `precision`. */
  matmuls?: Matmuls;
}

const NAMES: OptionNames<CrossEntropyHeadOptions> = {
  weights: true,
  zLoss: true,
  chunkRows: true,
  precision: true,
  dh: true,
  dTable: true,
  matmuls: true,
};

/**
 * `h` [R, D] (after the last norm), `table` [V, D], `targets` [R] → the loss, as {@link crossEntropy} gives it. With
 * neither `dh` nor `dTable` it is the loss alone, at a third of the work. Where all weights are 0, the loss is 0, `dh` 0, and
 * `dTable` as it was.
 *
 * `dTable` is rounded once a chunk: another `chunkRows` may give another last digit.
 * @param options weights, destinations: {@link CrossEntropyHeadOptions}
 * @throws {ArgumentError} if a target that counts is no row of the table, or a weight is not finite.
 */
export function crossEntropyHead(
  h: NdArray,
  table: Stored,
  targets: ArrayLike<number>,
  options: CrossEntropyHeadOptions = {},
): CrossEntropy {
  const op = "crossEntropyHead";
  assertOptions(op, options, NAMES);
  const { zLoss = 0, chunkRows = 64, precision = float32, dh, dTable } = options;
  assertFinite(op, "zLoss", zLoss);
  assertInteger(op, "chunkRows", chunkRows, POSITIVE);
  assertPrecision(op, precision);
  const { matmuls = plainMatmuls(precision) } = options;
  assertMatmuls(op, matmuls);
  assertTensor(op, "h", h, [undefined, undefined]);
  const [R, D] = h.shape;
  assertStored(op, "table", table, [undefined, D]);
  const [V] = table.shape;
  const weights = weightsOf(op, options.weights, R);
  assertTargets(op, targets, weights, V);
  if (dh !== undefined) assertTensor(op, "dh", dh, [R, D]);
  if (dTable !== undefined) assertTensor(op, "dTable", dTable, [V, D]);

  const counted = Array.from({ length: R }, (_, r) => r).filter((r) => weights[r] !== 0);
  const logprobs = new Float64Array(R);
  const logSumExp = new Float64Array(R);
  const C = Math.min(chunkRows, counted.length);
  const hidden = zeros([C, D], precision);
  const logits = zeros([C, V], precision);
  const dHidden = zeros([dh ? C : 0, D], precision);
  let loss = 0;
  // #region chunks
  for (let begin = 0; begin < counted.length; begin += chunkRows) {
    const rows = counted.slice(begin, begin + chunkRows);
    const x = firstRows(hidden, rows.length);
    const y = firstRows(logits, rows.length);
    for (const [i, r] of rows.entries()) copyRow(h, r, x, i);
    matmuls.forward(y, x, table);

    const theirTargets = rows.map((r) => targets[r]);
    const theirs = { weights: rows.map((r) => weights[r]), zLoss, precision };
    const dLogits = dh || dTable ? y : undefined; // in place
    const part = crossEntropy(y, theirTargets, { ...theirs, dLogits });
    loss += part.loss;
    for (const [i, r] of rows.entries()) {
      logprobs[r] = part.logprobs[i];
      logSumExp[r] = part.logSumExp[i];
    }

    if (dTable) matmuls.weight(dTable, y, x);
    if (!dh) continue;
    const dx = firstRows(dHidden, rows.length);
    matmuls.input(dx, y, table, false);
    for (const [i, r] of rows.entries()) copyRow(dx, i, dh, r);
  }
  // #endregion
  if (dh) {
    for (let r = 0; r < R; r++) {
      const dhr = dh.offset + r * dh.stride[0];
      if (weights[r] === 0) dh.data.fill(0, dhr, dhr + D);
    }
  }
  return { loss, logprobs, logSumExp };
}

/** The first `count` rows of `x` [R, C]: a view. */
function firstRows(x: NdArray, count: number): NdArray {
  return tensor(x.data as FloatArray, [count, x.shape[1]]);
}

/** Row `from` of `x` into row `to` of `y`. */
function copyRow(x: NdArray, from: number, y: NdArray, to: number): void {
  const [begin, D] = [x.offset + from * x.stride[0], x.shape[1]];
  const row = (x.data as FloatArray).subarray(begin, begin + D);
  (y.data as FloatArray).set(row, y.offset + to * y.stride[0]);
}

/** @throws {ArgumentError} unless the three products are there. */
function assertMatmuls(op: string, matmuls: Matmuls): void {
  for (const name of ["forward", "input", "weight"] as const) {
    if (typeof matmuls?.[name] === "function") continue;
    const expected = "forward, input and weight, as plainMatmuls has them";
    throw refusals(op).argument("matmuls", expected, brief(matmuls));
  }
}
