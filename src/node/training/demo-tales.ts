/**
 * The conversations that come with the package: tales, sums and opposites, to tune the bundled model on.
 * @module
 */
import { fileURLToPath } from "node:url";

/** The path of the file: 120 rows of `{"messages"}` (fixtures/learning/README.md). */
export function demoTalesPath(): string {
  // src/node/training and dist/node/training lie equally deep, so one relative path serves the sources and the package.
  return fileURLToPath(
    new URL("../../../fixtures/learning/tales/sft-valid.jsonl", import.meta.url),
  );
}
