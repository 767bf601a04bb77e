/**
 * The data that come with the package: tales, sums and opposites, to tune and to align the bundled model on.
 * @module
 */
import { fileURLToPath } from "node:url";

/** A file of them; fixtures/learning/README.md says what a row has. Valid and train share no question about the same tale. */
export type TalesFile =
  | "sft-train"
  | "sft-valid"
  | "pairs-train"
  | "pairs-valid"
  | "prompts-train"
  | "prompts-valid";

/** The path of the file. */
export function talesPath(file: TalesFile): string {
  // src/node/training and dist/node/training lie equally deep, so one relative path serves the sources and the package.
  const url = new URL(`../../../fixtures/learning/tales/${file}.jsonl`, import.meta.url);
  return fileURLToPath(url);
}

/** The path of the conversations that `sft demo` learns: 120 rows of `{"messages"}`. */
export function demoTalesPath(): string {
  return talesPath("sft-valid");
}
