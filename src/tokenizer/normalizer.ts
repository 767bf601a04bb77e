/**
 * How text is changed before it is cut into pieces.
 * sentencepiece v0.1.97: src/normalizer.cc (`Normalizer::Normalize`), without a character map.
 *
 * For Gemma it is one rule: every space becomes ▁ (U+2581). So a literal ▁ in the input cannot be
 * told from a space afterwards. Tabs, newlines and no-break spaces are not spaces here. The other
 * switches exist because the file format has them:
 *
 * - `removeExtraWhitespaces` drops spaces at both ends and all but one inside;
 * - `addDummyPrefix` puts a space in front, so that a word is the same token everywhere
 *   (at the end with `treatWhitespaceAsSuffix`);
 * - `escapeWhitespaces`, if off, leaves spaces as they are.
 * @module
 */
import type { ModelProto } from "./model-proto.ts";
import type { PrefixMatcher } from "./prefix-matcher.ts";
import { REPLACEMENT } from "./utf8.ts";

/** U+2581, how pieces write a space. */
export const SPACE_SYMBOL = "\u2581";

/**
 * `text` as the segmenter wants it. Surrogates without a partner become U+FFFD: they have no UTF-8.
 *
 * @param userDefined the user-defined pieces: the spaces inside one are not extra.
 */
export function normalize(
  text: string,
  { normalizerSpec, trainerSpec }: Pick<ModelProto, "normalizerSpec" | "trainerSpec">,
  userDefined: PrefixMatcher,
): string {
  const { addDummyPrefix, removeExtraWhitespaces, escapeWhitespaces } = normalizerSpec;
  const { treatWhitespaceAsSuffix } = trainerSpec;
  const space = escapeWhitespaces ? SPACE_SYMBOL : " ";

  let body = text.replace(/\p{Surrogate}/gu, REPLACEMENT);
  if (removeExtraWhitespaces) body = trimStart(body, userDefined);
  if (body === "") return "";
  if (removeExtraWhitespaces) body = collapseSpaces(body, userDefined);
  if (escapeWhitespaces) body = body.replaceAll(" ", SPACE_SYMBOL);
  if (addDummyPrefix && !treatWhitespaceAsSuffix) body = space + body;
  // Last, so that it drops a literal ▁, and the dummy prefix of an empty text, as well.
  if (removeExtraWhitespaces) body = trimEnd(body, space);
  if (addDummyPrefix && treatWhitespaceAsSuffix) body += space;
  return body;
}

/** Drops leading spaces, up to the first space that begins a longer user-defined piece. */
function trimStart(text: string, userDefined: PrefixMatcher): string {
  let begin = 0;
  while (text[begin] === " " && userDefined.match(text, begin) <= begin + 1) begin++;
  return text.slice(begin);
}

/** Drops leading spaces, and spaces after a space. A user-defined piece loses only leading ones. */
function collapseSpaces(text: string, userDefined: PrefixMatcher): string {
  let out = "";
  let isAfterSpace = true;
  for (let begin = 0; begin < text.length; ) {
    let end = userDefined.match(text, begin);
    if (end === begin) end++; // this may halve a surrogate pair: neither half is a space
    let kept = begin;
    if (isAfterSpace) while (kept < end && text[kept] === " ") kept++;
    if (kept < end) {
      out += text.slice(kept, end);
      isAfterSpace = text[end - 1] === " ";
    }
    begin = end;
  }
  return out;
}

function trimEnd(text: string, space: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === space) end--;
  return text.slice(0, end);
}
