/** What lies beside the page. @module */
/** What the bundled model consists of. */
export const MODEL_FILES = ["config.json", "tokenizer.model", "model.safetensors"] as const;

/** Conversations to learn, one a line. */
export const LEARNING_FILE = "learning/tales.jsonl";

/** Answers to be rewarded, with what they are worth. */
export const ANSWERS_FILE = "learning/answers.json";
