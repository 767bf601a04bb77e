/**
 * The ends of sequences, predicted in passes that they share.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import type { Model } from "../../model/model.ts";
import { argmax, logProbability } from "../../nn/log-softmax.ts";
import { eitherSignal } from "../../signals.ts";
import type { FloatArray, NdArray } from "../../tensor/tensor.ts";
import { Places } from "../batch/places.ts";

/** A sequence, and which part of it is predicted. */
export interface Predicted {
  /** All of it. The last is not fed. */
  readonly ids: readonly number[];
  /** Place of the first that is predicted, 1 or more. */
  readonly from: number;
  /** What errors call it, where there are several. */
  readonly name?: string;
}

/** How the tokens that are predicted came out. */
export interface Prediction {
  /** log p of each given all before it, natural logarithm. */
  readonly logprobs: readonly number[];
  /** Whether each is the most probable; of equals the one with the lowest id counts. */
  readonly greedy: readonly boolean[];
}

/** Passes for which there are always rows of texts under way, so that the next is full when one is done. */
const PASSES = 2;

/**
 * Predicts several sequences, each to the bit as alone on the reference backend. They share passes, so that the weights
 * are read once for all of them; as many are under way as fill the passes. If one fails, none goes on.
 */
export async function predictAll<Dev extends Handles>(
  model: Model<Dev>,
  all: readonly Predicted[],
  outer?: AbortSignal,
): Promise<Prediction[]> {
  const rows = new Places(PASSES * model.backend.info.maxRows);
  const stop = new AbortController();
  const { signal, release } = eitherSignal(outer, stop.signal);
  const predictions = all.map(async (one) => {
    const leave = await rows.enter(one.ids.length - 1, signal);
    return predict(model, one, signal, leave).finally(() => leave());
  });
  try {
    return await Promise.all(predictions);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(predictions);
    throw error;
  } finally {
    release();
  }
}

/** Logits are dropped as soon as they are looked at, and only the rows that predict have any. */
async function predict<Dev extends Handles>(
  model: Model<Dev>,
  { ids, from, name }: Predicted,
  signal: AbortSignal,
  onRows: (count: number) => void,
): Promise<Prediction> {
  const logprobs: number[] = [];
  const greedy: boolean[] = [];
  const given = ids.slice(0, -1);
  const cache = model.createCache({ contextLength: given.length });
  let done = 0;
  const look = ({ data, shape: [R, V] }: NdArray, begin: number) => {
    for (let r = 0; r < R; r++) {
      const row = (data as FloatArray).subarray(r * V, (r + 1) * V);
      const token = ids[begin + r + 1];
      logprobs.push(logProbability(row, token));
      greedy.push(argmax(row) === token);
    }
    onRows(begin + R - done);
    done = begin + R;
  };
  try {
    await model.forwardEach(given, cache, look, { logits: ids.length - from, signal, name });
  } finally {
    cache.dispose();
  }
  return { logprobs, greedy };
}
