/**
 * A function of the caller's that changes logits before a token is chosen: grammars, bans, experiments.
 * @module
 */
import { brief } from "../../brief.ts";
import { isList } from "../../check.ts";
import { refusals } from "../../errors.ts";

/**
 * Changes the logits that the next token is chosen by: in place, or by returning others. −∞ forbids a token.
 *
 *     const noE: LogitsProcessor = (logits) => {
 *       for (const id of idsWithE) logits[id] = -Infinity;
 *     };
 *
 * @param logits [V], a copy. Tokens that cannot come (padding, ends before `minTokens`) are −∞.
 * @param tokens the ids so far, from the beginning of the prompt on.
 */
export type LogitsProcessor = (
  logits: Float64Array,
  tokens: readonly number[],
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is of this type, too
) => Float64Array | readonly number[] | undefined | void;

/**
 * The logits that `process` makes.
 * @throws {ArgumentError} if they are not V numbers, or no token is left that may come.
 */
export function processed(
  op: string,
  process: LogitsProcessor,
  logits: Float64Array,
  tokens: readonly number[],
): Float64Array {
  const { length: V } = logits;
  const returned: unknown = process(logits, tokens) ?? logits;
  const argument = "logitsProcessor";
  const { argument: refuse } = refusals(op);
  if (!isList(returned) || (returned as ArrayLike<number>).length !== V) {
    const hint =
      returned instanceof Promise
        ? "it cannot wait: a token is chosen as soon as its logits are there"
        : "change the logits in place and return nothing";
    throw refuse(
      argument,
      `a function that returns ${V} logits, or nothing`,
      brief(returned),
      hint,
    );
  }
  const made = Float64Array.from(returned as ArrayLike<number>);
  for (let v = 0; v < V; v++) {
    if (made[v] < Number.POSITIVE_INFINITY) continue;
    const expected = "numbers, or -Infinity for tokens that must not come";
    throw refuse(argument, expected, `${made[v]} for token ${v}`);
  }
  return made;
}
