/**
 * Feeding a batch: cut into passes, recorded one after another, each counted into the caches once it has been
 * read. What `Model.forward` and `Model.record` are made of, and whatever else looks into a pass.
 * @module
 */
import type { Backend, Handles } from "../backend/backend.ts";
import type { GemmaConfig } from "../config.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import type { Adapters } from "./adapters/adapters.ts";
import { assertIds, assertRoom } from "./check-ids.ts";
import { assertWantedLogits } from "./check-logits.ts";
import { type ForwardArguments, forward } from "./forward.ts";
import type { KVCache } from "./kv-cache.ts";
import { joined, logitRows, type Pass, passes, type Wanted, type WantedLogits } from "./passes.ts";
import type { SlotOf } from "./slots.ts";
import type { Weights } from "./weights/weights.ts";

/** What there is to run: a model, without what surrounds it. */
export interface Runnable<Dev extends Handles> {
  /** The shapes of the model. */
  readonly config: GemmaConfig;
  /** What computes. */
  readonly backend: Backend<Dev>;
  /** Its weights, as handles of the backend. */
  readonly weights: Weights<Dev["weight"]>;
  /** What an embedding is multiplied by: √D, rounded as the precision does. */
  readonly embedScale: number;
  /** What is held beside its weights, where there may be something. */
  readonly adapters?: Adapters<Dev>;
}

/** One sequence of a batch: what is fed, after what its cache holds. */
export interface Sequence<Dev extends Handles = Handles> {
  /** Token ids, at least one. */
  readonly ids: ArrayLike<number>;
  /** The keys and values of the tokens before, to which these are added. */
  readonly cache: KVCache<Dev>;
  /** What errors call it. Default: its place in the batch. */
  readonly name?: string;
}

/** A pass, and what it is run with. */
export interface RecordedPass<Dev extends Handles> extends Pass {
  /** The ids of its rows. */
  readonly tokens: readonly number[];
  /** What {@link forward} was called with. */
  readonly args: ForwardArguments<Dev>;
}

/** What is done with each pass. */
export interface FeedOptions<Dev extends Handles, T> {
  /** The call that errors name. Default "forward". */
  readonly op?: string;
  /** The rows of which logits are wanted. */
  readonly logits: WantedLogits;
  /** Stops it between passes; the cache then stands at a whole pass. */
  readonly signal?: AbortSignal;
  /** Where the intermediates of a pass go. */
  readonly slots: SlotOf<Dev>;
  /** Where its ids go. */
  readonly ids: Dev["ids"];
  /**
   * Runs a pass. It may take its time (model/run-tape.ts goes step by step); then slots and ids have to be its own,
   * as other passes may come in between. Default: forward.ts.
   */
  readonly run?: (args: ForwardArguments<Dev>) => void | Promise<void>;
  /** Starts the reads of a pass, at once. */
  readonly read: (pass: RecordedPass<Dev>) => Promise<T>;
  /** Takes what was read of a pass, in the order of passes. Its tokens count as fed. */
  readonly collect: (values: T, pass: RecordedPass<Dev>) => void;
}

const FEED_NAMES: OptionNames<FeedOptions<Handles, unknown>> = {
  op: true,
  logits: true,
  signal: true,
  slots: true,
  ids: true,
  run: true,
  read: true,
  collect: true,
};

/** Passes under way at once: a GPU goes on with the next one while we look at the results of the last. */
export const AHEAD = 2;

/**
 * Feeds `batch`: runs each pass, reads what it left, and hands that to `collect`.
 * @throws {ArgumentError} if an id is outside the vocabulary, a context is too short, or a cache is in use.
 */
