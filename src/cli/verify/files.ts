/**
 * Reading the files that `verify` is given.
 * @module
 */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readArrays } from "../../conformance/arrays/read-arrays.ts";
import { refusals } from "../../errors.ts";
import { errorCode, systemError } from "../../node/system-error.ts";
import type { NdArray } from "../../tensor/tensor.ts";

/** The bytes of a file. @throws {SourceError} if it cannot be read. */
export async function readWhole(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw systemError(refusals("verify", path), "a file that can be read", error);
  }
}

/**
 * A file of text.
 * @param missing what stands for a file that is not there; without it that is an error.
 */
export async function readTextFile(path: string, missing?: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (missing !== undefined && errorCode(error) === "ENOENT") return missing;
    throw systemError(refusals("verify", path), "a file that can be read", error);
  }
}

/** The arrays of one file. */
export async function readArrayFile(path: string): Promise<Map<string, NdArray>> {
  const beside = (file: string) => readWhole(join(dirname(path), file));
  return readArrays(await readWhole(path), path, beside);
}

/** The arrays of several files. @throws {FormatError} if two have an array of the same name. */
export async function readArrayFiles(paths: readonly string[]): Promise<Map<string, NdArray>> {
  const all = new Map<string, NdArray>();
  for (const path of paths) {
    for (const [name, array] of await readArrayFile(path)) {
      if (all.has(name)) {
        const hint =
          "give the files of one prompt, or put the name of the prompt before each array";
        throw refusals("verify", path).format(name, "each array once", "two of that name", hint);
      }
      all.set(name, array);
    }
  }
  return all;
}
