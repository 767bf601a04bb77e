/** What the bundled model consists of. @module */
export const MODEL_FILES = ["config.json", "tokenizer.model", "model.safetensors"] as const;
