/**
 * The names of a checkpoint's files on Hugging Face.
 * @module
 */
export const CONFIG = "config.json";

export const GENERATION_CONFIG = "generation_config.json";

export const WEIGHTS = "model.safetensors";

export const INDEX = "model.safetensors.index.json";

export const TOKENIZER = "tokenizer.model";

export const TOKENIZER_JSON = "tokenizer.json";

export const TOKENIZER_CONFIG = "tokenizer_config.json";

/** Older files, which say a part of what tokenizer_config.json says. */
export const SPECIAL_TOKENS = "special_tokens_map.json";
export const ADDED_TOKENS = "added_tokens.json";

/** A chat template by itself, as newer transformers save it. */
export const CHAT_TEMPLATE = "chat_template.jinja";
