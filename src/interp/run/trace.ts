/**
 * A traced run: the logits of a sequence, and every intermediate that is asked for, as goldens store them.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { assertIsModel } from "../../model/check-model.ts";
import type { Model } from "../../model/model.ts";
import type { TapName } from "../../model/taps.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { displayed } from "../display/display.ts";
import { tapsTable } from "../display/taps-table.ts";
import { run } from "./run-with-cache.ts";
import type { TapFilter } from "./select.ts";
import { flattened, isMap } from "./tensors.ts";

/** Which intermediates are kept. */
export interface TraceOptions {
  /** Which taps to keep: see {@link TapFilter}. All when absent, which takes a lot of memory. */
  readonly names?: TapFilter | readonly TapFilter[];
  /** Stops it; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const TRACE_NAMES: OptionNames<TraceOptions> = { names: true, signal: true };

/**
 * Intermediates by tap name, [L, columns] with L = T, unless model/taps.ts says otherwise. `console.log` shows a table,
 * `JSON.stringify` writes an object with lists.
 */
export type Trace = ReadonlyMap<TapName, NdArray>;

/**
 * Runs `ids` [T], a whole sequence from its BOS, and keeps the taps that are asked for. `runWithCache` has more to choose,
 * and shows heads apart.
 * @param options {@link TraceOptions}
 * @throws {ArgumentError} if a name is not a tap of this model.
 */
export async function trace<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number>,
  options: TraceOptions = {},
): Promise<Trace> {
  assertIsModel("trace", model);
  assertOptions("trace", options, TRACE_NAMES);
  const cache = await run("trace", model, ids, options);
  const taps = new Map([...cache].map(([name, x]) => [name, isFlat(name) ? flattened(x) : x]));
  const toJSON = () => Object.fromEntries(taps); // JSON has no Map
  Object.defineProperty(taps, "toJSON", { value: toJSON, configurable: true });
  return displayed(taps, () => tapsTable("Trace", taps, cache));
}

const isFlat = (name: TapName) => !isMap(name) && !name.endsWith("hook_result");
