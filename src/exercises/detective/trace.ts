/**
 * An engine as a detective sees it: tokens go in, and every number that is computed of them comes out.
 * @module
 */
import { Engine, type Parts } from "../../conformance/engine/engine.ts";
import type { EngineModel } from "../../conformance/engine/weights.ts";
import { refusals } from "../../errors.ts";
import { LAYER_TAPS, MODEL_TAPS, parseTap, type TapName } from "../../model/taps.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import type { Row } from "../parts.ts";

/** By tap name, in the order in which they are computed: a row for each token. */
export type Trace = Readonly<Record<string, Row[]>>;

/** How tokens are fed. */
export interface TraceOptions {
  /** Most tokens of one pass: further ones follow in a pass of their own. Default: all in one. */
  readonly maxRows?: number;
}

/** What a learner's function is given. */
export interface TracedEngine {
  /** `A`, or `Gemma`. */
  readonly name: string;
  /**
   * Feeds tokens to an empty cache.
   * @throws {ArgumentError} if `ids` are not tokens, or `maxRows` is no positive integer.
   */
  trace(ids: readonly number[], options?: TraceOptions): Trace;
}

/** An engine with some of its parts exchanged. */
export function tracedEngine(name: string, model: EngineModel, parts: Parts): TracedEngine {
  return {
    name,
    trace(ids, { maxRows = Math.max(1, ids.length) } = {}) {
      if (!Number.isInteger(maxRows) || maxRows < 1) {
        throw refusals("trace").argument("maxRows", "a positive integer", maxRows);
      }
      const engine = new Engine(model, parts);
      const trace: Record<string, Row[]> = {};
      for (let pos = 0; pos < ids.length; pos += maxRows) {
        for (const [tap, value] of engine.feed(ids.slice(pos, pos + maxRows), pos)) {
          if (!isWritten(tap)) continue;
          trace[tap] ??= [];
          trace[tap].push(...rowsOf(value));
        }
      }
      return trace;
    },
  };
}

/** Whether the forward pass writes it, and no later function: those have a row a token, and no −∞. */
function isWritten(name: TapName): boolean {
  const { layer, tap } = parseTap(name);
  return Object.hasOwn(layer === undefined ? MODEL_TAPS : LAYER_TAPS, tap);
}

function rowsOf(x: NdArray): Row[] {
  const [L, columns] = x.shape;
  return Array.from({ length: L }, (_, l) => {
    return Float64Array.from({ length: columns }, (_, c) => x.get(l, c));
  });
}
