/**
 * Where a check works: a backend, with handles that are freed afterwards and reads that cannot hang.
 * @module
 */
import type {
  Accuracy,
  Backend,
  Handles,
  KernelName,
  Ops,
  Rows,
  Span,
} from "../../backend/backend.ts";
import { GEMMA_2B, type GemmaConfig } from "../../config.ts";
import type { WeightSource } from "../../tensor/stored.ts";
import type { FloatArray } from "../../tensor/tensor.ts";
import type { TapResult } from "../run/result.ts";
import type { Suite } from "../vectors/suite.ts";
import { Failure, isUnsupported, Refusal } from "./failure.ts";
import { type Slip, verdict, type Wanted } from "./verdict.ts";

/** A backend of any handles: the checks only pass them on. */
export type AnyBackend = Backend<Handles>;

/** Makes a backend to be tested. A new one for each call, as some checks dispose theirs. */
export type MakeBackend = () => AnyBackend | Promise<AnyBackend>;

/** What checks have in common. */
export interface Setting {
  readonly suite: Suite;
  /** The class in which numbers are judged. */
  readonly accuracy: Accuracy;
  /** Milliseconds after which a promise counts as one that never settles. */
  readonly patience: number;
  readonly makeBackend: MakeBackend;
}

/** A tensor of the backend, with its size. */
export interface LabTensor {
  readonly handle: unknown;
  readonly rows: number;
  readonly columns: number;
}

/** Where one check works. */
export class Lab {
  readonly backend: AnyBackend;
  readonly setting: Setting;
  /** The kernels, none of which may give a promise. */
  readonly ops: Ops<Handles>;
  /** What was compared. */
  readonly taps: TapResult[] = [];
  /** What is being tried, in words that begin every message: `rope, rows from 2 into 5`. */
  where: string;
  readonly #held: [kind: keyof Handles, handle: unknown][] = [];

  constructor(backend: AnyBackend, setting: Setting, where: string) {
    this.backend = backend;
    this.setting = setting;
    this.where = where;
    this.ops = guarded(backend.ops, (text) => this.fail(text));
  }

  /** The most rows of one call: one, where `info` makes no sense. */
  get maxRows(): number {
    const { maxRows } = this.backend.info;
    return Number.isInteger(maxRows) && maxRows > 0 ? maxRows : 1;
  }

  fail(text: string): never {
    throw new Failure(`${this.where}: ${text}`);
  }

  alloc(rows: number, columns: number, label = "x"): LabTensor {
    const handle = this.backend.alloc(label, rows, columns);
    this.#held.push(["tensor", handle]);
    return { handle, rows, columns };
  }

  /** A tensor that holds `values`. */
  put(values: FloatArray, columns: number, label = "x"): LabTensor {
    const made = this.alloc(values.length / columns, columns, label);
    this.backend.write(made.handle, values.slice());
    return made;
  }

  ids(ids: readonly number[]): unknown {
    const handle = this.backend.allocIds(ids.length);
    this.#held.push(["ids", handle]);
    this.backend.setIds(handle, [...ids]);
    return handle;
  }

  /** A cache for heads of this shape. */
  kv(shape: KVShape, positions: number): unknown {
    const handle = this.backend.createKV(configOf(shape), { positions });
    this.#held.push(["kv", handle]);
    return handle;
  }

  async weight(source: WeightSource): Promise<unknown> {
    const handle = await this.settled("upload", this.backend.upload(source));
    this.#held.push(["weight", handle]);
    return handle;
  }

  /** Has `handle` freed with the rest. */
  hold(kind: keyof Handles, handle: unknown): void {
    this.#held.push([kind, handle]);
  }

  read({ handle, columns, rows: all }: LabTensor, rows?: Rows): Promise<FloatArray> {
    const some = rows ?? rowsOf(0, all);
    const reading = this.settled("read", this.backend.read(handle, some));
    const checked = reading.then((values) => {
      const length = some.count * columns;
      if (values?.length !== length) {
        this.fail(`read gave ${values?.length} numbers for ${some.count} rows of ${columns}`);
      }
      return values;
    });
    checked.catch(() => {}); // it may be awaited after another that fails
    return checked;
  }

  /** What `promise` gives, unless it takes too long. */
  async settled<T>(what: string, promise: Promise<T>): Promise<T> {
    const { patience } = this.setting;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const message = `${this.where}: ${what} has not settled after ${patience / 1000} s`;
      timer = setTimeout(() => reject(new Failure(message)), patience);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Compares numbers with what is expected, and says which of `slips` explains a difference. */
  judge(
    got: ArrayLike<number>,
    wanted: Wanted,
    slips: Iterable<Slip> = [],
    tap: string = "out",
  ): void {
    const { result, problem } = verdict(got, wanted, this.setting.accuracy, slips, tap);
    this.taps.push(result);
    if (problem === undefined) return;
    if (problem.kernel) this.where = this.where.replace(/^\w+/, problem.kernel);
    this.fail(problem.says);
  }

  /** Frees all that was made. */
  freeAll(): void {
    for (const [kind, handle] of this.#held.splice(0)) {
      this.backend.free(kind, handle as Handles[typeof kind]);
    }
  }
}

/** The kernels in the order in which one writes them: each can be tested with those before it. */
export const KERNELS: readonly KernelName[] = [
  ...(["add", "embed", "rmsNorm", "matmul", "geglu", "rope", "kvWrite", "attention"] as const),
];

/** The part of a model that a cache depends on. */
export interface KVShape {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Default: two. */
  readonly layers?: number;
}

/** A model whose heads have this shape. */
export function configOf({ heads, kvHeads, headDim, layers = 2 }: KVShape): GemmaConfig {
  const shape = { numAttentionHeads: heads, numKeyValueHeads: kvHeads, headDim };
  return { ...GEMMA_2B, ...shape, numHiddenLayers: layers, hiddenSize: 2 * headDim };
}

/** Rows that cannot be changed. */
export function rowsOf(from: number, count: number, into?: number): Rows {
  return Object.freeze(into === undefined ? { from, count } : { from, count, into });
}

/** Spans that cannot be changed. */
export function spansOf(...spans: readonly Span[]): readonly Span[] {
  return Object.freeze(spans.map((span) => Object.freeze({ ...span })));
}

/** The kernels, none of which may give a promise; one that refuses is named. */
function guarded(ops: Ops<Handles>, fail: (text: string) => never): Ops<Handles> {
  const guard = (name: KernelName) => {
    return (...args: readonly unknown[]) => {
      let given: unknown;
      try {
        given = (ops[name] as (...args: readonly unknown[]) => unknown)(...args);
      } catch (error) {
        throw isUnsupported(error) ? new Refusal(name, error) : error;
      }
      if (!(given instanceof Promise)) return;
      given.catch(() => {});
      fail(`${name} gave a promise, and kernels are synchronous`);
    };
  };
  const guards = KERNELS.map((name) => [name, guard(name)]);
  return Object.fromEntries(guards) as unknown as Ops<Handles>;
}
