/**
 * Generation in ids: feed, choose, feed. The page to read first; everything about text is streamed-text.ts's. Several
 * that run at the same time on one model share its passes (model/turns), and none need know of the others.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import type { HookedFeed } from "../interp/run/hooked-feed.ts";
import { assertIsModel } from "../model/check-model.ts";
import type { Sequence } from "../model/feed.ts";
import type { KVCache } from "../model/kv-cache.ts";
import type { Model } from "../model/model.ts";
import { assertOptions, assertSignal } from "../options.ts";
import type { FloatArray } from "../tensor/tensor.ts";
import { type ChosenToken, chooser, type Next, needsLogits } from "./chooser.ts";
import { lookupSteps, type OnDraft } from "./lookup/lookup-steps.ts";
import { lookupOf } from "./lookup/options.ts";
import {
  assertSteps,
  type Choosing,
  DEFAULT_MAX_TOKENS,
  STEP_NAMES,
  type StepOptions,
} from "./step-options.ts";
import type { EndTokens } from "./stops.ts";

/**
 * Continues `ids` [T] after what `cache` holds, one token after another. The last one is not fed any more.
 * @param options with a seed, where there is a temperature.
 */
export async function* steps<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number>,
  cache: KVCache<Dev>,
  ends: EndTokens,
  options: StepOptions,
  signal?: AbortSignal,
): AsyncGenerator<ChosenToken, void> {
  assertIsModel("steps", model, "Model.load(...) gives one");
  assertOptions("steps", options, STEP_NAMES);
  assertSignal("steps", signal);
  assertSteps("steps", options, model.config.vocabSize);
  const choosing = { ...options, op: "steps" };
  const next = await nextOf(model, { ids, cache }, choosing, signal);
  yield* stepsAfter(model, { cache, next, reused: 0 }, ends, choosing, signal);
}

/**
 * Feeds a sequence → what its next token is chosen by.
 * @param hooked how it is fed under hooks.
 */
export async function nextOf<Dev extends Handles>(
  model: Model<Dev>,
  sequence: Sequence<Dev>,
  choosing: Choosing,
  signal?: AbortSignal,
  hooked?: HookedFeed<Dev>,
): Promise<Next> {
  const { op } = choosing;
  if (hooked) return hooked(sequence, signal);
  if (!needsLogits(choosing)) return (await model.top([sequence], { op, signal }))[0];
  return (await model.forward([sequence], { op, signal }))[0].data as FloatArray;
}

/** As {@link nextOf}, after each of its tokens. */
async function nextsOf<Dev extends Handles>(
  model: Model<Dev>,
  sequence: Sequence<Dev>,
  choosing: Choosing,
  signal?: AbortSignal,
): Promise<Next[]> {
  const { op } = choosing;
  if (!needsLogits(choosing)) return model.topEach(sequence, { op, signal });
  const { length } = sequence.ids;
  const [logits] = await model.forward([sequence], { op, signal, logits: length });
  const V = model.config.vocabSize;
  const rows = logits.data as FloatArray;
  return Array.from({ length }, (_, r) => rows.subarray(r * V, (r + 1) * V));
}

/** A sequence that has been fed. */
export interface Fed<Dev extends Handles> {
  readonly cache: KVCache<Dev>;
  readonly next: Next;
  /** How many of its tokens were not fed for it, but found in a cache. */
  readonly reused: number;
  /** What errors call it. */
  readonly name?: string;
  /** How its tokens are fed, where hooks look at them. */
  readonly hooked?: HookedFeed<Dev>;
}

/**
 * As {@link steps}, after what has been fed.
 * @param onDraft hears of drafts, where `promptLookup` makes some.
 */
export async function* stepsAfter<Dev extends Handles>(
  model: Model<Dev>,
  { cache, next: first, name, hooked }: Fed<Dev>,
  ends: EndTokens,
  options: Choosing,
  signal?: AbortSignal,
  onDraft?: OnDraft,
): AsyncGenerator<ChosenToken, void> {
  const choose = chooser(model, cache, ends, options);
  const lookup = lookupOf(options);
  if (lookup) {
    const { maxTokens = DEFAULT_MAX_TOKENS } = options;
    const feed = (ids: readonly number[]) => nextsOf(model, { ids, cache, name }, options, signal);
    yield* lookupSteps({ lookup, cache, first, maxTokens, choose, feed, onDraft, signal });
    return;
  }
  // #region loop
  let next = first;
  for (;;) {
    const step = choose(next);
    if (!step) return;
    yield step;
    if (step.end) return;
    signal?.throwIfAborted();
    next = await nextOf(model, { ids: [step.token], cache, name }, options, signal, hooked);
  }
  // #endregion
}
