/**
 * Bias: logits of single tokens, raised or lowered before anything else is done to them.
 *
 *     logits[v] + bias[v]
 *
 * OpenAI's `logit_bias`, and Hugging Face's `sequence_bias` for sequences of one token. −∞ forbids a token.
 * @module
 */
import { brief } from "../../brief.ts";
import { idHint, numberGot } from "../../check.ts";
import { refusals } from "../../errors.ts";

/** What is added to the logit of a token, by its id. In an object ids are names: `{ 107: -5 }`. */
export type LogitBias = Readonly<Record<number, number>> | ReadonlyMap<number, number>;

/** Adds `bias` to `logits` [V], in place. */
export function addLogitBias(logits: Float64Array, bias: ReadonlyMap<number, number>): void {
  for (const [id, by] of bias) logits[id] += by;
}

/** A bias by ids that are numbers: what comes with every token should not be read anew. */
export function biasById(bias: LogitBias): ReadonlyMap<number, number> {
  return new Map(biasEntries(bias).map(([id, by]) => [id, by]));
}

/**
 * @param vocabSize ids lie below it. Default: it is not known yet.
 * @throws {ArgumentError} unless `bias` has a number for each of its ids.
 */
export function assertLogitBias(
  op: string,
  bias: LogitBias,
  vocabSize?: number,
  argument = "logitBias",
): void {
  const { argument: refuse } = refusals(op);
  if (typeof bias !== "object" || bias === null || Array.isArray(bias)) {
    const hint = "write { [id]: bias }; -Infinity forbids a token";
    throw refuse(argument, "numbers by token id", brief(bias), hint);
  }
  for (const [id, by, key] of biasEntries(bias)) {
    if (!(Number.isInteger(id) && id >= 0 && id < (vocabSize ?? Number.POSITIVE_INFINITY))) {
      const expected = vocabSize === undefined ? "token ids" : `ids from 0 to ${vocabSize - 1}`;
      const hint = typeof key === "string" && Number.isNaN(id) ? idHint(key, "") : undefined;
      throw refuse(argument, expected, brief(key), hint);
    }
    if (typeof by === "number" && by < Number.POSITIVE_INFINITY) continue;
    const expected = "a number, or -Infinity to forbid the token";
    const hint = by === Number.POSITIVE_INFINITY ? "100 makes a token all but certain" : undefined;
    throw refuse(`${argument}[${id}]`, expected, numberGot(by), hint);
  }
}

/** Each id, what is added, and the id as it was written: in an object it is a text. */
function biasEntries(bias: LogitBias): (readonly [id: number, by: number, key: unknown])[] {
  const isMap = bias instanceof Map;
  const entries = isMap ? [...bias] : Object.entries(bias);
  return entries.map(([key, by]) => [
    isMap || /^(0|[1-9]\d*)$/.test(key) ? Number(key) : Number.NaN,
    by,
    key,
  ]);
}
