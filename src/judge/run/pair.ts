/**
 * Pairs of answers to be judged, and the orders in which they are shown.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { assertNames } from "../../options.ts";
import { xoshiro128 } from "../../random.ts";
import type { JudgedPair, Shown } from "../outcome.ts";
import { type Turns, turnsOf } from "../prompts/shown.ts";

/** Two answers to one question. */
export interface AnswerPair {
  /** Default: its place in the list. */
  readonly id?: string;
  /** What the user asked; of a conversation, turn by turn. */
  readonly question: Turns;
  /** Of model_1 and model_2, with as many turns as the question has. */
  readonly answers: readonly [Turns, Turns];
  /** An answer that is known to be right. */
  readonly reference?: Turns;
  /** Default: `["model_1", "model_2"]`. */
  readonly models?: readonly [string, string];
  /** Which answer is better, if somebody knows. */
  readonly better?: JudgedPair["better"];
}

/** `"both"`: each pair in both orders; `"shuffled"`: each in one, drawn by the seed, as the report did it. */
export type Orders = "both" | "shuffled";

export const ORDERS: readonly Orders[] = ["both", "shuffled"];

/** The orders of each of `count` pairs. A pair keeps its order when others are added behind it. */
export function ordersOf(orders: Orders, count: number, seed: number): Shown[][] {
  const random = xoshiro128(seed);
  return Array.from({ length: count }, () => {
    if (orders === "both") return ["model_1", "model_2"];
    return [random() < 0.5 ? "model_1" : "model_2"];
  });
}

/** A text that names the question: pairs with the same one belong together. */
export function promptName(op: string, question: Turns): string {
  return JSON.stringify(turnsOf(op, "question", question));
}

/** Lengths of the answers in code points, all turns together. */
export function lengthsOf(op: string, { answers: [one, two] }: AnswerPair): [number, number] {
  const length = (turns: Turns) => {
    return turnsOf(op, "answers", turns).reduce((sum, turn) => sum + [...turn].length, 0);
  };
  return [length(one), length(two)];
}

const FIELDS = {
  id: true,
  question: true,
  answers: true,
  reference: true,
  models: true,
  better: true,
} as const;

/** @throws {ArgumentError} unless each is a pair, and no two have the same id. */
export function assertAnswerPairs(op: string, pairs: readonly AnswerPair[]): void {
  const refuse = refusals(op);
  if (!Array.isArray(pairs)) throw refuse.argument("pairs", "a list of pairs", brief(pairs));
  const ids = new Set<string>();
  pairs.forEach((pair: AnswerPair, i) => {
    const at = `pairs[${i}]`;
    if (typeof pair !== "object" || pair === null) throw refuse.argument(at, "a pair", brief(pair));
    assertNames(refuse, pair, FIELDS, "a field of a pair", `${at}.`);
    const { id = String(i), answers, models, better } = pair;
    turnsOf(op, `${at}.question`, pair.question);
    if (!isTwo(answers)) throw refuse.argument(`${at}.answers`, "two answers", brief(answers));
    answers.forEach((answer, a) => {
      turnsOf(op, `${at}.answers[${a}]`, answer);
    });
    if (models !== undefined && !(isTwo(models) && models.every((m) => typeof m === "string"))) {
      throw refuse.argument(`${at}.models`, "two names", brief(models));
    }
    if (better !== undefined && !["model_1", "model_2", "tie"].includes(better)) {
      throw refuse.argument(`${at}.better`, '"model_1", "model_2" or "tie"', brief(better));
    }
    if (typeof id !== "string" || ids.has(id)) {
      throw refuse.argument(`${at}.id`, "a text that no other pair has", brief(id));
    }
    ids.add(id);
  });
}

const isTwo = (value: unknown): value is readonly [unknown, unknown] =>
  Array.isArray(value) && value.length === 2;
