/**
 * A model with planted repeats, which comes with the package: 230,000 parameters, trained on stories and on 70 documents that stand there 1 to
 * 64 times; 30 documents were never trained on (fixtures/evaluation/README.md).
 * @module
 */
import { fileURLToPath } from "node:url";

/** The path of its folder: config, weights and tokenizer. */
export function plantedModelPath(): string {
  // src/node/audit and dist/node/audit lie equally deep, so one relative path serves the sources and the package.
  return fileURLToPath(new URL("../../../fixtures/evaluation/planted", import.meta.url));
}

/** The path of the documents, a JSON object a line; those of 0 repeats were never trained on. */
export function plantedDocumentsPath(): string {
  return `${plantedModelPath()}/documents.jsonl`;
}
