/**
 * The head of a reward model in a file: `score.weight`, [1, D], without a bias. Hugging Face's `GemmaForSequenceClassification`
 * of one label has it.
 * @module
 */
import { refusals } from "../../errors.ts";
import type { Precision } from "../../tensor/precision.ts";
import { assertDType, type RowSource, storedFromBytes, widenRow } from "../../tensor/stored.ts";
import { type FloatArray, formatShape } from "../../tensor/tensor.ts";

/** Its name. */
export const SCORE = "score.weight";

/**
 * The numbers of a head, [D].
 * @throws {FormatError} if it has another shape: a classifier of several labels has no reward.
 */
export async function readScore(
  op: string,
  stored: RowSource,
  D: number,
  precision: Precision,
  signal?: AbortSignal,
): Promise<FloatArray> {
  const { shape } = stored;
  if (shape.length !== 2 || shape[0] !== 1 || shape[1] !== D) {
    const isClassifier = shape.length === 2 && shape[1] === D;
    const hint = isClassifier
      ? `a reward is one number, and this head tells ${shape[0]} labels apart`
      : "config.json and weights may be of different models";
    const expected = `a tensor of shape ${formatShape([1, D])}`;
    throw refusals(op).format(SCORE, expected, formatShape(shape), hint);
  }
  signal?.throwIfAborted();
  assertDType(stored);
  const row = new Float64Array(D);
  widenRow(storedFromBytes(await stored.rows(0, 1, signal), stored.dtype, shape), 0, row);
  const data = precision.alloc(D);
  data.set(row);
  return data;
}
