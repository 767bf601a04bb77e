/**
 * Where the time of a pass goes: its steps one by one, each waited for. That costs a wake-up a step, and a backend
 * that compiles whole passes does not do it here; so shares count, and their sum is more than the pass takes.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import type { Step } from "../backend/record.ts";
import { feed, type Sequence } from "../model/feed.ts";
import type { Model } from "../model/model.ts";
import { runTape } from "../model/run-tape.ts";
import { sharedSlots } from "../model/slots.ts";
import { forwardTape } from "../model/tape.ts";

/** All steps of one kind. */
export interface ProfileLine {
  /** `geglu`; of a product the weight, too: `matmul q_proj`, `matmul logits`. */
  readonly op: string;
  readonly calls: number;
  readonly milliseconds: number;
  /** Of the sum over all lines. */
  readonly share: number;
}

/** What a line of the profile is called. */
export function labelOf(step: Step): string {
  if (step.op !== "matmul") return step.op;
  if (step.rows === "logits") return "matmul logits";
  return `matmul ${/(\w+)\.weight$/.exec(step.weight)?.[1]}`;
}

/** Feeds `batch` step by step. @returns the kinds of steps, those that took longest first. */
export async function profile<Dev extends Handles>(
  model: Model<Dev>,
  batch: readonly Sequence<Dev>[],
  signal?: AbortSignal,
): Promise<ProfileLine[]> {
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
  const wait = () => backend.read(slots("logits"), { from: 0, count: 0 }, signal);
  let begin = 0;
  const visitor = {
    before: () => {
      begin = performance.now();
    },
    async after({ step }: { readonly step: Step }) {
      await wait();
      const { calls, milliseconds } = spent.get(labelOf(step)) ?? { calls: 0, milliseconds: 0 };
      const more = performance.now() - begin;
      spent.set(labelOf(step), { calls: calls + 1, milliseconds: milliseconds + more });
    },
  };
  try {
    await feed(model, batch, {
      op: "profile",
      logits: "last",
      signal,
      slots,
      ids,
      run: (pass) => runTape(tape, pass, visitor),
      read: wait,
      collect() {},
    });
  } finally {
    slots.free();
    backend.free("ids", ids);
  }
  const total = [...spent.values()].reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return [...spent]
    .map(([op, line]) => ({ op, ...line, share: line.milliseconds / total }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}
