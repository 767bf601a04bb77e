/**
 * Where GGUF says which tokens end a text: those of a text, of a turn, and of a message to a tool. Each is one id.
 * @module
 */
export const ENDS: readonly string[] = ["eos", "eot", "eom"].map(
  (end) => `tokenizer.ggml.${end}_token_id`,
);
