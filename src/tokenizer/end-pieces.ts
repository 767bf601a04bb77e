/**
 * Pieces with which a model says that it has finished, besides `<eos>`. They are known by their texts: files do not
 * always list them, and programs that look at one list only run on into the next turn (mlx-vlm#2112).
 * @module
 */

/** End of a turn, in Gemma's format and in ChatML. */
export const TURN_END_PIECES: readonly string[] = ["<end_of_turn>", "<|im_end|>"];

/**
 * CodeGemma's markers of fill-in-the-middle. Where it has filled the middle it goes on with one of them, most often
 * `<|file_separator|>`, and never means its text to be read.
 * CodeGemma Team 2024, arXiv:2406.11409, §3.
 */
export const FIM_PIECES: readonly string[] = [
  "<|fim_prefix|>",
  "<|fim_middle|>",
  "<|fim_suffix|>",
  "<|file_separator|>",
];
