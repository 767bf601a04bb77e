/**
 * Texts scored: a text or ids, with the text or the ids before them.
 *
 * Where both are texts, lm-evaluation-harness's rule says where the one ends and the other begins (encode-pair.ts): its
 * figures are those that people compare with. Ids are taken as they are.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { isPrompts } from "../../model/check-ids.ts";
import type { Model } from "../../model/model.ts";
import type { OptionNames } from "../../options.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { encodePair } from "./encode-pair.ts";
import { type Score, type Scored, scores, WINDOW_NAMES, type WindowOptions } from "./score.ts";

/** A text, or ids. */
export type Text = string | ArrayLike<number>;

/** The likelihood of a text, or of what comes after one. */
export interface TextScore extends Score {
  /** The pieces of `tokens`: ▁ for a space. An empty text where there is no tokenizer, or none of its pieces. */
  readonly pieces: readonly string[];
  /**
   * Whether a token spans the end of what was given and the beginning of the text, so that the cut between the two is not
   * where the texts meet. Never where one of them is ids.
   */
  readonly joined: boolean;
}

/** How texts are scored. */
export interface TextScoreOptions extends WindowOptions {
  /**
   * What comes before the text and is not scored: a question, say, of which the text is the answer. A text gets its BOS;
   * ids are taken as they are. With several texts either one for all, or as many. The two are encoded
   * together, and white space at the end of what is given counts as the beginning of the text, as in lm-evaluation-harness:
   *
   *     gemma.score(" Paris", { given: "The capital of France is" })
   *     gemma.score("Paris", { given: "The capital of France is " }) // the same: the one token ▁Paris
   */
  readonly given?: Text | readonly Text[];
  /** Stops it. */
  readonly signal?: AbortSignal;
}

export const TEXT_SCORE_NAMES: OptionNames<TextScoreOptions> = {
  ...WINDOW_NAMES,
  given: true,
  signal: true,
};

/** What texts become ids with. */
export interface TextEncoding {
  readonly tokenizer: Tokenizer | undefined;
  /** The ids of a prompt, with its BOS. */
  ids(text: Text, argument: string): ArrayLike<number>;
  /** The ids of what goes on from other ids, without BOS. */
  more(text: Text, argument: string): ArrayLike<number>;
}

/**
 * The scores of `texts`, with their pieces.
 * @param nameOf what errors call each, where there are several.
 * @throws {ArgumentError} if there is nothing to predict in one, or it does not fit.
 */
export async function scoreTexts<Dev extends Handles>(
  model: Model<Dev>,
  texts: readonly Text[],
  encoding: TextEncoding,
  { given, signal, ...windows }: TextScoreOptions,
  nameOf: (i: number) => string | undefined = () => undefined,
): Promise<TextScore[]> {
  const op = "score";
  const { tokenizer } = encoding;
  const contexts = contextsOf(op, given, texts.length);
  const all = texts.map((text, i) => {
    const context = contexts?.[i];
    if (context === undefined)
      return { ids: encoding.ids(text, nameOf(i) ?? "prompt"), joined: false };
    return pairOf(op, context, text, encoding, nameOf(i) ?? "prompt");
  });
  const scored = all.map(({ joined: _, ...ids }, i): Scored => ({ ...ids, name: nameOf(i) }));
  const found = await scores(op, model, scored, windows, signal);
  return found.map((score, i) => {
    return { ...score, pieces: piecesOf(tokenizer, score.tokens), joined: all[i].joined };
  });
}

/** As many contexts as texts. */
function contextsOf(
  op: string,
  given: TextScoreOptions["given"],
  count: number,
): readonly Text[] | undefined {
  if (given === undefined) return undefined;
  if (!isPrompts<Text>(given)) return new Array<Text>(count).fill(given as Text);
  if (given.length === count) return given;
  const expected = `one for all, or ${count} of them`;
  throw refusals(op).argument("given", expected, given.length);
}

interface Pair {
  readonly ids: ArrayLike<number>;
  readonly given: ArrayLike<number>;
  readonly joined: boolean;
}

function pairOf(
  op: string,
  context: Text,
  text: Text,
  encoding: TextEncoding,
  argument: string,
): Pair {
  const given = encoding.ids(context, "given");
  if (text === "") {
    const expected = "a text of at least one character";
    throw refusals(op).argument(argument, expected, brief(text), "there is nothing to predict");
  }
  const more = encoding.more(text, argument);
  const { tokenizer } = encoding;
  if (typeof context !== "string" || typeof text !== "string" || !tokenizer) {
    return { given, ids: more, joined: false };
  }
  const bos = given[0];
  const encode = (some: string) => [bos, ...tokenizer.encode(some)];
  const pair = encodePair(encode, context, text);
  return { given: pair.context, ids: pair.continuation, joined: pair.joined };
}

function piecesOf(tokenizer: Tokenizer | undefined, ids: readonly number[]): string[] {
  // A vocabulary may have fewer pieces than the embedding has rows.
  return ids.map((id) => (tokenizer && id < tokenizer.vocabSize ? tokenizer.piece(id) : ""));
}
