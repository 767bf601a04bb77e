/**
 * Fill-in-the-middle: CodeGemma writes what stands between two texts, as at the cursor of an editor.
 * CodeGemma Team 2024, arXiv:2406.11409, §3; Google's page on the structure of CodeGemma's prompts:
 *
 *     <|fim_prefix|>PREFIX<|fim_suffix|>SUFFIX<|fim_middle|>
 *
 * Nothing stands between a marker and a text that the text does not have. `<bos>` stands before everything. Other files of the
 * same project come first, each with `<|file_separator|>` behind it; what a file looks like is not written down anywhere,
 * so here it is its path on a line, as in llama.cpp's `/infill`, and its text.
 * @module
 */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { assertNames, assertOptions, type OptionNames } from "../options.ts";
import { FIM_PIECES } from "./end-pieces.ts";
import { cutsWithin } from "./marker-cuts.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Another file of the project. */
export interface ContextFile {
  /** Stands on a line before its text. */
  readonly path?: string;
  /** What is in it. */
  readonly text: string;
}

/** What is known besides the text around the gap. */
export interface FillFormatOptions {
  /** Other files of the project, which come first. */
  readonly files?: readonly ContextFile[];
  /** The path of the file itself, on a line before the rest. */
  readonly path?: string;
}

export const FILL_FORMAT_NAMES: OptionNames<FillFormatOptions> = { files: true, path: true };
const FILE_NAMES: OptionNames<ContextFile> = { path: true, text: true };

/**
 * The ids that ask for what stands between `prefix` and `suffix`, without BOS. A marker in a text is mere text.
 * @param op the call that errors name.
 * @throws {ArgumentError} if one of them is no text.
 * @throws {UnsupportedError} if the vocabulary has no such markers: the plain Gemma has unused pieces in their places.
 */
export function fillIds(
  tokenizer: Tokenizer,
  prefix: string,
  suffix: string,
  options: FillFormatOptions = {},
  op = "fillIds",
): number[] {
  assertOptions(op, options, FILL_FORMAT_NAMES);
  const { files = [], path } = options;
  assertText(op, "prefix", prefix);
  assertText(op, "suffix", suffix);
  if (path !== undefined) assertText(op, "path", path);
  assertFiles(op, files);
  const [before, middle, behind, separator] = FIM_PIECES.map((piece) => idOf(op, tokenizer, piece));
  const withinMarker = cutsWithin(FIM_PIECES);
  const ids: number[] = [];
  const push = (text: string) => {
    for (const part of text.split(withinMarker)) {
      if (part !== "") for (const id of tokenizer.encode(part)) ids.push(id);
    }
  };
  for (const file of files) {
    push(file.path === undefined ? file.text : `${file.path}\n${file.text}`);
    ids.push(separator);
  }
  if (path !== undefined) push(`${path}\n`);
  ids.push(before);
  push(prefix);
  ids.push(behind);
  push(suffix);
  ids.push(middle);
  return ids;
}

function idOf(op: string, tokenizer: Tokenizer, piece: string): number {
  const id = tokenizer.idOf(piece);
  if (id !== undefined) return id;
  const expected = `a vocabulary with ${piece}`;
  const hint = "codegemma-2b and codegemma-7b fill in the middle; generate() continues any text";
  throw refusals(op).unsupported("tokenizer", expected, "a vocabulary without it", hint);
}

function assertText(op: string, argument: string, text: unknown): void {
  if (typeof text === "string") return;
  const isOptions = argument === "suffix" && typeof text === "object";
  const hint = isOptions ? `the suffix comes first: ${op}(prefix, suffix, options)` : undefined;
  throw refusals(op).argument(argument, "a text", brief(text), hint);
}

function assertFiles(op: string, files: readonly ContextFile[]): void {
  if (!Array.isArray(files)) {
    throw refusals(op).argument("files", "a list of files { path, text }", brief(files));
  }
  for (const [i, file] of files.entries()) {
    if (typeof file !== "object" || file === null) {
      throw refusals(op).argument(`files[${i}]`, "a file { path, text }", brief(file));
    }
    assertNames(refusals(op), file, FILE_NAMES, "a field of a file", `files[${i}].`);
    assertText(op, `files[${i}].text`, file.text);
    if (file.path !== undefined) assertText(op, `files[${i}].path`, file.path);
  }
}
