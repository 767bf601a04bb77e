/**
 * What stands in for open-path.ts in a browser: package.json's "browser" field makes bundlers put it there.
 * @module
 */
import { UnsupportedError } from "../errors.ts";

/** @throws {UnsupportedError} always: a page has no paths. */
export async function openPath(path: string): Promise<never> {
  throw new UnsupportedError({
    op: "Gemma.load",
    argument: "source",
    expected: "files, as filesFolder({ name: file }) or blobSource(file)",
    got: `the path ${JSON.stringify(path)}`,
    hint: "a page has no file system: fetch the files, or let the user choose them",
  });
}
