/**
 * A trace as the goldens hold it (fixtures/README.md): the same names, shapes and dtypes, so that a program
 * that reads goldens can read a trace of this library, and the other way round.
 * @module
 */
import type { NpyArray } from "../checkpoint/numpy/npy.ts";
import type { GemmaConfig } from "../config.ts";
import type { Trace } from "../interp/run/trace.ts";
import { goldenName, type TapName } from "../model/taps.ts";
import { float64ToBfloat16 } from "../tensor/bfloat16.ts";
import { type PrecisionName, precisionNamed } from "../tensor/precision.ts";
import type { NdArray } from "../tensor/tensor.ts";

/** How the goldens spell a precision. */
const SUFFIX: Record<PrecisionName, string> = { float64: "f64", float32: "f32", bfloat16: "bf16" };

/** The goldens hold keys and values by head: [T, K, H]. */
const BY_HEAD = /\.(k_rope|v)$/;

/** Whether the goldens hold this tap. */
export function isGolden(name: TapName): boolean {
  return goldenName(name) !== undefined;
}

/** Name → array: `trace.layers.0.attn_norm.f64`. Logits, which have a file of their own, are left out. */
export function traceArrays(
  trace: Trace,
  { headDim: H, numKeyValueHeads: K }: GemmaConfig,
  precision: PrecisionName,
): Map<string, NpyArray> {
  precisionNamed(precision); // refuses a name that there is not
  const arrays = new Map<string, NpyArray>();
  for (const [tap, { data, shape }] of trace) {
    const golden = goldenName(tap);
    if (golden === undefined || golden === "logits") continue;
    arrays.set(`trace.${golden}.${SUFFIX[precision]}`, {
      shape: BY_HEAD.test(golden) ? [shape[0], K, H] : shape,
      data: stored(data, precision),
    });
  }
  return arrays;
}

/** NumPy has no bfloat16: the goldens hold bit patterns. */
function stored(data: NdArray["data"], precision: PrecisionName): NpyArray["data"] {
  return precision === "bfloat16" ? Uint16Array.from(data, float64ToBfloat16) : data;
}
