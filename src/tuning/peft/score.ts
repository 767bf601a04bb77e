/**
 * An adapter with the head that scores, as PEFT has them of a `GemmaForSequenceClassification`:
 *
 *     adapter_config.json          task_type "SEQ_CLS", modules_to_save ["score"]
 *     adapter_model.safetensors    factors, and base_model.model.score.weight [labels, D]
 *
 * `readAdapter` reads both: the head is `adapter.whole.get("score.weight")`. PEFT itself writes ["classifier", "score"], as it names
 * whatever head a model may have; both are read.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { heldWeight } from "../../tensor/held.ts";
import { elementsOf, type FloatArray, formatShape, tensor } from "../../tensor/tensor.ts";
import type { Adapter } from "../lora/adapter.ts";
import type { PeftAdapter } from "./adapter.ts";

/** The module, and its weight. */
const [MODULE, WEIGHT] = ["score", "score.weight"];

/** The head of a model that scores: a parameter that is trained has these. */
export interface ScoreHead {
  /** [labels, D]; one label is a reward. */
  readonly shape: readonly number[];
  /** Its numbers, row-major. */
  readonly data: FloatArray;
}

/** An adapter of a model that scores. */
export type ScoringAdapter = Adapter & Partial<PeftAdapter> & { readonly task: "SEQ_CLS" };

/**
 * `adapter` with a head, for `writeAdapter`. The head's numbers are those of the time when they are written.
 *
 *     const { model, adapter } = await loraModel(reference, { r: 8 });
 *     const reward = await RewardModel.on(model);                       // and train it
 *     writeAdapter(withScore(adapter, reward.score));
 *
 * To go on: `RewardModel.on((await loraModel(reference, { adapter })).model, { tensors: adapter.whole })`.
 * @throws {ArgumentError} if the head is not [labels, D].
 */
export function withScore(adapter: Adapter, score: ScoreHead): ScoringAdapter {
  const { argument: refuse } = refusals("withScore");
  if (!(adapter?.pairs instanceof Map)) {
    throw refuse("adapter", "an Adapter", brief(adapter), "loraModel gives one, and readAdapter");
  }
  const { shape, data } = Object(score) as Partial<ScoreHead>;
  const isHead = Array.isArray(shape) && shape.length === 2 && data instanceof Object;
  if (!isHead || elementsOf(shape) !== data.length) {
    const got = Array.isArray(shape) ? formatShape(shape) : brief(score);
    throw refuse("score", "a head [labels, D]: { shape, data }", got);
  }
  const { settings } = adapter;
  const known: Partial<PeftAdapter> = adapter;
  const saved = settings.whole ?? [];
  const isNamed = saved.includes(MODULE);
  const whole = new Map(adapter.whole);
  whole.set(WEIGHT, heldWeight(WEIGHT, tensor(data, shape)));
  return {
    ...adapter,
    settings: isNamed ? settings : { ...settings, whole: [...saved, MODULE] },
    whole,
    task: "SEQ_CLS",
    // The config that it was read with says the same only if it knows of the head.
    configText: isNamed && known.task === "SEQ_CLS" ? known.configText : undefined,
  };
}
