/**
 * The library's own tokenizer and chat format as a testee, or a known bug in its place.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { Testee } from "../run/testee.ts";
import { type TextEngine, textEngine } from "./text-mutant.ts";
import { TEXT_MUTANTS } from "./text-mutants.ts";

/** What a testee of the text side needs of {@link Testee}. */
export type TextTestee = Pick<
  Testee,
  "info" | "loadTokenizer" | "encode" | "decode" | "encodeChat" | "answer"
>;

/** Which bugs are switched on. */
export interface TextTesteeOptions {
  /** Known bugs, by their ids, at most one of each kind. Default none. */
  readonly mutants?: readonly string[];
}

export const TEXT_TESTEE_NAMES: OptionNames<TextTesteeOptions> = { mutants: true };

/**
 * A testee of tier T3 alone.
 * @throws {ArgumentError} if there is no such mutant.
 */
export function textTestee(options: TextTesteeOptions = {}): TextTestee & Testee {
  assertOptions("textTestee", options, TEXT_TESTEE_NAMES);
  const { mutants = [] } = options;
  const chosen = mutants.map((id) => {
    const found = TEXT_MUTANTS.find((mutant) => mutant.id === id);
    if (found) return found;
    const expected = `a known bug: ${TEXT_MUTANTS.map((mutant) => mutant.id).join(", ")}`;
    throw refusals("textTestee").argument("mutants", expected, brief(id));
  });
  let engine: TextEngine | undefined;
  const live = (): TextEngine => {
    if (engine) return engine;
    const expected = "a tokenizer that was loaded";
    throw refusals("textTestee").argument("tokenizer", expected, "no tokenizer");
  };
  const noModel = async (): Promise<never> => {
    throw refusals("textTestee").unsupported(undefined, "texts and token ids", "a model");
  };
  return {
    info: { name: ["reference", ...mutants].join(" with ") },
    load: noModel,
    reset: noModel,
    forward: noModel,
    async loadTokenizer(name, model) {
      engine = textEngine(Tokenizer.fromBytes(model, name), chosen);
    },
    encode: async (text) => live().encode(text),
    decode: async (ids) => live().decode(ids),
    encodeChat: async (messages) => live().encodeChat(messages),
    answer: async (ids) => live().answer(ids),
  };
}
