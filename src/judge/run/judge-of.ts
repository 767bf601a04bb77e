/**
 * Whatever was given, as a judge.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import type { Gemma } from "../../gemma.ts";
import { gemmaJudge } from "./gemma-judge.ts";
import type { AskJudge, Judge } from "./judge.ts";

/** @throws {ArgumentError} unless it can be asked. */
export function judgeOf(op: string, given: Gemma | Judge | AskJudge): Judge {
  if (typeof given === "function") return { ask: given };
  if (typeof (given as Partial<Judge> | undefined)?.ask === "function") return given as Judge;
  if (typeof (given as Partial<Gemma> | undefined)?.encodeChat === "function") {
    return gemmaJudge(given as Gemma);
  }
  const expected = "a Gemma, a function from prompt to text, or { ask }";
  throw refusals(op).argument("judge", expected, brief(given));
}

/** The text that a judge gave. @throws {ArgumentError} if it gave something else. */
export function assertText(op: string, text: unknown): asserts text is string {
  if (typeof text === "string") return;
  throw refusals(op).argument("judge", "a judge that answers with a text", brief(text));
}
