/** The tokenizer of the fixture models, trained with Gemma's settings (fixtures/README.md). */
import { readFileSync } from "node:fs";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";

export const FIXTURE_BYTES: Uint8Array = readFileSync(
  new URL("../../fixtures/tiny-stories/tokenizer.model", import.meta.url),
);

export function fixtureTokenizer(): Tokenizer {
  return Tokenizer.fromBytes(FIXTURE_BYTES);
}

/** Made by the C++ library from the same file. */
export interface Goldens {
  readonly encode: readonly EncodeCase[];
  readonly decode: readonly DecodeCase[];
}
export interface EncodeCase extends DecodeCase {
  readonly text: string;
  readonly pieces: string[];
}
export interface DecodeCase {
  readonly ids: number[];
  readonly decoded: string;
}

export function goldens(): Goldens {
  const url = new URL("../../fixtures/tokenizer/goldens.json", import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")) as Goldens;
}
