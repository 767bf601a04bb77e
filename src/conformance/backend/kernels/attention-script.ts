/**
 * Passes of keys, values and queries through caches: what kvWrite and attention are tried with. What a cache holds
 * can only be seen through attention, so the two are tried together; a simulation of the same passes with a slip
 * put in tells whose fault it is.
 * @module
 */
import type { Handles, Ops } from "../../../backend/backend.ts";
import { type Lab, type LabTensor, spansOf } from "../lab.ts";
import { passesOf } from "./passes.ts";
import { assertUntouched, destination } from "./untouched.ts";

/** The heads of attention, and what scores are multiplied by. */
export interface Heads {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly scale: number;
}

/** A span whose cache is known by its number. */
export interface CachedSpan {
  readonly from: number;
  readonly count: number;
  readonly pos: number;
  readonly into?: number;
  readonly kv: number;
}

/** Keys and values are written, and then queries look at them, unless there are none. */
export interface Pass {
  readonly layer: number;
  readonly spans: readonly CachedSpan[];
  /** Rows of `k`, `v` and `q` by their place in the tensor. */
  readonly k: readonly ArrayLike<number>[];
  readonly v: readonly ArrayLike<number>[];
  readonly q?: readonly ArrayLike<number>[];
  /** What rows of `dst` that are to be written hold before. Default 0. */
  readonly held?: number;
}

/** Passes, one after the other. */
export interface Script extends Heads {
  /** Positions that each cache has room for. */
  readonly caches: readonly number[];
  readonly passes: readonly Pass[];
}

/** Runs the passes → what attention gave for each row of each span, in their order. */
export async function runScript(lab: Lab, script: Script): Promise<number[]> {
  const { heads, kvHeads, headDim, scale } = script;
  const kvs = script.caches.map((positions) => lab.kv(script, positions));
  const out: number[] = [];
  for (const { layer, spans, k, v, q, held = 0 } of script.passes) {
    const [keys, values] = [k, v].map((rows, i) =>
      lab.put(flat(rows), kvHeads * headDim, i === 0 ? "k" : "v"),
    );
    const columns = heads * headDim;
    const queries = q && lab.put(flat(q), columns, "q");
    const dst = q && blank(lab, spans, columns, held);
    const untouched = dst && (await lab.read(dst));
    for (const some of passesOf(spans, lab.maxRows)) {
      const live = spansOf(...some.map((span) => ({ ...span, kv: kvs[span.kv] })));
      record(lab.ops, layer, keys, values, live);
      if (queries && dst) lab.ops.attention(dst.handle, queries.handle, layer, live, scale);
    }
    if (!dst || !untouched) continue;
    const after = await lab.read(dst);
    assertUntouched(lab, dst, untouched, after, (row) => isNamed(spans, row));
    for (const { from, into = from, count } of spans) {
      out.push(...after.subarray(into * columns, (into + count) * columns));
    }
  }
  return out;
}

function record(
  ops: Ops<Handles>,
  layer: number,
  k: LabTensor,
  v: LabTensor,
  spans: ReturnType<typeof spansOf>,
): void {
  ops.kvWrite(layer, k.handle, v.handle, spans);
}

function blank(lab: Lab, spans: readonly CachedSpan[], columns: number, held: number): LabTensor {
  const rows = 2 + Math.max(...spans.map(({ from, into = from, count }) => into + count));
  const data = destination(rows, columns, held, (row) => isNamed(spans, row));
  return lab.put(data, columns, "dst");
}

function isNamed(spans: readonly CachedSpan[], row: number): boolean {
  return spans.some(({ from, into = from, count }) => row >= into && row < into + count);
}

function flat(rows: readonly ArrayLike<number>[]): Float32Array {
  const columns = rows[0].length;
  const data = new Float32Array(rows.length * columns);
  for (const [r, row] of rows.entries()) data.set(row, r * columns);
  return data;
}
