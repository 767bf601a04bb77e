/**
 * The model that comes with the package: a Gemma of 1.2 million parameters, trained on synthetic
 * stories and on chats about them, with logits of Google's own code beside it (fixtures/README.md).
 * @module
 */
import { fileURLToPath } from "node:url";

/** The path of its folder: config, weights, tokenizer and goldens. */
export function tinyModelPath(): string {
  // src/node and dist/node lie equally deep, so one relative path serves the sources and the package.
  return fileURLToPath(new URL("../../fixtures/tiny-stories-it", import.meta.url));
}
