/**
 * A context and its continuation, as tokens.
 * @module
 */
import { rstrip } from "../../python/text.ts";

/** Tokens of a pair. */
export interface EncodedPair {
  /** With BOS. */
  readonly context: readonly number[];
  /** At least one, unless both texts are empty. */
  readonly continuation: readonly number[];
  /** Whether a token spans the join, so that the cut is not where the texts meet. */
  readonly joined: boolean;
}

/**
 * Encodes a pair as lm-evaluation-harness does (`TemplateLM._encode_pair`): white space at the end of the context moves
 * to the continuation, both texts are encoded together, and the continuation is what lies behind as many tokens as the
 * context has alone:
 *
 *     continuation = encode(context + continuation)[encode(context).length …]
 *
 * Where a token spans the join, that cut is not where the texts meet, and what is fed (the context's own tokens, then this
 * continuation) is not quite the text. The harness does so silently; here the pair is marked. If nothing is left of the
 * continuation, it is encoded by itself: the harness fails there, an hour in (its issues 1053 and 3336).
 *
 * @param encode gives BOS and the tokens of a text.
 */
export function encodePair(
  encode: (text: string) => readonly number[],
  context: string,
  continuation: string,
): EncodedPair {
  // #region cut
  const stripped = rstrip(context);
  const moved = context.slice(stripped.length);
  const before = encode(stripped);
  const whole = encode(context + continuation);
  const joined = before.some((id, i) => id !== whole[i]);
  const behind = whole.slice(before.length);
  // #endregion
  if (behind.length > 0) return { context: before, continuation: behind, joined };
  return { context: before, continuation: encode(moved + continuation).slice(1), joined };
}
