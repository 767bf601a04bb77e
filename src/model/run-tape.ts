/**
 * The forward pass step by step: a tape (tape.ts) run on a backend, with something to do before and after each
 * step. So a value can be looked at, or changed, while the pass is under way: for hooks and patching, for one
 * kernel at a time in a conformance run, for kernels borrowed from another backend.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import { type Bindings, runStep, type Step, type Tape } from "../backend/record.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import type { ForwardArguments } from "./forward.ts";
import type { RecordedTap } from "./taps.ts";
import { weightSpecs, weightsInOrder } from "./weights/weights.ts";

/** A step of a pass, with the tap that it writes; `kvWrite` writes none. */
export interface TapeStep {
  /** The call of a kernel. */
  readonly step: Step;
  /** The intermediate that it makes; undefined if that has no name. */
  readonly tap: RecordedTap | undefined;
}

/** What is done around each step. The next step waits for it. */
export interface TapeVisitor {
  /** Called before the step is recorded. */
  before?(step: TapeStep): void | Promise<void>;
  /** Called when the step has been recorded. */
  after?(step: TapeStep): void | Promise<void>;
}

const VISITOR_NAMES: OptionNames<TapeVisitor> = { before: true, after: true };

/**
 * Runs `tape` with what a pass is run with (`run` of model/feed.ts). Give the pass slots of its own: where taps
 * share buffers, a later tap has overwritten an earlier one.
 *
 *     const run = (pass) => runTape(forwardTape(config), pass, { after: ({ tap }) => look(tap) });
 *
 * @param tape of the same config, or its beginning.
 * @param pass or several, of other rows of the same tensors: each step is run for all of them, so that there may be more
 * rows than a kernel takes at once.
 */
export async function runTape<Dev extends Handles>(
  tape: Tape,
  pass: ForwardArguments<Dev> | readonly ForwardArguments<Dev>[],
  visitor: TapeVisitor = {},
): Promise<void> {
  assertOptions("runTape", visitor, VISITOR_NAMES);
  const passes = "ops" in pass ? [pass] : pass;
  const bound = passes.map((one) => ({ ops: one.ops, bindings: bindingsOf(one) }));
  for (const step of tape) {
    const tap = "dst" in step ? (step.dst as RecordedTap) : undefined;
    await visitor.before?.({ step, tap });
    for (const { ops, bindings } of bound) runStep(step, ops, bindings);
    await visitor.after?.({ step, tap });
  }
}

/** What the names on a tape stand for in a pass. */
export function bindingsOf<Dev extends Handles>(pass: ForwardArguments<Dev>): Bindings<Dev> {
  const { config, slots, ids, rows, spans, logitRows } = pass;
  const names = weightSpecs(config).map(({ name }) => name);
  const weights = new Map(weightsInOrder(pass.weights).map((weight, i) => [names[i], weight]));
  return {
    tensor: (name) => slots(name as RecordedTap),
    weight: (name) => weights.get(name) as Dev["weight"],
    ids,
    rows,
    spans,
    logitRows,
  };
}
