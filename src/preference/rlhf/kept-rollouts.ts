/**
 * Rollouts as JSON: where several updates are made from the same answers, the answers are part of a saved run, as the weights that
 * drew them are gone. Numbers keep their bits (JSON's are the shortest that read back as the same float64).
 * @module
 */
import { isObject, type JsonValue } from "../../source/json.ts";
import type { RatedRollout } from "../rollout/rollout.ts";

const ARRAYS = ["sampled", "logprobs", "reference", "advantages"] as const;

/** What of a rollout cannot be told from the rest. */
export function rolloutToJson(rollout: RatedRollout): JsonValue {
  const { prompt, ids, promptLength, text, isClosed, reward, shaped } = rollout;
  const ofAnswer = (values: Float64Array) => Array.from(values.subarray(promptLength));
  const arrays = ARRAYS.map((name) => [name, ofAnswer(rollout[name])] as const);
  const rest = { prompt, ids: Array.from(ids), promptLength, text, isClosed, reward, shaped };
  return { ...rest, ...Object.fromEntries(arrays) };
}

/** The rollout of {@link rolloutToJson}. */
export function rolloutFromJson(value: JsonValue): RatedRollout {
  const { ids, promptLength, ...rest } = (isObject(value) ? value : {}) as unknown as Omit<
    RatedRollout,
    (typeof ARRAYS)[number] | "mask"
  > & { readonly [name in (typeof ARRAYS)[number]]: readonly number[] };
  const T = ids.length;
  const behindPrompt = (values: ArrayLike<number>) => {
    const whole = new Float64Array(T);
    whole.set(values, promptLength);
    return whole;
  };
  return {
    ...rest,
    ids: Int32Array.from(ids),
    promptLength,
    mask: new Float64Array(T).fill(1, promptLength),
    sampled: behindPrompt(rest.sampled),
    logprobs: behindPrompt(rest.logprobs),
    reference: behindPrompt(rest.reference),
    advantages: behindPrompt(rest.advantages),
  };
}
