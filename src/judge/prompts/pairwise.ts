/**
 * The question which of two answers is better: `[[A]]`, `[[B]]`, or `[[C]]` for a tie, after an explanation. Its parts are those
 * of FastChat's MT-bench (Zheng et al. 2023, arXiv:2306.05685): criteria, a warning of places and lengths, a fixed form of the
 * verdict; with a reference answer, and for conversations. The words are ours.
 * @module
 */
import { assertOptions } from "../../options.ts";
import { INSTRUCTION_NAMES, type InstructionOptions, instructions } from "./instructions.ts";
import type { JudgePrompt } from "./prompt.ts";
import { asManyTurns, conversation, fenced, type Turns, turnsOf } from "./shown.ts";

/** What is compared. */
export interface Comparison {
  /** What the user asked; of a conversation, turn by turn. */
  readonly question: Turns;
  /** A and B, with as many turns as the question has. */
  readonly answers: readonly [A: Turns, B: Turns];
  /** An answer that is known to be right: for mathematics, code and facts. */
  readonly reference?: Turns;
}

const FORM = `First compare the answers, and explain what you find. Then give your verdict, in exactly this form: "[[A]]" if A is better, "[[B]]" if B is better, "[[C]]" if they are equally good.`;

const FAIRNESS =
  "Do not let the order in which the answers are shown influence you. Do not let their length influence you: a longer answer is not a better one for it. Be as objective as you can.";

/**
 * The prompt of a comparison.
 * @throws {ArgumentError} if question, answers and reference have different numbers of turns, or an option is invalid.
 */
export function pairwisePrompt(
  { question, answers, reference }: Comparison,
  options: InstructionOptions = {},
): JudgePrompt {
  const op = "pairwisePrompt";
  assertOptions(op, options, INSTRUCTION_NAMES);
  const questions = turnsOf(op, "question", question);
  const turns = (argument: string, given: Turns) => asManyTurns(op, argument, given, questions);
  const [a, b] = [turns("answers[0]", answers[0]), turns("answers[1]", answers[1])];
  const known = reference === undefined ? undefined : turns("reference", reference);
  const isConversation = questions.length > 1;
  const system = [
    isConversation
      ? "Two assistants, A and B, had the same conversation with a user. You are an impartial judge: say which of them served the user better."
      : "Two assistants, A and B, answered the same question of a user. You are an impartial judge: say whose answer serves the user better.",
    ...instructions(op, options),
    ...(isConversation ? ["Look at the last answer above all; it must fit what came before."] : []),
    ...(known
      ? [
          "A reference answer is given, which is right. Compare both with it, and find the mistakes first.",
        ]
      : []),
    FAIRNESS,
    FORM,
  ].join("\n\n");
  const user = isConversation
    ? fenced([
        ...(known
          ? [{ title: "Reference", content: conversation("Reference", questions, known) }]
          : []),
        { title: "Conversation with A", content: conversation("A", questions, a) },
        { title: "Conversation with B", content: conversation("B", questions, b) },
      ])
    : fenced([
        { title: "Question", content: questions[0] },
        ...(known ? [{ title: "Reference answer", content: known[0] }] : []),
        { title: "Answer A", content: a[0] },
        { title: "Answer B", content: b[0] },
      ]);
  return { system, user };
}
