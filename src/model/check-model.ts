/**
 * What the functions that take a model ask of it.
 * @module
 */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { Model } from "./model.ts";

/**
 * @param hint where callers get one, or what they could call instead.
 * @throws {ArgumentError} unless `model` is a {@link Model}.
 */
export function assertIsModel(
  op: string,
  model: unknown,
  hint = `Model.load(...) gives one, and gemma.${op}(...) has its own`,
): asserts model is Model {
  if (model instanceof Model) return;
  throw refusals(op).argument("model", "a Model", brief(model), hint);
}
