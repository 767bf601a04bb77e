/**
 * The known bugs of tokenizers and chats, all of them. A bug report becomes one of these first.
 * @module
 */
import { ANSWER_MUTANTS, CHAT_MUTANTS } from "./chat-mutants.ts";
import { DECODE_MUTANTS } from "./decode-mutants.ts";
import { ENCODE_MUTANTS } from "./encode-mutants.ts";
import type { TextMutant } from "./text-mutant.ts";

export const TEXT_MUTANTS: readonly TextMutant[] = [
  ...ENCODE_MUTANTS,
  ...DECODE_MUTANTS,
  ...CHAT_MUTANTS,
  ...ANSWER_MUTANTS,
];
