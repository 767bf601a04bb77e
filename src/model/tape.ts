/**
 * The forward pass as data: one run of forward.ts against the recording backend.
 * @module
 */
import { type RecordedHandles, recorder, type Tape } from "../backend/record.ts";
import type { GemmaConfig } from "../config.ts";
import { embeddingScale } from "./embedding-scale.ts";
import { forward } from "./forward.ts";
import { mapWeights } from "./weights/weights.ts";

/**
 * The tape of a model: tensors are tap names, weights checkpoint names. 291 steps for the 2B, 451
 * for the 7B, whatever the number of tokens.
 * @param page the forward pass; another than forward.ts gives the tape of that one.
 */
export function forwardTape(
  config: GemmaConfig,
  embedScale: number = embeddingScale(config.hiddenSize),
  page: typeof forward = forward,
): Tape {
  const { tape, ...symbols } = recorder();
  page<RecordedHandles>({
    config,
    ...symbols,
    weights: mapWeights(config, ({ name }) => name),
    slots: (name) => name,
    ids: "ids",
    embedScale,
  });
  return tape;
}
