/**
 * Watches over the rows of a backend's tensors: after every kernel its destination is read, and whatever
 * lies outside the rows it was asked for must be what it was.
 * @module
 */
import { GemmaError } from "../errors.ts";
import type { FloatArray } from "../tensor/tensor.ts";
import type { Backend, Handles, Rows } from "./backend.ts";

/** A tensor together with what the checks know of it. */
export interface CheckedTensor<T> {
  /** The handle of the backend that is watched. */
  readonly inner: T;
  /** Its label, for messages. */
  readonly label: string;
  /** Rows it has room for. */
  readonly maxRows: number;
  /** Numbers of a row. */
  readonly columns: number;
}

/** A backend broke a rule of the interface. */
export class GuardError extends GemmaError {
  override readonly name: string = "GuardError";
}

/** What stands in the row behind the last. A power of two, so exact in every dtype. */
const GUARD = -16384;

/** What a kernel was to write, and what the tensor holds after it. */
interface Written {
  readonly op: string;
  readonly rows: readonly Rows[];
  readonly after: Promise<FloatArray>;
}

/** Keeps an account of every tensor, and compares when the caller reads. */
export class RowWatch<Dev extends Handles> {
  readonly #backend: Backend<Dev>;
  /** Of each tensor: what happened to it since it was last compared. The first is what it held then. */
  readonly #history = new Map<CheckedTensor<Dev["tensor"]>, Written[]>();
  #isProbed = false;
  #comparing: Promise<void> = Promise.resolve();

  constructor(backend: Backend<Dev>) {
    this.#backend = backend;
  }

  /** A new tensor: NaN, and the guard behind its last row. */
  add(tensor: CheckedTensor<Dev["tensor"]>): void {
    const { inner, maxRows, columns } = tensor;
    const values = new Float32Array((maxRows + 1) * columns).fill(Number.NaN);
    this.#backend.write(inner, values.fill(GUARD, maxRows * columns));
    this.#history.set(tensor, [this.#look("alloc", tensor, [{ from: 0, count: maxRows }])]);
  }

  /** A tensor that is being freed. */
  remove(tensor: CheckedTensor<Dev["tensor"]>): void {
    this.#history.delete(tensor);
  }

  /** A kernel was asked to write these rows; `into` says where they are in the destination. */
  wrote(op: string, dst: CheckedTensor<Dev["tensor"]>, ...rows: readonly Rows[]): void {
    this.#history.get(dst)?.push(this.#look(op, dst, rows));
  }

  /** `read` of the backend, and all that can be said by now of what was recorded before it. */
  async read(
    src: CheckedTensor<Dev["tensor"]>,
    rows: Rows,
    signal?: AbortSignal,
  ): Promise<FloatArray> {
    const reading = this.#backend.read(src.inner, rows, signal);
    reading.catch(() => {}); // it is awaited below, after the history
    await this.#probe();
    await this.#compare();
    const result = await reading;
    this.#assertResult(result, rows.count * src.columns);
    return result;
  }

  /** What the tensor holds now, all of it, once `op` was to write `rows`. */
  #look(
    op: string,
    { inner, maxRows }: CheckedTensor<Dev["tensor"]>,
    rows: readonly Rows[],
  ): Written {
    const after = this.#backend.read(inner, { from: 0, count: maxRows + 1 });
    after.catch(() => {}); // the caller's own read rejects as well
    return { op, rows, after };
  }

  /** One comparison after another, however many reads are waiting. */
  #compare(): Promise<void> {
    const comparing = this.#comparing.then(() => this.#compareAll());
    this.#comparing = comparing.catch(() => {});
    return comparing;
  }

  /** Each tensor before and after each kernel. */
  async #compareAll(): Promise<void> {
    for (const [tensor, history] of this.#history) {
      while (history.length > 1) {
        const [before, written] = history;
        try {
          assertUntouched(tensor, await before.after, written, await written.after);
        } catch (error) {
          this.#history.set(tensor, [this.#look("read", tensor, [])]);
          throw error;
        }
        history.shift();
      }
    }
  }

  /** Once: that a read is as of its call, of the rows asked for, and nobody else's. */
  async #probe(): Promise<void> {
    if (this.#isProbed) return;
    this.#isProbed = true;
    const backend = this.#backend;
    const probe = backend.alloc("probe", 3, 1);
    backend.write(probe, Float32Array.of(1, 2, 3));
    const reads = [backend.read(probe, { from: 1, count: 2 })];
    backend.write(probe, Float32Array.of(4, 5, 6));
    reads.push(backend.read(probe, { from: 1, count: 2 }));
    reads.push(backend.read(probe, { from: 0, count: 0 }));
    const [first, second, nothing] = await Promise.all(reads);
    backend.free("tensor", probe);
    this.#assertResult(nothing, 0);
    const holds = (values: FloatArray, a: number, b: number) => values[0] === a && values[1] === b;
    if (!holds(first, 2, 3) || !holds(second, 5, 6)) {
      const got = `${first.join(", ")}; then ${second.join(", ")}`;
      throw broken("read", "2, 3 as of the first call; 5, 6 after a write", got);
    }
    if (first.buffer === second.buffer) {
      throw broken("read", "an array of its own for every read", "two in one memory");
    }
  }

  #assertResult(result: FloatArray, length: number): void {
    const { precision } = this.#backend.info;
    const Type = precision === "float64" ? Float64Array : Float32Array;
    if (result instanceof Type && result.length === length) return;
    const got = `${result?.constructor?.name} of ${result?.length}`;
    throw broken("read", `a ${Type.name} of ${length}, as the precision is ${precision}`, got);
  }
}

/** @throws {GuardError} if anything but the rows that were to be written is not what it was. */
function assertUntouched(
  { label, maxRows, columns }: CheckedTensor<unknown>,
  before: FloatArray,
  { op, rows }: Written,
  after: FloatArray,
): void {
  const asked = rows.flatMap(destinationRows);
  for (let row = 0; row <= maxRows; row++) {
    if (asked.includes(row)) continue;
    for (let c = row * columns; c < (row + 1) * columns; c++) {
      if (Object.is(after[c], before[c])) continue;
      const expected = `row ${row} left alone, as rows ${asked.join(", ")} were to be written`;
      throw broken(op, expected, `${after[c]} in column ${c - row * columns}`, label);
    }
  }
}

function destinationRows({ from, count, into = from }: Rows): number[] {
  return Array.from({ length: count }, (_, i) => into + i);
}

function broken(op: string, expected: string, got: string, argument?: string): GuardError {
  const hint = "see the rules at the head of backend/backend.ts";
  return new GuardError({ op: `withChecks(${op})`, argument, expected, got, hint });
}
