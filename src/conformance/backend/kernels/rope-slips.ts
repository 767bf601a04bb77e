/**
 * Mistakes that would explain what rope gave.
 * @module
 */
import { type NdArray, tensor } from "../../../tensor/tensor.ts";
import { runOp } from "../../engine/run-op.ts";
import type { Slip } from "../verdict.ts";
import { type KernelCase, rowOf, sizeOf } from "./case.ts";
import { mutantResults } from "./row-slips.ts";

/** Some rows of a case as a span: rows `first` … of the case lie at `from`. */
export interface Piece {
  readonly first: number;
  readonly count: number;
  readonly from: number;
  readonly into?: number;
}

/** Rows of an array [R, C] in the order of the spans. */
export function take(array: NdArray, pieces: readonly Piece[]): Float64Array {
  const rows = pieces.flatMap(({ first, count }) =>
    Array.from({ length: count }, (_, i) => rowOf(array, first + i)),
  );
  return Float64Array.from(rows.flatMap((row) => [...row]));
}

/** What may have gone wrong in rope. */
export function* ropeSlips(kase: KernelCase, pieces: readonly Piece[]): Generator<Slip> {
  const x = kase.inputs.get("x") as NdArray;
  const { columns } = sizeOf(x);
  const { pos, heads, headDim } = kase.attrs;
  /** Every row by itself, at the position that `at` says. */
  const standing = (at: (piece: Piece, i: number) => number) => {
    const rows = pieces.flatMap((piece) =>
      Array.from({ length: piece.count }, (_, i) => {
        const input = tensor(rowOf(x, piece.first + i), [1, columns]);
        const attrs = { ...kase.attrs, pos: at(piece, i) };
        const call = { ...kase, attrs, inputs: new Map([["x", input]]) };
        return [...(runOp(call).get("out") as NdArray).data];
      }),
    );
    return Float64Array.from(rows.flat());
  };
  const right = (piece: Piece, i: number) => pos + piece.first + i;
  yield { says: "span.pos was ignored", values: () => standing((_, i) => i) };
  yield {
    says: "row r was turned for position pos + r; it stands at pos + r − from",
    values: () => standing((piece, i) => right(piece, i) + piece.from),
  };
  yield {
    says: "span.pos was ignored, and the row taken for the position",
    values: () => standing(({ from }, i) => from + i),
  };
  yield {
    says: "all rows were turned as if they followed the first span",
    values: () => standing(({ from }, i) => pos + pieces[0].first + from - pieces[0].from + i),
  };
  yield { says: "rows were copied, and not turned", values: () => take(x, pieces) };
  if (kase.attrs.theta !== 10000) {
    const fixed = { ...kase, attrs: { ...kase.attrs, theta: 10000 } };
    const values = () => take(runOp(fixed).get("out") as NdArray, pieces);
    yield { says: "theta was taken for 10000", values };
  }
  yield {
    says: "the first half was written before the second was computed from it",
    values: () => take(overwritten(x, kase), pieces),
  };
  yield {
    says: "only the first head was turned",
    values() {
      const turned = take(kase.expected, pieces);
      const plain = take(x, pieces);
      return turned.map((y, i) => (i % (heads * headDim) < headDim ? y : plain[i]));
    },
  };
  for (const { says, out } of mutantResults(kase)) {
    yield { says, values: () => take(out(), pieces) };
  }
}

/** What comes out where the second half is computed from the first as it is after the turn. */
function overwritten(x: NdArray, kase: KernelCase): NdArray {
  const { headDim: H } = kase.attrs;
  const half = H / 2;
  const ones = tensor(
    Float64Array.from(x.data, (_, i) => (i % H < half ? 1 : 0)),
    x.shape,
  );
  // Turned, (1, 0) is (cos, sin).
  const angles = runOp({ ...kase, inputs: new Map([["x", ones]]) }).get("out") as NdArray;
  const data = Float64Array.from(x.data);
  for (let head = 0; head < data.length; head += H) {
    for (let i = head; i < head + half; i++) {
      const [cos, sin] = [angles.data[i], angles.data[i + half]];
      data[i] = data[i] * cos - data[i + half] * sin;
      data[i + half] = data[i + half] * cos + data[i] * sin;
    }
  }
  return tensor(data, x.shape);
}
