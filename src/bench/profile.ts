/**
 * Where the time of a pass goes. A backend that compiles whole passes does not do it here; so shares count, and their sum
 * is more than the pass takes.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import { feed, type Sequence } from "../model/feed.ts";
import type { Model } from "../model/model.ts";
import { sharedSlots } from "../model/slots.ts";
import { forwardTape } from "../model/tape.ts";
import { kindByKind, type ProfiledPass, stepByStep } from "./step-times.ts";

/** All steps of one kind. */
export interface ProfileLine {
  /** `geglu`; of a product the weight, too: `matmul q_proj`, `matmul logits`. */
  readonly op: string;
  readonly calls: number;
  readonly milliseconds: number;
  /** Of the sum over all lines. */
  readonly share: number;
}

/** The kinds of steps, those that took longest first. */
export interface Profile {
  readonly lines: ProfileLine[];
  /** Milliseconds in which the processor records the whole pass, where the steps are timed kind by kind. */
  readonly recording?: number;
}

/**
 * Feeds `batch`, and looks where the time goes.
 * @param way step-times.ts has both: kind by kind is for a backend that computes when it is read.
 */
export async function profile<Dev extends Handles>(
  model: Model<Dev>,
  batch: readonly Sequence<Dev>[],
  way: "step by step" | "kind by kind",
  signal?: AbortSignal,
): Promise<Profile> {
  const { backend, config, embedScale } = model;
  const { maxRows } = backend.info;
  const fed = batch.reduce((sum, { ids }) => sum + ids.length, 0);
  const slots = sharedSlots(backend, config, {
    rows: Math.min(maxRows, fed),
    logitRows: batch.length,
  });
  const ids = backend.allocIds(maxRows);
  const tape = forwardTape(config, embedScale);
  const spent = new Map<string, { calls: number; milliseconds: number }>();
  let recording: number | undefined;
  const wait = () => backend.read(slots("logits"), { from: 0, count: 0 }, signal);
  const profiled: ProfiledPass = {
    wait,
    spend(op, more, longer) {
      const { calls, milliseconds } = spent.get(op) ?? { calls: 0, milliseconds: 0 };
      spent.set(op, { calls: calls + more, milliseconds: milliseconds + longer });
    },
    record(milliseconds) {
      recording = (recording ?? 0) + milliseconds;
    },
  };
  try {
    await feed(model, batch, {
      op: "profile",
      logits: "last",
      signal,
      slots,
      ids,
      run: way === "kind by kind" ? kindByKind(tape, profiled) : stepByStep(tape, profiled),
      read: wait,
      collect() {},
    });
  } finally {
    slots.free();
    backend.free("ids", ids);
  }
  const total = [...spent.values()].reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const lines = [...spent]
    .map(([op, line]) => ({ op, ...line, share: line.milliseconds / total }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
  return { lines, recording };
}
