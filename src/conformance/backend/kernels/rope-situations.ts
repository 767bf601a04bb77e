/**
 * The situations in which rope is tried: positions and rows that have nothing to do with each other, several
 * sequences in one call, in place.
 * @module
 */
import type { Span } from "../../../backend/backend.ts";
import { float32 } from "../../../tensor/precision.ts";
import { type NdArray, tensor } from "../../../tensor/tensor.ts";
import { runOp } from "../../engine/run-op.ts";
import type { Check } from "../check.ts";
import { withoutIt } from "../failure.ts";
import { type Lab, type Slip, spansOf } from "../lab.ts";
import { type KernelCase, rowOf, sizeOf } from "./case.ts";
import { assertUntouched, destination } from "./row-situations.ts";
import { mutantResults } from "./row-slips.ts";

/** Some rows of a case as a span: rows `first` … of the case lie at `from`. */
interface Piece {
  readonly first: number;
  readonly count: number;
  readonly from: number;
  readonly into?: number;
}

interface Situation {
  readonly name: string;
  readonly note: string;
  readonly words: string;
  pieces(R: number): readonly Piece[];
  readonly held?: number;
  readonly isInPlace?: boolean;
}

const all = (count: number, from: number, into?: number): Piece[] => [
  { first: 0, count, from, ...(into !== undefined && { into }) },
];

const SITUATIONS: readonly Situation[] = [
  { name: "plain", note: "One span from row 0 on.", words: "", pieces: (R) => all(R, 0) },
  {
    name: "dirty",
    note: "What dst held before plays no part.",
    words: "into a dst that held NaN",
    pieces: (R) => all(R, 0),
    held: Number.NaN,
  },
  {
    name: "from",
    note: "Row r of a span stands at position pos + r − from. Other rows of dst stay untouched.",
    words: "rows from 2",
    pieces: (R) => all(R, 2),
  },
  {
    name: "moved",
    note: "Row from + i of x makes row into + i of dst. Other rows of dst stay untouched.",
    words: "rows from 2 into 5",
    pieces: (R) => all(R, 2, 5),
  },
  {
    name: "none",
    note: "`count` may be 0.",
    words: "no rows (count 0)",
    pieces: () => all(0, 1, 2),
  },
  {
    name: "in-place",
    note: "In rope, dst may be the very tensor x.",
    words: "in place (dst is x)",
    pieces: (R) => all(R, 1),
    isInPlace: true,
  },
  {
    name: "spans",
    note: "The spans of a pass cover its rows in any order, each with its own positions.",
    words: "two spans, the later rows first",
    pieces(R) {
      const half = R >> 1;
      return [
        { first: half, count: R - half, from: 0, into: half + 1 },
        { first: 0, count: half, from: R - half, into: 0 },
      ];
    },
  },
  {
    name: "singles",
    note: "Several sequences may be decoded in one pass.",
    words: "a span for every row",
    pieces: (R) => Array.from({ length: R }, (_, i) => ({ first: R - 1 - i, count: 1, from: i })),
  },
];

/** A case in every situation. */
export function ropeChecks(kase: KernelCase): Check[] {
  return SITUATIONS.map((situation) => ropeCheck(kase, `${kase.id}@${situation.name}`, situation));
}

/** A case in the plain situation, with an id of its own. */
export function plainRopeCheck(kase: KernelCase, id: string, words: string): Check {
  return ropeCheck(kase, id, { ...SITUATIONS[0], words });
}

function ropeCheck(kase: KernelCase, id: string, situation: Situation): Check {
  const { words, note, name } = situation;
  return {
    id,
    tier: "T0",
    note: name === "plain" ? kase.note : note,
    kernel: "rope",
    async run(lab) {
      lab.where = words ? `rope, ${words}` : "rope";
      const { got, pieces } = await rotated(lab, kase, situation);
      const { columns } = sizeOf(kase.expected);
      const values = take(kase.expected, pieces);
      lab.judge(got, { values, columns, budget: kase.budget }, slips(kase, pieces));
    },
  };
}

/** Sums and products of a few float32 numbers near 1: 16 units in the last place. */
const ROUNDED = { nrmse: 2 ** -20, max: 2 ** -19 };

