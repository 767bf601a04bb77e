/**
 * The names of a checkpoint's files on Hugging Face.
 * @module
 */
export const CONFIG = "config.json";

export const WEIGHTS = "model.safetensors";

export const INDEX = "model.safetensors.index.json";

export const TOKENIZER = "tokenizer.model";

export const TOKENIZER_JSON = "tokenizer.json";
