/**
 * Feeding with hooks, one stretch of a sequence after the other: what a generation under hooks is made of.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { refusals } from "../../errors.ts";
import type { Sequence } from "../../model/feed.ts";
import type { Model } from "../../model/model.ts";
import { firstBad } from "../../model/non-finite.ts";
import type { FloatArray, NdArray } from "../../tensor/tensor.ts";
import type { Past } from "../chains/chain.ts";
import { type Hooks, hooksByTap } from "./hooks.ts";
import { isMap } from "./tensors.ts";
import { runWatched } from "./watch.ts";

/** Feeds a stretch after what the cache holds → logits [V] of its last token. */
export type HookedFeed<Dev extends Handles> = (
  sequence: Sequence<Dev>,
  signal?: AbortSignal,
) => Promise<FloatArray>;

/**
 * Feeds one sequence with hooks, which are called for each stretch: with the rows of the prompt, and then with one row
 * for each token that follows.
 * @throws {ArgumentError} naming `op`, if hooks are not what they should be.
 */
export function hookedFeed<Dev extends Handles>(
  op: string,
  model: Model<Dev>,
  hooks: Hooks,
): HookedFeed<Dev> {
  const byTap = hooksByTap(op, model.config, hooks);
  const map = [...byTap.keys()].find(isMap);
  const past: Past = new Map();
  const weights = new Map<string, Promise<NdArray>>();
  let fed = 0;
  return async ({ ids, cache }, signal) => {
    if (map !== undefined && cache.length !== fed) {
      const expected = `a sequence from its beginning, as ${map} is computed from all its keys`;
      const hint = "those in a cache cannot be read; leave it out";
      throw refusals(op).unsupported("cache", expected, `one that holds ${cache.length}`, hint);
    }
    const last = ids.length - 1;
    const tokens = Array.from(ids);
    const keep = new Set(["logits"] as const);
    const rest = { hooks: byTap, rows: [last], isWhole: true, past, weights, signal };
    const taps = await runWatched(model, cache, { op, ids: tokens, keep, ...rest });
    fed = cache.length;
    const logits = taps.get("logits")?.data as FloatArray;
    const bad = firstBad(logits);
    if (bad < 0) return logits;
    const hint = "look at what the hooks leave";
    throw refusals(op).unsupported("hooks", "finite logits", `${logits[bad]}`, hint);
  };
}
