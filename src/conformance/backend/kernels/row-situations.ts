/**
 * The situations in which kernels that take rows are tried: wherever rows lie, whatever lies beside them, and
 * whatever the destination held before.
 * @module
 */
import type { Rows } from "../../../backend/backend.ts";
import type { Check } from "../check.ts";
import { type Lab, type LabTensor, rowsOf } from "../lab.ts";
import { encoded, sourceOf } from "../weight-source.ts";
import { type KernelCase, rowOf, sizeOf } from "./case.ts";
import { isRowKernel, ROW_KERNELS, type RowKernel } from "./row-kernels.ts";
import { rowSlips } from "./row-slips.ts";
import { assertUntouched, destination } from "./untouched.ts";

/** Where rows lie, and what lies around them. */
interface Situation {
  readonly name: string;
  /** The sentence of the interface. */
  readonly note: string;
  /** How messages say it. Empty where nothing is special. */
  readonly words: string;
  /** R is the number of rows that the case has. */
  rows(R: number): Rows;
  /** The row of the case that lies at `from`. Default 0. */
  readonly first?: (R: number) => number;
  /** What the rows of `dst` that are to be written hold before. Default 0. */
  readonly before?: number;
  /** Whether rows of the sources that are not named hold NaN instead of other rows. */
  readonly isNaNBeside?: boolean;
  /** Whether the tensors end with the last row that is named. */
  readonly isTight?: boolean;
  readonly isInPlace?: boolean;
  /** Rows of one call. Default: as many as the backend takes. */
  readonly perCall?: number;
}

/** More than a tile of 64. */
const MANY = 67;

/** Numbers of a result beyond which `many` are fewer: what many rows show, narrow ones show as well. */
const LARGEST = 50_000;

const SITUATIONS: readonly Situation[] = [
  {
    name: "plain",
    note: "All rows, from row 0 on.",
    words: "",
    rows: (R) => rowsOf(0, R),
    isTight: true,
  },
  {
    name: "dirty",
    note: "What dst held before plays no part.",
    words: "into a dst that held NaN",
    rows: (R) => rowsOf(0, R),
    before: Number.NaN,
    isTight: true,
  },
  {
    name: "from",
    note: "Rows from `from` on; `into` is `from` when it is absent. Other rows of dst stay untouched.",
    words: "rows from 2",
    rows: (R) => rowsOf(2, R),
  },
  {
    name: "moved",
    note: "Row from + i of every source makes row into + i of dst. Other rows of dst stay untouched.",
    words: "rows from 2 into 5",
    rows: (R) => rowsOf(2, R, 5),
  },
  {
    name: "last",
    note: "The last row into a tensor of one row, as the logits of a prompt are computed.",
    words: "the last row into row 0 of a tensor of one row",
    rows: (R) => rowsOf(R - 1, 1, 0),
    first: (R) => R - 1,
    isTight: true,
  },
  {
    name: "beside",
    note: "Only the rows named are read.",
    words: "beside source rows that hold NaN",
    rows: (R) => rowsOf(3, R, 1),
    isNaNBeside: true,
  },
  {
    name: "none",
    note: "`count` may be 0.",
    words: "no rows (count 0)",
    rows: () => rowsOf(1, 0, 2),
  },
  {
    name: "singles",
    note: "Rows one by one, as in decoding.",
    words: "row by row",
    rows: (R) => rowsOf(0, R),
    perCall: 1,
  },
  {
    name: "many",
    note: `As many rows as the backend takes at once, up to ${MANY}.`,
    words: "many rows",
    rows: () => rowsOf(0, MANY),
    isTight: true,
  },
  {
    name: "in-place",
    note: "In add, dst may be the very tensor x.",
    words: "in place (dst is x)",
    rows: (R) => rowsOf(1, R),
    isInPlace: true,
  },
];

/** A case in every situation. */
export function rowChecks(kase: KernelCase): Check[] {
  const { op, id } = kase;
  if (!isRowKernel(op)) return [];
  const some = SITUATIONS.filter(({ isInPlace }) => !isInPlace || ROW_KERNELS[op].isInPlace);
  return some.map((situation) => rowCheck(kase, op, `${id}@${situation.name}`, situation));
}

/** A case in the plain situation, with an id of its own. */
export function plainCheck(kase: KernelCase, id: string, words = ""): Check {
  return rowCheck(kase, kase.op as RowKernel, id, { ...SITUATIONS[0], note: kase.note, words });
}

