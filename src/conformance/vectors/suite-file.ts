/**
 * The files that a suite is made of, read whole and told apart by their hashes.
 * @module
 */
import { refusals } from "../../errors.ts";
import { readAll } from "../../source/byte-source.ts";
import type { Folder } from "../../source/folder.ts";

/** A file of a suite. @throws {FormatError} if it is not there. */
export async function readSuiteFile(op: string, folder: Folder, file: string): Promise<Uint8Array> {
  const source = await folder.open(file);
  if (!source) throw refusals(op, folder.name).format(file, "a file", "no such file");
  try {
    return await readAll(source);
  } finally {
    await source.close?.();
  }
}

/** SHA-256 in hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", bytes as BufferSource);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
