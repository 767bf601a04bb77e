/**
 * The number by which a run is judged in a patching sweep, made of its last logits.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger } from "../../check.ts";
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import { assertNames } from "../../options.ts";
import { type NdArray, tensor } from "../../tensor/tensor.ts";

/** Two tokens, of which the metric is the difference of logits: logit[correct] − logit[wrong]. */
export interface TokenPair {
  /** The id that the clean text makes likely. */
  readonly correct: number;
  /** The id that the corrupted text makes likely. */
  readonly wrong: number;
}

/** A pair of tokens, or a function of the logits [V] of the last position. */
export type PatchMetric = TokenPair | ((logits: NdArray) => number);

/**
 * The metric as a function of logits [1, V].
 * @throws {ArgumentError} naming `op`, unless it is a pair of ids, or a function; the function too, if it gives no number.
 */
export function metricOf(
  op: string,
  metric: PatchMetric,
  { vocabSize: V }: GemmaConfig,
): (logits: NdArray) => number {
  const refuse = refusals(op);
  if (typeof metric === "function") {
    return (logits) => {
      const value: unknown = metric(tensor(logits.data, [V], logits.offset));
      if (typeof value === "number" && Number.isFinite(value)) return value;
      const hint = value instanceof Promise ? "the metric cannot be asynchronous" : undefined;
      throw refuse.argument("metric", "a function that gives a finite number", brief(value), hint);
    };
  }
  if (typeof metric !== "object" || metric === null) {
    const expected = "{ correct, wrong }, two token ids, or a function of logits";
    throw refuse.argument("metric", expected, brief(metric));
  }
  assertNames(refuse, metric, { correct: true, wrong: true }, "a token of the pair", "metric.");
  const { correct, wrong } = metric;
  for (const [name, id] of Object.entries({ correct, wrong })) {
    assertInteger(op, `metric.${name}`, id, { from: 0, to: V - 1 });
  }
  if (correct === wrong) {
    throw refuse.argument("metric", "two tokens", `${correct} twice`, "their logits are compared");
  }
  return (logits) => logits.get(0, correct) - logits.get(0, wrong);
}
