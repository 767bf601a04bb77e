/**
 * The vectors of tier T3 as they are shipped: `text.json`, and beside it the tokenizers that they are about.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import type { Folder } from "../../source/folder.ts";
import { parseJsonObject } from "../../source/json.ts";
import { readSuiteFile, sha256 } from "../vectors/suite-file.ts";
import type { TextVector } from "./text-vector.ts";

/** The file of the vectors, in the folder of the suite. */
export const TEXT_FILE = "text.json";

/** The tokenizer that chats and answers are about, and that a testee without `loadTokenizer` has to have. */
export const MAIN_TOKENIZER = "bundled";

/** A `tokenizer.model` of the suite. */
export interface SuiteTokenizer {
  readonly name: string;
  /** Its file, in the folder of the suite. */
  readonly file: string;
  readonly note: string;
  readonly model: Uint8Array;
}

/** Vectors, and the tokenizers that they are about. */
export interface TextSuite {
  readonly version: string;
  /** SHA-256 of `text.json`, which holds those of the tokenizers. */
  readonly digest: string;
  readonly tokenizers: ReadonlyMap<string, SuiteTokenizer>;
  readonly vectors: readonly TextVector[];
}

/** The JSON of `text.json`. */
export interface TextManifest {
  readonly format: "gemma-reference-text";
  readonly protocol: 1;
  readonly version: string;
  /** What computed the ids. */
  readonly truth: string;
  readonly tokenizers: Readonly<
    Record<string, { readonly file: string; readonly sha256: string; readonly note: string }>
  >;
  readonly vectors: readonly TextVector[];
}

const op = "openTextSuite";

/**
 * The vectors of tier T3 in the folder of a suite.
 * @throws {FormatError} if a file is missing or is not the one that the vectors were made with.
 */
export async function openTextSuite(folder: Folder): Promise<TextSuite> {
  const bytes = await readSuiteFile(op, folder, TEXT_FILE);
  const file = `${folder.name}/${TEXT_FILE}`;
  const manifest = parseJsonObject(bytes, op, file) as unknown as TextManifest;
  const refuse = refusals(op, file);
  if (manifest.format !== "gemma-reference-text") {
    throw refuse.format("format", '"gemma-reference-text"', brief(manifest.format));
  }
  if (manifest.protocol !== 1) {
    const hint = "a newer gemma-reference reads it";
    throw refuse.unsupported("protocol", "1", brief(manifest.protocol), hint);
  }
  const tokenizers = new Map<string, SuiteTokenizer>();
  for (const [name, { file, sha256: expected, note }] of Object.entries(manifest.tokenizers)) {
    const model = await readSuiteFile(op, folder, file);
    const found = await sha256(model);
    if (found !== expected) {
      const hint = "the files of a suite belong together; install the package again";
      throw refusals(op, `${folder.name}/${file}`).format("SHA-256", expected, found, hint);
    }
    tokenizers.set(name, { name, file, note, model });
  }
  const { version, vectors } = manifest;
  return { version, digest: await sha256(bytes), tokenizers, vectors };
}
