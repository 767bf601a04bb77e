/**
 * How questions and answers are shown to a judge: between markers that the answers themselves do not contain, so that an answer
 * cannot end itself and go on as the next.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";

/** A text; of a conversation, one text a turn. */
export type Turns = string | readonly string[];

/** The turns of a text or a list. @throws {ArgumentError} unless they are texts. */
export function turnsOf(op: string, argument: string, turns: Turns): readonly string[] {
  const list: readonly unknown[] = typeof turns === "string" ? [turns] : turns;
  const isRight =
    Array.isArray(list) && list.length > 0 && list.every((x) => typeof x === "string");
  if (isRight) return list as readonly string[];
  throw refusals(op).argument(argument, "a text, or a list of texts, a turn each", brief(turns));
}

/** @throws {ArgumentError} unless `given` has a turn for each question. */
export function asManyTurns(
  op: string,
  argument: string,
  given: Turns,
  questions: readonly string[],
): readonly string[] {
  const turns = turnsOf(op, argument, given);
  if (turns.length === questions.length) return turns;
  const expected = `${questions.length} turns, as the question has`;
  throw refusals(op).argument(argument, expected, turns.length);
}

/** One thing to show, under a title: `Question`, `Answer A`. */
export interface Part {
  readonly title: string;
  readonly content: string;
}

/** Each between `[title begins]` and `[title ends]`. The titles get a number if a text has such a line itself. */
export function fenced(parts: readonly Part[]): string {
  const all = parts.map(({ content }) => content).join("\n");
  let mark = "";
  const lines = () =>
    parts.flatMap(({ title }) => [`[${title}${mark} begins]`, `[${title}${mark} ends]`]);
  for (let n = 2; lines().some((line) => all.includes(line)); n++) mark = ` ${n}`;
  return parts
    .map(({ title, content }) => `[${title}${mark} begins]\n${content}\n[${title}${mark} ends]`)
    .join("\n\n");
}

/** Turns as a conversation: `User: …`, `Name: …`. */
export function conversation(
  name: string,
  questions: readonly string[],
  answers: readonly string[],
): string {
  return questions.map((q, i) => `User: ${q}\n\n${name}: ${answers[i]}`).join("\n\n");
}
