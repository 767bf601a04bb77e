/**
 * Gemma's turn format, in which the instruction-tuned models were trained and must be prompted.
 * Gemma Team 2024, arXiv:2403.08295, Tables 3 and 4:
 *
 *     <start_of_turn>user⏎
 *     Knock knock.<end_of_turn>⏎
 *     <start_of_turn>model⏎
 *     Who's there?<end_of_turn>⏎
 *
 * `<bos>` stands once, before everything; it is no text and is added with the ids.
 * @module
 */
import { ArgumentError } from "../errors.ts";

/** One turn. There is no system role: Gemma was trained without one. */
export interface ChatMessage {
  readonly role: "user" | "model";
  readonly content: string;
}

/**
 * The prompt for the model's next turn: all `messages`, and the opening of the model's answer.
 * @throws {ArgumentError} unless the turns alternate, from the user's to the user's.
 */
export function chatPrompt(messages: readonly ChatMessage[]): string {
  messages.forEach(({ role }, i) => {
    const expected = i % 2 === 0 ? "user" : "model";
    if (role === expected) return;
    throw new ArgumentError({
      op: "chatPrompt",
      argument: `messages[${i}].role`,
      expected: `"${expected}"`,
      got: JSON.stringify(role),
      hint:
        (role as string) === "system"
          ? "Gemma has no system role: put the instruction at the start of the first user message"
          : "turns alternate, user first",
    });
  });
  if (messages.length % 2 === 0) {
    throw new ArgumentError({
      op: "chatPrompt",
      argument: "messages",
      expected: "a last message of the user",
      got: messages.length === 0 ? "no message" : "one of the model",
    });
  }
  const turns = messages.map(
    ({ role, content }) => `<start_of_turn>${role}\n${content}<end_of_turn>\n`,
  );
  return `${turns.join("")}<start_of_turn>model\n`;
}
