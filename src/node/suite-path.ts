/**
 * The conformance suite that comes with the package (fixtures/README.md).
 * @module
 */
import { fileURLToPath } from "node:url";

/** The path of its folder: manifest, inputs and expected outputs, for `openSuite`. */
export function suitePath(): string {
  // src/node and dist/node lie equally deep, so one relative path serves the sources and the package.
  return fileURLToPath(new URL("../../fixtures/conformance", import.meta.url));
}
