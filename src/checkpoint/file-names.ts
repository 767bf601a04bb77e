/**
 * What the files of a checkpoint are called.
 * @module
 */
export const CONFIG = "config.json";

export const WEIGHTS = "model.safetensors";

export const INDEX = "model.safetensors.index.json";

export const TOKENIZER = "tokenizer.model";

export const TOKENIZER_JSON = "tokenizer.json";
