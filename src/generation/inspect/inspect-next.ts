/**
 * How the token after a prompt is chosen: the prompt is run, and sampling is looked at (inspect-sampling.ts).
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { assertIds, assertSequence } from "../../model/check-ids.ts";
import { assertIsModel } from "../../model/check-model.ts";
import type { Model } from "../../model/model.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { FloatArray } from "../../tensor/tensor.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { without } from "../chooser.ts";
import {
  assertInspection,
  INSPECT_SAMPLING_NAMES,
  type InspectSamplingOptions,
  inspection,
} from "./inspect-sampling.ts";
import type { SamplingInspection } from "./sampling-inspection.ts";

/** Options of {@link inspectNext}. */
export interface InspectNextOptions extends InspectSamplingOptions {
  /** Stops the pass; the call rejects with its reason. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<InspectNextOptions> = { ...INSPECT_SAMPLING_NAMES, signal: true };

/**
 * What sampling makes of the token after `ids` [T], from their BOS on. Padding is out of reach, as in a generation.
 * @param options {@link InspectNextOptions}
 * @throws {ArgumentError} if an option is out of range or does nothing.
 */
export async function inspectNext<Dev extends Handles>(
  model: Model<Dev>,
  tokenizer: Tokenizer | undefined,
  ids: ArrayLike<number>,
  options: InspectNextOptions = {},
): Promise<SamplingInspection> {
  const op = "inspectSampling";
  assertIsModel(op, model);
  assertOptions(op, options, NAMES);
  assertInspection(options);
  assertIds(op, ids, model.config);
  assertSequence(op, ids, model.config);
  const { signal, ...sampling } = options;
  const cache = model.createCache({ contextLength: ids.length });
  try {
    const { data } = await model.forward(ids, cache, { signal });
    return inspection(without(model.paddingIds, data as FloatArray), sampling, tokenizer);
  } finally {
    cache.dispose();
  }
}
