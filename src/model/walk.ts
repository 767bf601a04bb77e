/**
 * A sequence step by step and as a whole: each step of the tape is done for all its rows, however many, before the next
 * one. So every intermediate can be looked at, and changed, [L, columns] at once: what interp/ is made of.
 *
 * The intermediates share buffers, as in inference; each is seen while it is there.
 * @module
 */
import type { Handles, Rows } from "../backend/backend.ts";
import type { Tape } from "../backend/record.ts";
import type { FloatArray } from "../tensor/tensor.ts";
import { growCaches, type Runnable } from "./feed.ts";
import type { ForwardArguments } from "./forward.ts";
import type { KVCache } from "./kv-cache.ts";
import { runTape } from "./run-tape.ts";
import { sharedSlots } from "./slots.ts";
import type { RecordedTap } from "./taps.ts";

/** A pass in which one can look around. */
export interface Look {
  /** Rows of a tap that is in its buffer: as it is now, whatever is done to it afterwards. */
  read(tap: RecordedTap, rows?: Rows): Promise<FloatArray>;
  /** Puts other numbers in the place of a tap, all rows of it. Later steps read them. */
  write(tap: RecordedTap, data: FloatArray): void;
  /** Position of row 0. */
  readonly pos: number;
}

/** What is walked through. */
export interface Walk {
  /** The call that errors name. */
  readonly op: string;
  /** Ids [L], after what the cache holds. */
  readonly ids: readonly number[];
  /** Rows whose logits are computed: they become rows 0, 1, … of the logits. */
  readonly logitRows: readonly Rows[];
  /** The last tap that is wanted: what comes behind it is not computed. Default: all is. */
  readonly last?: RecordedTap;
  readonly signal?: AbortSignal;
  /** Called when a tap has been written. The next step waits for it. */
  after(tap: RecordedTap, look: Look): void | Promise<void>;
}

/**
 * Walks through a pass. The tokens count as fed if all of it was computed.
 * @param cache is in nobody else's hands meanwhile.
 */
export async function walk<Dev extends Handles>(
  model: Runnable<Dev>,
  tape: Tape,
  cache: KVCache<Dev>,
  { op, ids, logitRows, last, signal, after }: Walk,
): Promise<void> {
  const { backend } = model;
  const { length: L } = ids;
  const steps = last === undefined ? tape : tape.slice(0, 1 + lastStepOf(tape, last));
  const logitCount = logitRows.reduce((total, { count }) => total + count, 0);
  const slots = sharedSlots(backend, model.config, { rows: L, logitRows: Math.max(1, logitCount) });
  const handle = backend.allocIds(L);
  let isTaken = false;
  try {
    cache.acquire(op);
    isTaken = true;
    await growCaches(backend, [{ cache, ids }], { slots, signal });
    backend.setIds(handle, ids);
    const { length: pos } = cache;
    const look: Look = {
      pos,
      read: (tap, rows = { from: 0, count: tap === "logits" ? logitCount : L }) =>
        backend.read(slots(tap), rows, signal),
      write: (tap, data) => backend.write(slots(tap), data),
    };
    const pieces = inPieces(model, { L, pos, cache, logitRows });
    const passes = pieces.map((piece) => ({ ...piece, slots, ids: handle }));
    await runTape(steps, passes, {
      after({ tap }) {
        signal?.throwIfAborted();
        return tap === undefined ? undefined : after(tap, look);
      },
    });
    await look.read("hook_embed", { from: 0, count: 0 });
    if (steps.length === tape.length) cache.advance(op, Array.from(ids));
  } finally {
    backend.free("ids", handle);
    slots.free();
    if (isTaken) cache.release(); // else it is in other hands
  }
}

function lastStepOf(tape: Tape, tap: RecordedTap): number {
  return tape.findLastIndex((step) => "dst" in step && step.dst === tap);
}

/** The pass in pieces that kernels take: the logits, which need all rows before them, are in the last. */
function inPieces<Dev extends Handles>(
  { config, backend, weights, embedScale, adapters }: Runnable<Dev>,
  all: {
    readonly L: number;
    readonly pos: number;
    readonly cache: KVCache<Dev>;
    readonly logitRows: readonly Rows[];
  },
): Omit<ForwardArguments<Dev>, "slots" | "ids">[] {
  const { maxRows } = backend.info;
  const { L, pos, cache } = all;
  const { kv, adapter } = cache;
  const cut = (rows: Rows): Rows[] =>
    Array.from({ length: Math.ceil(rows.count / maxRows) }, (_, i) => {
      const from = rows.from + i * maxRows;
      return { from, count: Math.min(maxRows, rows.from + rows.count - from) };
    });
  let into = 0;
  const logitRows = all.logitRows.flatMap(cut).map((rows) => {
    const placed = { ...rows, into };
    into += rows.count;
    return placed;
  });
  return cut({ from: 0, count: L }).map((rows) => ({
    config,
    ops: adapters?.ops([{ ...rows, adapter }]) ?? backend.ops,
    weights,
    embedScale,
    rows,
    spans: [{ ...rows, pos: pos + rows.from, kv }],
    logitRows: rows.from + rows.count === L ? logitRows : [],
  }));
}
