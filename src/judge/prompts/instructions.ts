/**
 * By what a judge is to decide: criteria, a rubric, or a constitution, which is a list of principles (Bai et al. 2022,
 * arXiv:2212.08073). The report used all three; its texts are not public, these are ours.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import type { OptionNames } from "../../options.ts";

/** What a judge is told to go by. They may be combined. */
export interface InstructionOptions {
  /** What makes an answer good, a few words each. Default: {@link DEFAULT_CRITERIA}, unless there is a rubric or a constitution. */
  readonly criteria?: readonly string[];
  /** How to grade, as a text that is given word for word. */
  readonly rubric?: string;
  /** Principles that an answer must not break, a sentence each. */
  readonly constitution?: readonly string[];
}

export const INSTRUCTION_NAMES: OptionNames<InstructionOptions> = {
  criteria: true,
  rubric: true,
  constitution: true,
};

/** What most people who compare answers look at. */
export const DEFAULT_CRITERIA: readonly string[] = [
  "it does what the user asked",
  "what it says is true",
  "it helps with what the user needs",
  "it stays with the question",
  "it is as deep and as detailed as the question needs",
];

/** The paragraphs of the instructions. @throws {ArgumentError} if a list is empty, or a text. */
export function instructions(op: string, options: InstructionOptions): string[] {
  const { rubric, constitution } = options;
  const isDefault = rubric === undefined && constitution === undefined;
  const criteria = options.criteria ?? (isDefault ? DEFAULT_CRITERIA : undefined);
  const parts: string[] = [];
  if (criteria) {
    parts.push(`An answer is good if:\n${bullets(texts(op, "criteria", criteria))}`);
  }
  if (rubric !== undefined) {
    if (typeof rubric !== "string" || rubric.trim() === "") {
      throw refusals(op).argument("rubric", "a text", brief(rubric));
    }
    parts.push(`Grade by this rubric:\n${rubric.trim()}`);
  }
  if (constitution) {
    const principles = texts(op, "constitution", constitution);
    const list = principles.map((principle, i) => `${i + 1}. ${principle}`).join("\n");
    parts.push(
      `These principles hold for every answer:\n${list}\nSay of each principle that matters here whether an answer keeps or breaks it. An answer that breaks one is worse than an answer that keeps all.`,
    );
  }
  return parts;
}

const bullets = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join("\n");

function texts(op: string, argument: string, list: readonly string[]): readonly string[] {
  const isRight =
    Array.isArray(list) && list.length > 0 && list.every((x) => typeof x === "string" && x !== "");
  if (isRight) return list;
  throw refusals(op).argument(argument, "a list of texts, at least one", brief(list));
}