export async function feed<Dev extends Handles, T>(
  model: Runnable<Dev>,
  given: readonly Sequence<Dev>[],
  options: FeedOptions<Dev, T>,
): Promise<void> {
  assertOptions("feed", options, FEED_NAMES);
  assertWantedLogits("feed", options.logits);
  const { op = "forward", run = forward, read, collect } = options;
  for (const { ids, cache } of given) {
    assertIds(op, ids, model.config);
    assertRoom(op, ids.length, cache);
  }
  // A copy: the caller may go on using its arrays.
  const batch = given.map(({ ids, cache }) => ({ ids: Array.from(ids), cache }));
  const taken: KVCache<Dev>[] = [];
  const pending: { readonly pass: RecordedPass<Dev>; readonly reading: Promise<T> }[] = [];
  const settleFirst = async () => {
    const { pass, reading } = pending[0];
    collect(await reading, pass);
    pending.shift();
    for (const { sequence, begin, count } of pass.stretches) {
      const { ids, cache } = batch[sequence];
      cache.advance(op, ids.slice(begin, begin + count));
    }
  };
  try {
    for (const { cache } of batch) {
      cache.acquire(op);
      taken.push(cache);
    }
    await growCaches(model.backend, batch, options);
    const sequences = batch.map((one) => ({ ...one, start: one.cache.length }));
    const lengths = batch.map(({ ids }) => ids.length);
    for (const pass of passes(lengths, model.backend.info.maxRows)) {
      for (const { sequence } of pass.stretches) batch[sequence].cache.assertLive(op);
      const recorded = recordedPass(model, pass, sequences, { ...options, wanted: options.logits });
      model.backend.setIds(options.ids, recorded.tokens);
      // Not awaited where it is synchronous: another pass, which may share the slots, could come in between.
      const running = run(recorded.args);
      if (running) await running;
      const reading = read(recorded);
      reading.catch(() => {}); // it is awaited in its turn
      pending.push({ pass: recorded, reading });
      if (pending.length === AHEAD) await settleFirst();
    }
    while (pending.length > 0) await settleFirst();
  } finally {
    // Only then may others write where these passes do.
    await Promise.allSettled(pending.map(({ reading }) => reading));
    for (const cache of taken) cache.release();
  }
}

/** Makes room in the caches that need it, and waits for that: most passes find room enough. */
export async function growCaches<Dev extends Handles>(
  backend: Backend<Dev>,
  batch: readonly Sequence<Dev>[],
  { slots, signal }: { readonly slots: SlotOf<Dev>; readonly signal?: AbortSignal },
): Promise<void> {
  const rooms = batch.flatMap(({ cache, ids }) => cache.makeRoom(ids.length) ?? []);
  if (rooms.length === 0) return;
  await backend.read(slots("logits"), { from: 0, count: 0 }, signal);
  for (const room of rooms) room.confirm();
}

/** A sequence whose tokens are being fed. */
export interface FedSequence<Dev extends Handles> {
  readonly ids: readonly number[];
  readonly cache: KVCache<Dev>;
  /** Position of the first of `ids`. */
  readonly start: number;
}

/** What a pass over some of `sequences` is run with. */
export function recordedPass<Dev extends Handles>(
  { config, backend, weights, embedScale, adapters }: Runnable<Dev>,
  pass: Pass,
  sequences: readonly FedSequence<Dev>[],
  options: {
    readonly slots: SlotOf<Dev>;
    readonly ids: Dev["ids"];
    readonly wanted: Wanted | readonly Wanted[];
  },
): RecordedPass<Dev> {
  const { slots, ids, wanted } = options;
  const { count, stretches } = pass;
  const tokens = stretches.flatMap(({ sequence, begin, count }) =>
    sequences[sequence].ids.slice(begin, begin + count),
  );
  const spans = stretches.map(({ sequence, begin, from, count }) => {
    const { start, cache } = sequences[sequence];
    return { from, count, pos: start + begin, kv: cache.kv };
  });
  const adapted = stretches.map(({ sequence, from, count }) => {
    const { adapter } = sequences[sequence].cache;
    return { from, count, adapter };
  });
  const args: ForwardArguments<Dev> = {
    config,
    ops: adapters?.ops(adapted) ?? backend.ops,
    weights,
    slots,
    ids,
    rows: { from: 0, count },
    spans,
    logitRows: joined(logitRows(pass, wanted)),
    embedScale,
  };
  return { ...pass, tokens, args };
}
