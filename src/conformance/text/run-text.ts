/**
 * Tier T3: texts, conversations and answers through a testee, each answer held against the ids that are right.
 * @module
 */
import { brief } from "../../brief.ts";
import { UnsupportedError } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { Result, Status } from "../run/result.ts";
import { MAIN_TOKENIZER, type TextSuite } from "./text-suite.ts";
import type { TextTestee } from "./text-testee.ts";
import {
  rightAnswers,
  sameAnswer,
  type TextAnswer,
  type TextVector,
  textOf,
} from "./text-vector.ts";

/** Answers by the ids of their vectors: those that were answers at all. */
export type TextAnswers = ReadonlyMap<string, TextAnswer>;

/** Results in the order of the vectors, and what was answered. */
export interface TextRun {
  readonly results: readonly Result[];
  readonly answers: TextAnswers;
}

/** What is run of a suite. */
export interface RunTextOptions {
  /** Whether a vector is wanted. Default all. */
  readonly isWanted?: (id: string) => boolean;
  /** Told of each result as it comes. */
  readonly onResult?: (result: Result) => void;
}

export const RUN_TEXT_NAMES: OptionNames<RunTextOptions> = {
  isWanted: "function",
  onResult: "function",
};

/**
 * Runs the vectors of `suite` on `testee`, those of one tokenizer after those of another. A testee that answers badly
 * gives results of status `error`; nothing is thrown for it.
 *
 * A testee without `loadTokenizer` is asked for the tokenizer that comes with the suite, and the others are
 * unsupported.
 */
export async function runText(
  testee: TextTestee,
  suite: TextSuite,
  options: RunTextOptions = {},
): Promise<TextRun> {
  assertOptions("runText", options, RUN_TEXT_NAMES);
  const { isWanted = () => true, onResult } = options;
  const results: Result[] = [];
  const answers = new Map<string, TextAnswer>();
  for (const [name, { model }] of suite.tokenizers) {
    const vectors = suite.vectors.filter(
      (vector) => tokenizerOf(vector) === name && isWanted(vector.id),
    );
    if (vectors.length === 0) continue;
    const tokenizer = Tokenizer.fromBytes(model, name);
    const loading = await settled(async () => {
      if (testee.loadTokenizer) await testee.loadTokenizer(name, model);
      else if (name !== MAIN_TOKENIZER) throw unsupported("other tokenizers than the bundled one");
    });
    for (const vector of vectors) {
      const began = performance.now();
      const asked = loading.failed ? loading : await settled(() => ask(testee, vector));
      const { answer, ...judged } = asked.failed ?? judge(vector, asked.value, tokenizer);
      const refused = vector.kind === "encode" && vector.refusable && judged.status === "error";
      const { id, note } = vector;
      const status = refused ? "unsupported" : judged.status;
      const seconds = (performance.now() - began) / 1000;
      const result: Result = { id, tier: "T3", note, taps: [], ...judged, status, seconds };
      if (answer !== undefined) answers.set(id, answer);
      results.push(result);
      onResult?.(result);
    }
  }
  return { results, answers };
}

/** The tokenizer of a vector. */
export function tokenizerOf(vector: TextVector): string {
  return "tokenizer" in vector ? vector.tokenizer : MAIN_TOKENIZER;
}

interface Verdict {
  readonly status: Status;
  readonly message?: string;
  readonly answer?: TextAnswer;
}

type Settled<T> =
  | { readonly failed: Verdict; readonly value?: undefined }
  | { readonly failed?: undefined; readonly value: T };

/** A value, or what is said of its failure. */
async function settled<T>(run: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await run() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const status = error instanceof UnsupportedError ? "unsupported" : "error";
    return { failed: { status, message } };
  }
}

function unsupported(what: string): UnsupportedError {
  return new UnsupportedError({ op: "testee", expected: what, got: "a testee without them" });
}

async function ask(testee: TextTestee, vector: TextVector): Promise<unknown> {
  switch (vector.kind) {
    case "encode":
      if (!testee.encode) throw unsupported("the ids of texts");
      return testee.encode(textOf(vector));
    case "decode":
      if (!testee.decode) throw unsupported("the texts of ids");
      return testee.decode(vector.ids);
    case "chat":
      if (!testee.encodeChat) throw unsupported("the ids of conversations");
      return testee.encodeChat(vector.messages);
    case "answer":
      if (!testee.answer) throw unsupported("the texts of answers");
      return testee.answer(vector.ids);
  }
}

function judge(vector: TextVector, given: unknown, tokenizer: Tokenizer): Verdict {
  const right = rightAnswers(vector);
  const isText = typeof right[0] === "string";
  const answer = answerFrom(given, isText);
  if (answer === undefined) {
    const expected = isText ? "a text" : "a list of token ids";
    return { status: "error", message: `expected ${expected}, got ${brief(given)}` };
  }
  const found = right.findIndex((other) => sameAnswer(answer, other));
  if (found === 0) return { status: "pass", answer };
  if (found > 0 && "also" in vector) {
    return { status: "pass", message: vector.also?.[found - 1].way, answer };
  }
  const message =
    typeof answer === "string"
      ? differenceOfTexts(answer, right[0] as string)
      : differenceOfIds(answer, right[0] as readonly number[], tokenizer);
  return { status: "fail", message, answer };
}

/** A text, or ids of whatever list. */
function answerFrom(given: unknown, isText: boolean): TextAnswer | undefined {
  if (isText) return typeof given === "string" ? given : undefined;
  const isList =
    Array.isArray(given) || (ArrayBuffer.isView(given) && !(given instanceof DataView));
  if (!isList) return undefined;
  const ids = Array.from(given as ArrayLike<unknown>, (id) =>
    typeof id === "bigint" ? Number(id) : id,
  );
  return ids.every((id) => Number.isInteger(id)) ? (ids as number[]) : undefined;
}

/** `token 3 is 12 ("\n"), expected 13 ("\n\n")`. */
function differenceOfIds(
  given: readonly number[],
  expected: readonly number[],
  tokenizer: Tokenizer,
): string {
  const at = expected.findIndex((id, i) => id !== given[i]);
  const shown = (id: number) =>
    `${id} (${id >= 0 && id < tokenizer.vocabSize ? brief(tokenizer.piece(id)) : "no token"})`;
  if (at < 0) {
    return `${plural(given.length, "token")}, expected ${expected.length}: the first too many is ${shown(given[expected.length])}`;
  }
  const got = at < given.length ? `is ${shown(given[at])}` : "is missing";
  return `token ${at} ${got}, expected ${shown(expected[at])}`;
}

function differenceOfTexts(given: string, expected: string): string {
  return `the text is ${brief(given)}, expected ${brief(expected)}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
