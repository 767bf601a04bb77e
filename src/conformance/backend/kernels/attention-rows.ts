/**
 * Rows of an attention case, as passes through caches.
 * @module
 */
import type { KernelName } from "../../../backend/backend.ts";
import type { NdArray } from "../../../tensor/tensor.ts";
import type { Pass, Script } from "./attention-script.ts";
import { type KernelCase, rowOf, sizeOf } from "./case.ts";

/** Rows of a case: those of `k` and `v` by position, those of `q` by row. */
export interface Rows {
  readonly L: number;
  readonly pos: number;
  k(position: number): Float64Array;
  v(position: number): Float64Array;
  q(row: number): Float64Array;
}

export interface Situation {
  readonly name: string;
  readonly kernel: KernelName;
  readonly note: string;
  readonly words: string;
  /** The caches, and the passes; their results are those of the case, row by row. */
  script(rows: Rows): Pick<Script, "caches" | "passes">;
}

/** A list made by index. */
export function list<T>(count: number, make: (i: number) => T): T[] {
  const made: T[] = [];
  for (let i = 0; i < count; i++) made.push(make(i));
  return made;
}

/** As many NaN. */
export const NAN = (row: ArrayLike<number>): Float64Array =>
  new Float64Array(row.length).fill(Number.NaN);

/** Positions `begin` to `end` of a case, written to a cache in a pass of their own. */
export function written(
  { k, v }: Rows,
  begin: number,
  end: number,
  { kv = 0, layer = 0, at = begin }: { kv?: number; layer?: number; at?: number } = {},
): Pass[] {
  // Not all at once: the tensors of a pass are small.
  const step = end - begin > 100 ? 64 : 16;
  return list(Math.ceil((end - begin) / step), (i) => {
    const first = begin + i * step;
    const count = Math.min(step, end - first);
    const spans = [{ from: 0, count, pos: at + first - begin, kv }];
    const rows = (of: typeof k) => list(count, (r) => of(first + r));
    return { layer, spans, k: rows(k), v: rows(v) };
  });
}

/** The rows that look, in one span, at `from` and `into`; other rows hold rows of other positions. */
export function looking(
  rows: Rows,
  { from = 0, into, layer = 0, held }: Partial<Looking> = {},
): Pass {
  const { L, pos, k, v, q } = rows;
  const spans = [{ from, count: L, pos, kv: 0, ...(into !== undefined && { into }) }];
  const length = from === 0 ? L : from + L + 1;
  return {
    layer,
    spans,
    k: list(length, (r) => k(pos + r - from)),
    v: list(length, (r) => v(pos + r - from)),
    q: list(length, (r) => q(r - from)),
    ...(held !== undefined && { held }),
  };
}

export interface Looking {
  readonly from: number;
  readonly into: number;
  readonly layer: number;
  readonly held: number;
}

/** The positions before the rows that look. */
export const past = (rows: Rows, options: Parameters<typeof written>[3] = {}): Pass[] =>
  written(rows, 0, rows.pos, options);

/** The rows of a case. */
export function rowsOf({ attrs, inputs }: KernelCase): Rows {
  const of = (name: string) => {
    const array = inputs.get(name) as NdArray;
    return (row: number) => rowOf(array, row);
  };
  return {
    L: sizeOf(inputs.get("q") as NdArray).rows,
    pos: attrs.pos,
    k: of("k"),
    v: of("v"),
    q: of("q"),
  };
}