function rowCheck(kase: KernelCase, op: RowKernel, id: string, situation: Situation): Check {
  const { words, note, name } = situation;
  return {
    id,
    tier: "T0",
    note: name === "plain" ? kase.note : note,
    kernel: op,
    async run(lab) {
      lab.where = words ? `${op}, ${words}` : op;
      await tryRows(lab, kase, op, situation);
    },
  };
}

async function tryRows(lab: Lab, kase: KernelCase, op: RowKernel, situation: Situation) {
  const { expected, attrs } = kase;
  const { rows: R, columns } = sizeOf(expected);
  const asked = situation.rows(R);
  const { from, into = from } = asked;
  const most = Math.min(MANY, lab.maxRows, Math.ceil(LARGEST / widest(kase)));
  const count = situation.name === "many" ? most : asked.count;
  const first = situation.first?.(R) ?? 0;
  const spare = situation.isTight ? 0 : 2;
  const rowAt = (row: number) => (row - from + first) % R;

  const weight = await weightOf(lab, kase, op);
  const sources: Record<string, unknown> = {};
  let source: LabTensor | undefined;
  for (const name of ROW_KERNELS[op].sources) {
    const array = kase.inputs.get(name);
    if (!array) throw new Error(`${kase.id} has no ${name}`);
    const length = from + count + spare;
    if (name === "ids") {
      sources[name] = lab.ids(Array.from({ length }, (_, row) => rowOf(array, rowAt(row))[0]));
      continue;
    }
    const width = sizeOf(array).columns;
    const data = new Float32Array(length * width);
    for (let row = 0; row < length; row++) {
      const isNamed = row >= from && row < from + count;
      if (situation.isNaNBeside && !isNamed) data.fill(Number.NaN, row * width, (row + 1) * width);
      else data.set(rowOf(array, rowAt(row)), row * width);
    }
    const made = lab.put(data, width, name);
    source ??= made;
    sources[name] = made.handle;
  }
  const isNamed = (row: number) => row >= into && row < into + count;
  const blank = destination(into + count + spare, columns, situation.before ?? 0, isNamed);
  const dst = situation.isInPlace && source ? source : lab.put(blank, columns, "dst");

  const untouched = await lab.read(dst);
  const step = Math.min(situation.perCall ?? lab.maxRows, lab.maxRows);
  for (let done = 0; done < count; done += step) {
    const some = Math.min(step, count - done);
    const moved = asked.into === undefined ? undefined : into + done;
    const rows = rowsOf(from + done, some, moved);
    ROW_KERNELS[op].call(lab.ops, { dst: dst.handle, sources, weight, attrs }, rows);
  }
  if (count === 0) {
    ROW_KERNELS[op].call(lab.ops, { dst: dst.handle, sources, weight, attrs }, asked);
  }
  const after = await lab.read(dst);
  assertUntouched(lab, dst, untouched, after, isNamed);

  const values = new Float64Array(count * columns);
  for (let i = 0; i < count; i++) values.set(rowOf(expected, i + first), i * columns);
  const got = after.subarray(into * columns, (into + count) * columns);
  const where = { from, count, first };
  lab.judge(got, { values, columns, budget: kase.budget }, rowSlips(kase, op, where));
}

/** Columns of the widest of what has a row for each. */
function widest({ op, inputs, expected }: KernelCase): number {
  const sources = isRowKernel(op) ? ROW_KERNELS[op].sources : [];
  const arrays = sources.flatMap((name) => inputs.get(name) ?? []);
  return Math.max(...[expected, ...arrays].map((array) => sizeOf(array).columns));
}

async function weightOf(lab: Lab, kase: KernelCase, op: RowKernel): Promise<unknown> {
  const { weight: name } = ROW_KERNELS[op];
  const array = name === undefined ? undefined : kase.inputs.get(name);
  if (!array) return undefined;
  const { normOffset } = kase.attrs;
  const options = { name, ...(normOffset !== undefined && { normOffset: normOffset as 0 | 1 }) };
  return lab.weight(sourceOf(kase.encoded ?? encoded(array, firstType(lab)), options));
}

/** float32, or float64 where the backend takes only that. */
export function firstType(lab: Lab): "float32" | "float64" {
  return lab.backend.info.weightTypes?.includes("float32") === false ? "float64" : "float32";
}
