/**
 * The question how good one answer is, from 1 to 10: `[[7]]`, after an explanation.
 * @module
 */
import { assertOptions } from "../../options.ts";
import { INSTRUCTION_NAMES, type InstructionOptions, instructions } from "./instructions.ts";
import type { JudgePrompt } from "./prompt.ts";
import { asManyTurns, conversation, fenced, type Turns, turnsOf } from "./shown.ts";

/** What is graded. */
export interface Graded {
  /** What the user asked; of a conversation, turn by turn. */
  readonly question: Turns;
  /** With as many turns as the question has. */
  readonly answer: Turns;
  /** An answer that is known to be right. */
  readonly reference?: Turns;
}

/** The lowest and the highest score that the prompt allows. */
export const SCORE_RANGE: readonly [from: number, to: number] = [1, 10];

const FORM = `First explain what you find. Then rate the answer from ${SCORE_RANGE[0]} to ${SCORE_RANGE[1]}, in exactly this form: "[[rating]]", for example "[[5]]".`;

/**
 * The prompt of a grade.
 * @throws {ArgumentError} if question, answer and reference have different numbers of turns, or an option is invalid.
 */
export function singlePrompt(
  { question, answer, reference }: Graded,
  options: InstructionOptions = {},
): JudgePrompt {
  const op = "singlePrompt";
  assertOptions(op, options, INSTRUCTION_NAMES);
  const questions = turnsOf(op, "question", question);
  const turns = (argument: string, given: Turns) => asManyTurns(op, argument, given, questions);
  const answers = turns("answer", answer);
  const known = reference === undefined ? undefined : turns("reference", reference);
  const isConversation = questions.length > 1;
  const system = [
    "An assistant answered a user. You are an impartial judge: say how good the answer is.",
    ...instructions(op, options),
    ...(isConversation ? ["Look at the last answer above all; it must fit what came before."] : []),
    ...(known
      ? [
          "A reference answer is given, which is right. Compare with it, and find the mistakes first.",
        ]
      : []),
    "Do not let the length of the answer influence you. Be as objective as you can.",
    FORM,
  ].join("\n\n");
  const user = isConversation
    ? fenced([
        ...(known
          ? [{ title: "Reference", content: conversation("Reference", questions, known) }]
          : []),
        { title: "Conversation", content: conversation("Assistant", questions, answers) },
      ])
    : fenced([
        { title: "Question", content: questions[0] },
        ...(known ? [{ title: "Reference answer", content: known[0] }] : []),
        { title: "Answer", content: answers[0] },
      ]);
  return { system, user };
}
