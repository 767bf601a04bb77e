/**
 * Mistakes in how ids become a text.
 * @module
 */
import { REPLACEMENT } from "../../tokenizer/utf8.ts";
import { bytesToText, isUtf8 } from "./decode-plan.ts";
import type { TextMutant } from "./text-mutant.ts";

const hexadecimal = (byte: number) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;

export const DECODE_MUTANTS: readonly TextMutant[] = [
  {
    id: "decode-bytes-as-text",
    mistake: "Byte pieces are shown as they are written, <0x0A>.",
    fix: "Gather a run of byte pieces and decode it as UTF-8.",
    decode: { bytes: (bytes) => bytes.map(hexadecimal).join("") },
  },
  {
    id: "decode-bytes-alone",
    mistake:
      "Each byte piece is decoded by itself, so that every character beyond ASCII is broken.",
    fix: "Gather a run of byte pieces, and decode it as a whole.",
    decode: { bytes: (bytes) => bytes.map((byte) => bytesToText([byte])).join("") },
  },
  {
    id: "decode-bytes-as-latin1",
    mistake: "Each byte piece becomes the character of that number, as in Latin-1.",
    fix: "Decode a run of byte pieces as UTF-8.",
    decode: { bytes: (bytes) => bytes.map((byte) => String.fromCharCode(byte)).join("") },
  },
  {
    id: "decode-one-replacement",
    mistake: "A character that is cut off becomes one U+FFFD, as a TextDecoder has it.",
    fix: "One U+FFFD for each byte outside any character.",
    decode: {
      bytes: (bytes) =>
        new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes)),
    },
  },
  {
    id: "decode-broken-run",
    mistake: "One broken byte makes every byte of the run a U+FFFD.",
    fix: "Decode the characters that are whole, and put U+FFFD for the other bytes.",
    seen: "ByteFallback of Hugging Face's tokenizers",
    decode: {
      bytes: (bytes) => (isUtf8(bytes) ? bytesToText(bytes) : REPLACEMENT.repeat(bytes.length)),
    },
  },
  {
    id: "decode-broken-bytes-dropped",
    mistake: "Bytes outside any character are dropped.",
    fix: "Put U+FFFD for each of them.",
    decode: {
      bytes: (bytes) =>
        new TextDecoder("utf-8", { ignoreBOM: true })
          .decode(Uint8Array.from(bytes))
          .replaceAll(REPLACEMENT, ""),
    },
  },
  {
    id: "decode-control-shown",
    mistake: "Control pieces are shown: <bos>, <eos>, <pad>.",
    fix: "They have no text.",
    seen: "Hugging Face without skip_special_tokens",
    decode: { control: (piece) => piece },
  },
  {
    id: "decode-unknown-hidden",
    mistake: "The unknown piece has no text.",
    fix: "Its text is unk_surface of the file, ⁇ between spaces where the field is absent.",
    decode: { unknown: "" },
  },
  {
    id: "decode-markers-hidden",
    mistake: "Turn markers are hidden as if they were control pieces.",
    fix: "They are user-defined pieces, with their text.",
    seen: "Hugging Face with skip_special_tokens",
    decode: { userDefined: (text) => (/^<(start|end)_of_turn>$/.test(text) ? "" : text) },
  },
  {
    id: "decode-user-symbols-hidden",
    mistake: "User-defined pieces have no text, runs of newlines and spaces among them.",
    fix: "Only control pieces have none.",
    decode: { userDefined: () => "" },
  },
  {
    id: "decode-first-space-dropped",
    mistake: "A space at the beginning is dropped, as for a tokenizer with a dummy prefix.",
    fix: "Keep it: Gemma's adds none.",
    seen: "decoders written for Llama",
    decode: { text: (text) => text.replace(/^ /, "") },
  },
  {
    id: "decode-runs-kept",
    mistake: "Only a ▁ at the beginning of a piece becomes a space.",
    fix: "Replace every ▁ of a piece: a run of spaces is one piece.",
    seen: "Hugging Face's slow tokenizer before July 2024 (#32191)",
    decode: { piece: (piece) => piece.replace(/^▁/, " ") },
  },
  {
    id: "decode-spaces-cleaned",
    mistake: "Spaces before punctuation and contractions are removed.",
    fix: "Leave the text as it is: clean_up_tokenization_spaces is off.",
    seen: "Hugging Face's clean_up_tokenization_spaces",
    decode: { text: (text) => text.replace(/ (?=[.?!,]|n't|'m|'s|'ve|'re)/g, "") },
  },
  {
    id: "decode-text-trimmed",
    mistake: "The text loses its whitespace at both ends.",
    fix: "Leave the text as it is.",
    decode: { text: (text) => text.trim() },
  },
];
