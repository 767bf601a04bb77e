/**
 * C (+)= A · B of float32 matrices of any size, in JavaScript's memory, by the kernels of tile.ts and pack.ts: in blocks
 * that fit the processor's second cache, and through a memory of fixed size.
 *
 *     for a block of columns, for a block of rows:
 *         C in, where it is added to
 *         for a block of k:   A and B in, packed;   C += A · B
 *         C out
 *
 * Blocks begin at multiples of their size, and each element adds up its blocks of k in order. So its bits depend on its own
 * row, its own column and nothing else. Nothing is kept from one call to the next.
 * @module
 */
import { ModuleBuilder } from "../asm/module.ts";
import { multiplyAdd, type Simd } from "../kernels/multiply-add.ts";
import { pack } from "./pack.ts";
import { COLUMNS, ROWS, tiles } from "./tile.ts";

/** Blocks of C: rows and columns. */
const M = 256;
const N = 512;

/** Blocks of the summed axis. */
export const BLOCK_K = 256;
const K = BLOCK_K;

/** Rows of numbers, `step` apart, from `offset` on. */
export interface Rows {
  readonly data: Float32Array;
  readonly offset: number;
  readonly step: number;
}

/** A factor: `k` says whether the summed axis goes along its rows or down them. */
export interface Factor extends Rows {
  readonly k: "along" | "down";
}

/** Between panels: at powers of two, many would share a few lines of the processor's first cache. */
const APART = 16;

/** Where the blocks lie, in numbers. */
const A = 0;
const B: number = A + (M / ROWS) * (K * ROWS + APART);
const C: number = B + (N / COLUMNS) * (K * COLUMNS + APART);
const STAGE: number = C + M * N;
/** Rows of a block have a few numbers more, and so have panels of a k that is no multiple of four. */
const END: number = STAGE + K * N;
const PAGES: number = Math.ceil((4 * END) / 65536);

/** Rows, columns or a part of the summed axis. */
interface Range {
  readonly begin: number;
  readonly count: number;
}

type Kernel = (...args: readonly number[]) => void;

/** Multiplies matrices. */
export class Products {
  readonly #floats: Float32Array;
  readonly #kernels: Readonly<Record<string, Kernel>>;

  constructor(simd: Simd) {
    const module = new ModuleBuilder();
    tiles(module, multiplyAdd(simd));
    for (const width of [ROWS, COLUMNS]) pack(module, width);
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
    const compiled = new WebAssembly.Module(module.bytes({ maximum: PAGES, shared: false }));
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
    this.#floats = new Float32Array(memory.buffer);
    this.#kernels = exports as Readonly<Record<string, Kernel>>;
  }

  /** c [m, n] = a [m, k] · b [k, n], or added to c. */
  multiply(
    c: Rows,
    a: Factor,
    b: Factor,
    [m, n, k]: readonly [m: number, n: number, k: number],
    add: boolean,
  ): void {
    for (let column = 0; column < n; column += N) {
      const columns = { begin: column, count: Math.min(N, n - column) };
      for (let row = 0; row < m; row += M) {
        this.#block(c, a, b, { begin: row, count: Math.min(M, m - row) }, columns, k, add);
      }
    }
  }

  #block(
    c: Rows,
    a: Factor,
    b: Factor,
    rows: Range,
    columns: Range,
    k: number,
    add: boolean,
  ): void {
    const panels = [Math.ceil(rows.count / ROWS), Math.ceil(columns.count / COLUMNS)];
    const there = {
      data: c.data,
      offset: c.offset + rows.begin * c.step + columns.begin,
      step: c.step,
    };
    const here = { data: this.#floats, offset: C, step: panels[1] * COLUMNS };
    if (add) copy(there, here, rows.count, columns.count);
    for (let begin = 0; begin < k; begin += K) {
      const some = { begin, count: Math.min(K, k - begin) };
      const aPanel = this.#pack(a, rows, some, ROWS, A);
      const bPanel = this.#pack(b, columns, some, COLUMNS, B);
      const steps = [aPanel, bPanel, 4 * here.step];
      const isAdded = add || begin > 0 ? 1 : 0;
      this.#kernels.tiles(4 * A, 4 * B, 4 * C, ...panels, some.count, ...steps, isAdded);
    }
    copy(here, there, rows.count, columns.count);
  }

  /**
   * Some rows of A, or columns of B, and some of k, to panels at `to`.
   * @returns bytes from one panel to the next.
   */
  #pack({ data, offset, step, k }: Factor, side: Range, some: Range, width: number, to: number) {
    const panels = Math.ceil(side.count / width);
    const even = 4 * Math.ceil(some.count / 4);
    const panel = 4 * (width * even + APART);
    const [rows, columns] = k === "down" ? [some, side] : [side, some];
    const from = { data, offset: offset + rows.begin * step + columns.begin, step };
    const staged = {
      data: this.#floats,
      offset: STAGE,
      step: k === "down" ? panels * width : even,
    };
    copy(from, staged, rows.count, columns.count);
    const kernel = this.#kernels[`${k}_${width}`];
    kernel(4 * STAGE, 4 * staged.step, 4 * to, panel, panels, some.count);
    return panel;
  }
}

function copy(from: Rows, to: Rows, rows: number, columns: number): void {
  // All at once where rows lie one behind the other: that is several times as fast for short ones.
  const isDense = from.step === columns && to.step === columns;
  const [times, length] = isDense ? [1, rows * columns] : [rows, columns];
  for (let i = 0; i < times; i++) {
    const begin = from.offset + i * from.step;
    to.data.set(from.data.subarray(begin, begin + length), to.offset + i * to.step);
  }
}
