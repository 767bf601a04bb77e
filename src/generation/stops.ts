/**
 * What ends a text: tokens of the model's own, and tokens and texts that the caller names.
 *
 * A model may have several ends, and its files name them in several places. All of them count: a program that looks
 * at one place runs on into the next turn (mlx-vlm#2112).
 * @module
 */
import { brief } from "../brief.ts";
import { assertIdsBelow, listHint } from "../check.ts";
import { eosTokenIds, type GemmaConfig } from "../config.ts";
import { refusals } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { FIM_PIECES, TURN_END_PIECES } from "../tokenizer/end-pieces.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/**
 * Why a generation ended: the model said so (`eos`, `end_of_turn`), a stop of the caller's, `maxTokens`, the context
 * is full, or the signal.
 */
export type FinishReason = "eos" | "end_of_turn" | "stop" | "length" | "context" | "abort";

/** The end of a generation. */
export interface Ending {
  /** Why it ended. */
  readonly finishReason: FinishReason;
  /** The token or the stop text that ended it, if one did. */
  readonly stopReason?: number | string;
}

/** Where a text ends, besides the model's own ends. */
export interface StopOptions {
  /** Texts at which to end; they are not part of what is generated. */
  readonly stop?: string | readonly string[];
  /** Tokens at which to end, besides the model's own. The last token is one of them then, and has no text. */
  readonly stopTokenIds?: readonly number[];
  /** Go past the model's own ends. Default false. */
  readonly ignoreEos?: boolean;
}

export const STOP_NAMES: OptionNames<StopOptions> = {
  stop: true,
  stopTokenIds: true,
  ignoreEos: "boolean",
};

/** Tokens that end a text, and what their coming means. */
export type EndTokens = ReadonlyMap<number, "eos" | "end_of_turn" | "stop">;

/**
 * The tokens that end a text. The model's own: `eos_token_id` of its config (which holds those of
 * generation_config.json, too), `<eos>`, `<end_of_turn>` and `<|im_end|>`, and CodeGemma's markers.
 */
export function endTokens(
  config: GemmaConfig,
  tokenizer: Tokenizer | undefined,
  options: Omit<StopOptions, "stop"> = {},
): EndTokens {
  assertOptions("endTokens", options, { stopTokenIds: true, ignoreEos: "boolean" });
  const { stopTokenIds = [], ignoreEos = false } = options;
  const ends = new Map<number, "eos" | "end_of_turn" | "stop">();
  for (const id of stopTokenIds) ends.set(id, "stop");
  if (ignoreEos) return ends;
  for (const id of eosTokenIds(config)) ends.set(id, "eos");
  if (!tokenizer) return ends;
  if (tokenizer.eosId >= 0) ends.set(tokenizer.eosId, "eos");
  const put = (pieces: readonly string[], as: "eos" | "end_of_turn") => {
    for (const piece of pieces) {
      const id = tokenizer.idOf(piece);
      if (id !== undefined) ends.set(id, as);
    }
  };
  put(FIM_PIECES, "eos");
  put(TURN_END_PIECES, "end_of_turn");
  return ends;
}

/**
 * @returns the stop texts.
 * @throws {ArgumentError} if an option is of another kind, or there are texts and no tokenizer to make text.
 */
export function assertStops(
  op: string,
  { stop = [], stopTokenIds = [] }: StopOptions,
  vocabSize: number = Number.POSITIVE_INFINITY,
): readonly string[] {
  const refuse = refusals(op);
  if (typeof stop !== "string" && !Array.isArray(stop)) {
    throw refuse.argument("stop", "a text, or a list of texts", brief(stop));
  }
  const stops = typeof stop === "string" ? [stop] : (stop as readonly string[]);
  const other = stops.findIndex((text) => typeof text !== "string");
  if (other >= 0) {
    const hint = typeof stops[other] === "number" ? "stopTokenIds takes token ids" : undefined;
    throw refuse.argument(`stop[${other}]`, "a text", brief(stops[other]), hint);
  }
  const empty = stops.indexOf("");
  if (empty >= 0) {
    const argument = typeof stop === "string" ? "stop" : `stop[${empty}]`;
    throw refuse.argument(argument, "a text of at least one character", "an empty text");
  }
  if (!Array.isArray(stopTokenIds) && !ArrayBuffer.isView(stopTokenIds)) {
    const hint = listHint(stopTokenIds);
    throw refuse.argument("stopTokenIds", "a list of token ids", brief(stopTokenIds), hint);
  }
  assertIdsBelow(op, stopTokenIds, vocabSize, "stopTokenIds");
  return stops;
}

/** @throws {ArgumentError} if there are stop texts, and no tokenizer to make text. */
export function assertStopTexts(
  op: string,
  stops: readonly string[],
  tokenizer: Tokenizer | undefined,
): void {
  if (stops.length === 0 || tokenizer) return;
  const expected = "no stop texts, without a tokenizer to make text";
  throw refusals(op).argument("stop", expected, brief(stops), "stopTokenIds takes token ids");
}
