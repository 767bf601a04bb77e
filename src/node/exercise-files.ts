/**
 * Where the exercises' files lie.
 * @module
 */
import { fileURLToPath } from "node:url";

/** The path of fixtures/, of which the exercises read some files. */
export function fixturesPath(): string {
  // src/node and dist/node lie equally deep, so one relative path serves the sources and the package.
  return fileURLToPath(new URL("../../fixtures", import.meta.url));
}

/** The path of the stubs: `NAME.js`, and `solutions/NAME.js`. */
export function exerciseTemplatesPath(): string {
  return fileURLToPath(new URL("../../templates/exercises", import.meta.url));
}
