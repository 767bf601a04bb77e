/**
 * A text that may be longer than the context, cut into windows so that each token is predicted once.
 * @module
 */

/** One window: what is fed before, and what is predicted. */
export interface Window {
  /** Ids that are fed and not scored. */
  readonly given: readonly number[];
  /** Ids that are scored. */
  readonly predicted: readonly number[];
}

/**
 * Windows of `length` tokens to predict, as lm-evaluation-harness cuts them (`get_rolling_token_windows`,
 * `make_disjoint_window`). The first is conditioned on BOS. Each later one predicts `stride` tokens, after the `length` −
 * `stride` + 1 tokens before them; the last one what is left, after as many as fit before that:
 *
 *     length 4, stride 4     BOS → 0 1 2 3     3 → 4 5 6 7       5 6 7 → 8 9
 *     length 4, stride 2     BOS → 0 1 2 3     1 2 3 → 4 5       3 4 5 → 6 7       5 6 7 → 8 9
 *
 * A stride of `length` is the harness's context of one; each window then sees one token of what is before it. `length` tokens of a
 * window are fed, as the last is only predicted.
 *
 * The harness's `hf` model, with a tokenizer that adds BOS, predicts that BOS too (about 10 nats more a text); this is
 * its documented intention instead: BOS once, and never predicted.
 *
 * @param tokens of the text, without BOS.
 * @param bos the token that the first is conditioned on.
 * @param stride from 1 to `length`.
 */
export function windowsOf(
  tokens: readonly number[],
  bos: number,
  length: number,
  stride: number = length,
): Window[] {
  if (tokens.length === 0) return [];
  const windows: Window[] = [{ given: [bos], predicted: tokens.slice(0, length) }];
  for (let done = length; done < tokens.length; ) {
    const end = Math.min(tokens.length, done + stride);
    const from = Math.max(0, end - length - 1);
    windows.push({ given: tokens.slice(from, done), predicted: tokens.slice(done, end) });
    done = end;
  }
  return windows;
}

/** The windows with a BOS before each that does not begin with one: as Gemma has seen every text in training. */
export function withBos(windows: readonly Window[], bos: number): Window[] {
  return windows.map(({ given, predicted }) => ({
    given: given[0] === bos ? given : [bos, ...given],
    predicted,
  }));
}
