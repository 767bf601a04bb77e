/**
 * The forward pass of the bundled model as a tape, each tensor by the name of its slot.
 * @module
 */
import type { Backend } from "../../../src/backend/backend.ts";
import {
  type RecordedHandles,
  recorder,
  type Step,
  type Tape,
} from "../../../src/backend/record.ts";
import type { GemmaConfig } from "../../../src/config.ts";
import { embeddingScale } from "../../../src/model/embedding-scale.ts";
import { forward } from "../../../src/model/forward.ts";
import { sharedSlots } from "../../../src/model/slots.ts";
import { mapWeights } from "../../../src/model/weights/weights.ts";

/** The steps of a pass, with the slots that are shared for inference. */
export function programOf(config: GemmaConfig): Tape {
  const { tape, ...symbols } = recorder();
  const named = { alloc: (label: string) => label } as Partial<Backend<RecordedHandles>>;
  forward<RecordedHandles>({
    config,
    ...symbols,
    weights: mapWeights(config, ({ name }) => name),
    slots: sharedSlots(named as Backend<RecordedHandles>, config, { rows: 1, logitRows: 1 }),
    ids: "ids",
    embedScale: embeddingScale(config.hiddenSize),
  });
  return tape;
}

/** The slots that a step writes, and those that it reads. */
export function slotsOf(step: Step): { writes: readonly string[]; reads: readonly string[] } {
  switch (step.op) {
    case "embed":
      return { writes: [step.dst], reads: [] };
    case "rmsNorm":
    case "matmul":
    case "rope":
      return { writes: [step.dst], reads: [step.x] };
    case "kvWrite":
      return { writes: [], reads: [step.k, step.v] };
    case "attention":
      return { writes: [step.dst], reads: [step.q] };
    case "geglu":
      return { writes: [step.dst], reads: [step.gate, step.up] };
    case "add":
      return { writes: [step.dst], reads: [step.x, step.y] };
  }
}
