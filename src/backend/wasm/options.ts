/**
 * The options of the WebAssembly backend, checked against the machine.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { OnWarning } from "../../warning.ts";
import type { Simd } from "./kernels/multiply-add.ts";
import { simdOfThisMachine } from "./machine.ts";
import { processors, threadsUnavailable, workersHaveUrls } from "./run/threads.ts";
import type { Activations } from "./upload.ts";

/** How the WebAssembly backend computes. */
export interface WasmOptions {
  /**
   * Threads that compute, besides this one; 1 computes on this one, between turns of the event loop. Default: one a
   * processor where there is SharedArrayBuffer and the weights are worth it, at most 16; else 1.
   */
  readonly threads?: number;
  /** Rows of a pass. Default 128. */
  readonly maxRows?: number;
  /**
   * What rows of x are rounded to before they are multiplied with weights in q8_0, q4_0 or, with relaxed SIMD, q2_k,
   * q3_k, q4_k, q5_k and q6_k. Default: `float32`, which is not to be rounded. With `int8` a block of 32 numbers becomes d · q, as llama.cpp's reference rounds to Q8_0: q is x /
   * d, to the nearest integer, and d is max |x| / 127, rounded to float16. Products are integers then, whose sum over a
   * block is exact; it is scaled by d and by the weights' scale, and added in float32. That is faster and less exact:
   * `info.accuracy` is `q8`. Weights of other dtypes are multiplied with x as it is.
   */
  readonly activations?: Activations;
  /** The instructions that the kernels use. Default: `relaxed-simd`, which fuses multiply-adds, where it is. */
  readonly simd?: Simd;
  /**
   * In a browser: the URL of the package's `dist/worker.js`, of the page's own origin, for a page that lets workers come
   * from files alone (a Content-Security-Policy without `worker-src blob:`, as that of every extension). Default: beside
   * `dist/browser.js`, the `worker.js` there; in any other bundle, workers are started with their text.
   */
  readonly workerUrl?: string | URL;
  /** Hears if threads were worth it and could not be started, so that one computes. Default: nobody does. */
  readonly onWarning?: OnWarning;
}

const NAMES: OptionNames<WasmOptions> = {
  threads: true,
  maxRows: true,
  activations: true,
  simd: true,
  workerUrl: true,
  onWarning: "function",
};

/** Threads that are started unless more are asked for. */
const MOST_THREADS = 16;

/** What is asked for, and what follows from it. */
export interface WasmChoices extends Required<Omit<WasmOptions, "threads" | "workerUrl">> {
  readonly workerUrl: string | URL | undefined;
  /** Whether memories are shared among threads. */
  readonly isShared: boolean;
  /** Threads from the start on: those that were asked for. */
  readonly threads: number;
  /** Threads once the weights are worth it. */
  readonly most: number;
}

/**
 * @throws {ArgumentError} if an option is out of range.
 * @throws {UnsupportedError} if this machine has no SIMD for WebAssembly, or lacks what an option asks for.
 */
export function wasmChoices(options: WasmOptions): WasmChoices {
  assertOptions("wasmBackend", options, NAMES);
  const refuse = refusals("wasmBackend");
  const { maxRows = 128, threads, activations = "float32", workerUrl } = options;
  const { onWarning = () => {} } = options;
  assertInteger("wasmBackend", "maxRows", maxRows, POSITIVE);
  const noThreads = threadsUnavailable();
  if (threads !== undefined) {
    assertInteger("wasmBackend", "threads", threads, POSITIVE);
    if (threads > 1 && noThreads !== undefined) {
      throw refuse.unsupported("threads", "threads that share memory", noThreads, "leave it out");
    }
  }
  if (activations !== "float32" && activations !== "int8") {
    throw refuse.argument("activations", '"float32" or "int8"', brief(activations));
  }
  if (workerUrl !== undefined && !(workerUrl instanceof URL) && typeof workerUrl !== "string") {
    throw refuse.argument("workerUrl", "a URL", brief(workerUrl));
  }
  if (workerUrl !== undefined && !workersHaveUrls()) {
    const hint = "leave it out: no policy forbids workers here";
    throw refuse.argument("workerUrl", "a page, or a worker of one", "another runtime", hint);
  }
  const simd = chosenSimd("wasmBackend", options.simd);
  const isShared = noThreads === undefined;
  const most = threads ?? (isShared ? Math.min(MOST_THREADS, processors()) : 1);
  const checked = { maxRows, activations, simd, workerUrl, onWarning };
  return { ...checked, isShared, threads: threads ?? 1, most };
}

/**
 * `simd`, or the best that this machine has.
 * @throws {ArgumentError} if there is no such set of instructions.
 * @throws {UnsupportedError} if this machine does not have it.
 */
export function chosenSimd(op: string, simd?: Simd): Simd {
  const refuse = refusals(op);
  const available = simdOfThisMachine();
  const chosen = simd ?? available ?? "simd128";
  if (chosen !== "simd128" && chosen !== "relaxed-simd") {
    throw refuse.argument("simd", '"simd128" or "relaxed-simd"', brief(simd));
  }
  if (available === undefined || (chosen === "relaxed-simd" && available === "simd128")) {
    const hint = 'backend "cpu" runs everywhere';
    throw refuse.unsupported("simd", `a machine that has ${chosen}`, "one that has not", hint);
  }
  return chosen;
}
