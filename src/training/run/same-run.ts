/**
 * Whether a saved run and one that is to go on from it are the same run: the options, and the weights that learn.
 * @module
 */
import { brief } from "../../brief.ts";
import type { Refusals } from "../../errors.ts";
import { isObject, type JsonValue } from "../../source/json.ts";
import type { RowSource } from "../../tensor/stored.ts";
import { type FloatArray, formatShape } from "../../tensor/tensor.ts";
import type { Parameter } from "../trains.ts";
import type { TrainingRun } from "./training-run.ts";

/** A weight that learns. */
export type Learning = Parameter & { readonly gradient: FloatArray };

/** The weights of a run that learn. */
export function learning<Item>({ model }: TrainingRun<Item>): Learning[] {
  const isLearning = (parameter: Parameter): parameter is Learning => Boolean(parameter.gradient);
  return [...model.parameters.values()].filter(isLearning);
}

/** What a run must have in common with the one that it goes on from. Functions cannot be compared. */
export function settingsOf<Item>({ model, options }: TrainingRun<Item>): JsonValue {
  const { optimizer, schedule, maxNorm = null, zLoss = 0 } = options;
  const [first] = model.parameters.values();
  const precision = first?.data instanceof Float64Array ? "float64" : "float32";
  const settings = {
    precision,
    optimizer: optimizer.settings,
    schedule: schedule.settings ?? null,
    maxNorm,
    zLoss,
  };
  return JSON.parse(JSON.stringify(settings)) as JsonValue;
}

/** @throws {ArgumentError} naming the first setting, by its path, that is not as it was. */
export function assertSame(saved: JsonValue, own: JsonValue, path: string, refuse: Refusals): void {
  if (isObject(saved) && isObject(own)) {
    for (const name of new Set([...Object.keys(saved), ...Object.keys(own)])) {
      const [before, now] = [saved[name] ?? null, own[name] ?? null] as JsonValue[];
      assertSame(before, now, path === "" ? name : `${path}.${name}`, refuse);
    }
    return;
  }
  if (JSON.stringify(saved) === JSON.stringify(own)) return;
  const hint =
    "a run goes on with the options that it began with; begin another one from its weights";
  throw refuse.argument(path, `${brief(saved)}, as in the saved run`, brief(own), hint);
}

/** @throws {ArgumentError} unless `weights` of a file are those that learn, with their shapes and dtypes. */
export function assertSameWeights(
  weights: ReadonlyMap<string, RowSource>,
  parameters: readonly Learning[],
  refuse: Refusals,
): void {
  const names = new Set(parameters.map(({ name }) => name));
  const other = [...weights.keys()].find((name) => !names.has(name));
  const hint = "resume with the model that the run began with";
  if (other !== undefined) {
    throw refuse.argument(other, "a weight that learns, as in the saved run", "no such one", hint);
  }
  for (const { name, shape, data } of parameters) {
    const saved = weights.get(name);
    const dtype = data instanceof Float64Array ? "float64" : "float32";
    const expected = saved ? `${saved.dtype} ${formatShape(saved.shape)}` : "no weight that learns";
    const got = `${dtype} ${formatShape(shape)}`;
    if (saved && expected === got) continue;
    throw refuse.argument(name, `${expected}, as in the saved run`, got, hint);
  }
}
