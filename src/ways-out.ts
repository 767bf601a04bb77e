/**
 * The next step with weights that are not read, where files, configs and tensors each give away what they are.
 * @module
 */

/** Weights that others quantised. */
export const ORIGINAL_HINT =
  "such weights are not read; get the model they were made from, or a GGUF file of it in Q8_0 or Q4_0";

export const LITGPT_HINT =
  "run litgpt convert_from_litgpt FOLDER OUT, put the model's config.json and tokenizer.model into OUT, and open OUT";

/** Megatron and NeMo, which have no converter of one command. */
export const EXPORT_HINT = "export it to Hugging Face's format with the program that trained it";
