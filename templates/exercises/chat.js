/**
 * A conversation as text, as Gemma was trained to read it.
 *
 *     <start_of_turn>user⏎
 *     Knock knock.<end_of_turn>⏎
 *     <start_of_turn>model⏎
 *
 * ⏎ is a newline, "\n". The last line opens the model's turn: there it goes on.
 *
 * Left out: BOS, which is put in front of the ids; markers that a user types.
 *
 * @param {{ role: "user" | "model", content: string }[]} messages
 * @returns {string}
 */
export function chatPrompt(messages) {
  throw new Error("not yet");
}
