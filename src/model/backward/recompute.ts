/**
 * Blocks computed again on the way back, for slots that keep the stream at their borders alone: a third more work, for a
 * tenth of the memory. The steps are those of the forward page, by its tape; so the numbers are the same to the bit.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { runStep, type Step, type Tape } from "../../backend/record.ts";
import type { GemmaConfig } from "../../config.ts";
import type { ForwardArguments, forward } from "../forward.ts";
import { bindingsOf } from "../run-tape.ts";
import { forwardTape } from "../tape.ts";
import { parseTap } from "../taps.ts";

/**
 * The steps by which each block is computed again: the same for every pass.
 * @param page the forward page that passes run. Default forward.ts.
 */
export function blockSteps(
  config: GemmaConfig,
  embedScale: number,
  page?: typeof forward,
): readonly Tape[] {
  const tape = forwardTape(config, embedScale, page).filter((step) => !isBehind(step));
  const layerOf = (step: Step) => (step.op === "kvWrite" ? step.layer : parseTap(step.dst).layer);
  return Array.from({ length: config.numHiddenLayers }, (_, layer) =>
    tape.filter((step) => layerOf(step) === layer),
  );
}

/**
 * What `enterBlock` of the backward page does: fills the slots of that block, by its {@link blockSteps}. Those of the last
 * block are there still from the forward pass.
 */
export function recomputing<Dev extends Handles>(
  pass: ForwardArguments<Dev>,
  steps: readonly Tape[],
): (layer: number) => void {
  const bindings = bindingsOf(pass);
  return (layer) => {
    if (layer === steps.length - 1) return;
    for (const step of steps[layer]) runStep(step, pass.ops, bindings);
  };
}

/** The last lines of a block: the stream behind it is there, and no backward reads the MLP's output. */
function isBehind(step: Step): boolean {
  return "dst" in step && ["hook_mlp_out", "hook_resid_post"].includes(parseTap(step.dst).tap);
}
