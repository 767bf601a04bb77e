/** The tokenizer of the fixture models, trained with Gemma's settings (fixtures/README.md). */
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { readFixture, readJson } from "./goldens.ts";

export const FIXTURE_BYTES: Uint8Array = readFixture("tiny-stories/tokenizer.model");

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
  return readJson("tokenizer/goldens.json");
}
