/**
 * The situations in which rope is tried: positions and rows that have nothing to do with each other, several
 * sequences in one call, in place.
 * @module
 */
import type { Span } from "../../../backend/backend.ts";
import { float32 } from "../../../tensor/precision.ts";
import type { NdArray } from "../../../tensor/tensor.ts";
import { runOp } from "../../engine/run-op.ts";
import type { Check } from "../check.ts";
import { withoutIt } from "../failure.ts";
import { type Lab, spansOf } from "../lab.ts";
import { type KernelCase, rowOf, sizeOf } from "./case.ts";
import { passesOf } from "./passes.ts";
import { type Piece, ropeSlips, take } from "./rope-slips.ts";
import { assertUntouched, destination } from "./untouched.ts";

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
      lab.judge(got, { values, columns, budget: kase.budget }, ropeSlips(kase, pieces));
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
      if (accuracy !== "float32") {
        throw withoutIt("accuracy", `${accuracy}, where it does not show`);
      }
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
