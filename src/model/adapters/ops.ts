/**
 * The kernels of a pass in which some rows have an adapter: forward.ts stays as it is, and a matmul whose weight has
 * factors computes with them as well, for those rows alone.
 *
 *     u = x Aᵀ,  y = x Wᵀ + u (s · B)ᵀ            [R, D] → [R, r] → [R, F]
 *
 * Rows without an adapter go through the kernels as ever, to the bit.
 * @module
 */
import type { Handles, Ops, Rows } from "../../backend/backend.ts";

/** Rows of a pass, and the adapter of their sequence. */
export interface AdaptedRows extends Rows {
  /** Its name; undefined for the model alone. */
  readonly adapter: string | undefined;
}

/** The factors of a weight, as handles of a backend. */
export interface FactorHandles<Dev extends Handles> {
  /** A [r, D] */
  readonly a: Dev["weight"];
  /** s · B [F, r] */
  readonly b: Dev["weight"];
  /** r */
  readonly rank: number;
  /** F */
  readonly outputs: number;
}

/** An adapter in a backend. */
export interface HeldFactors<Dev extends Handles> {
  /** By the handle of the weight. */
  readonly factors: ReadonlyMap<Dev["weight"], FactorHandles<Dev>>;
  /** Weights that take the place of others, by the handle of the other. */
  readonly whole: ReadonlyMap<Dev["weight"], Dev["weight"]>;
}

/** Rows that lie one behind the other and have one adapter, or none. */
export interface Run<Dev extends Handles> {
  readonly from: number;
  count: number;
  readonly held: HeldFactors<Dev> | undefined;
}

/** A tensor of so many columns with at least these rows; the same for each name and width. */
export type ScratchOf<Dev extends Handles> = (
  name: string,
  rows: number,
  columns: number,
) => Dev["tensor"];

/** @param runs which cover the rows of the pass. */
export function adaptedOps<Dev extends Handles>(
  base: Ops<Dev>,
  runs: readonly Run<Dev>[],
  scratch: ScratchOf<Dev>,
): Ops<Dev> {
  /** Does `work` for all rows, with the weight that each has. */
  const each = (
    weight: Dev["weight"],
    rows: Rows,
    work: (weight: Dev["weight"], rows: Rows) => void,
  ) => {
    if (!runs.some(({ held }) => held?.whole.has(weight))) {
      work(weight, rows);
      return;
    }
    for (const run of runs) {
      const some = common(rows, run);
      if (some) work(run.held?.whole.get(weight) ?? weight, some);
    }
  };
  return {
    ...base,
    rmsNorm(dst, x, weight, rows, eps) {
      each(weight, rows, (own, some) => base.rmsNorm(dst, x, own, some, eps));
    },
    matmul(dst, x, weight, rows) {
      each(weight, rows, (own, some) => base.matmul(dst, x, own, some));
      for (const run of runs) {
        const own = run.held?.factors.get(weight);
        const some = own && common(rows, run);
        if (!own || !some) continue;
        const there = { from: some.into, count: some.count };
        const end = there.from + there.count;
        const u = scratch("x A", end, own.rank); // [R, r]
        const change = scratch("x A B", end, own.outputs); // [R, F]
        base.matmul(u, x, own.a, some);
        base.matmul(change, u, own.b, there);
        base.add(dst, dst, change, there);
      }
    },
  };
}

/** The rows of `rows` that are in `run`, or undefined if there are none. */
function common({ from, count, into = from }: Rows, run: Rows): Required<Rows> | undefined {
  const begin = Math.max(from, run.from);
  const end = Math.min(from + count, run.from + run.count);
  return begin < end ? { from: begin, count: end - begin, into: into + begin - from } : undefined;
}