/** Angles are rounded to float32 before their cosine is taken. Only what promises float32 can be told by it. */
export function anglesCheck(kase: KernelCase): Check {
  return {
    id: `${kase.id}@angles`,
    tier: "T0",
    note: "Frequencies, angles, cosines and sines are rounded to float32, as Google's are.",
    kernel: "rope",
    async run(lab) {
      lab.where = `rope, angles at position ${kase.attrs.pos}`;
      const { accuracy } = lab.setting;
      if (accuracy !== "float32")
        throw withoutIt("accuracy", `${accuracy}, where it does not show`);
      const { got, pieces } = await rotated(lab, kase, SITUATIONS[0]);
      const rounded = runOp(kase, { precision: float32 }).get("out") as NdArray;
      const says = "angles are not rounded to float32";
      lab.judge(
        got,
        { values: take(rounded, pieces), columns: sizeOf(rounded).columns, budget: () => ROUNDED },
        [{ says, values: () => take(kase.expected, pieces) }],
      );
    },
  };
}

async function rotated(lab: Lab, kase: KernelCase, { pieces: of, isInPlace, held }: Situation) {
  const x = kase.inputs.get("x") as NdArray;
  const { heads, headDim, theta, pos } = kase.attrs;
  const { rows: R, columns } = sizeOf(x);
  const pieces = of(R);
  const rows =
    2 + Math.max(...pieces.map(({ from, into = from, count }) => Math.max(from, into) + count));
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) data.set(rowOf(x, row + 3), row * columns);
  for (const { first, count, from } of pieces) {
    for (let i = 0; i < count; i++) data.set(rowOf(x, first + i), (from + i) * columns);
  }
  const source = lab.put(data, columns, "x");
  const blank = destination(rows, columns, held ?? 0, (row) => isNamed(pieces, row));
  const dst = isInPlace ? source : lab.put(blank, columns, "dst");
  const untouched = await lab.read(dst);
  const spans = pieces.map(({ first, count, from, into }): Span => {
    const kv = lab.kv({ heads, kvHeads: 1, headDim, layers: 1 }, pos + R);
    return { from, count, pos: pos + first, kv, ...(into !== undefined && { into }) };
  });
  for (const pass of passesOf(spans, lab.maxRows)) {
    lab.ops.rope(dst.handle, source.handle, spansOf(...pass), heads, headDim, theta);
  }
  const after = await lab.read(dst);
  assertUntouched(lab, dst, untouched, after, (row) => isNamed(pieces, row));
  const got = pieces.flatMap(({ from, into = from, count }) =>
    Array.from(after.subarray(into * columns, (into + count) * columns)),
  );
  return { got, pieces };
}

function isNamed(pieces: readonly Piece[], row: number): boolean {
  return pieces.some(({ from, into = from, count }) => row >= into && row < into + count);
}

/** Spans in passes of at most `maxRows` rows; a longer span is cut. */
export function passesOf<S extends Omit<Span, "kv">>(spans: readonly S[], maxRows: number): S[][] {
  const passes: S[][] = [[]];
  let room = maxRows;
  for (const span of spans) {
    for (let done = 0; done < span.count || done === 0; ) {
      const count = Math.min(span.count - done, room);
      const { from, pos, into } = span;
      const cut = { ...span, from: from + done, count, pos: pos + done };
      passes[passes.length - 1].push(into === undefined ? cut : { ...cut, into: into + done });
      done += Math.max(1, count);
      room -= count;
      if (room > 0) continue;
      passes.push([]);
      room = maxRows;
    }
  }
  return passes.filter((pass) => pass.length > 0);
}

/** Rows of an array [R, C] in the order of the spans. */
function take(array: NdArray, pieces: readonly Piece[]): Float64Array {
  const rows = pieces.flatMap(({ first, count }) =>
    Array.from({ length: count }, (_, i) => rowOf(array, first + i)),
  );
  return Float64Array.from(rows.flatMap((row) => [...row]));
}

function* slips(kase: KernelCase, pieces: readonly Piece[]): Generator<Slip> {
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
  for (const { says, out } of mutantResults(kase))
    yield { says, values: () => take(out(), pieces) };
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
