/**
 * The conformance suite that comes with the package.
 * @module
 */
import { fileURLToPath } from "node:url";

/** The path of its folder: vectors, inputs and expected outputs. */
export function conformanceSuitePath(): string {
  // src/node and dist/node lie equally deep, so one relative path serves the sources and the package.
  return fileURLToPath(new URL("../../fixtures/conformance", import.meta.url));
}
