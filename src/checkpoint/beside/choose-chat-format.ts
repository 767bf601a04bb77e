/**
 * The turn format of a checkpoint: what its chat template says, or, without one, what its vocabulary was made for.
 * @module
 */
import { eosTokenIds } from "../../config.ts";
import { refusals, type UnsupportedError } from "../../errors.ts";
import { CHATML, type ChatFormat, GEMMA_CHAT } from "../../tokenizer/chat-format.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { formatOfTemplate } from "./chat-template.ts";

/** @returns the format; or the error for whoever wants to chat, if the template writes another. */
export async function chooseChatFormat(
  { chatTemplate, config, name }: Checkpoint,
  tokenizer: Tokenizer,
): Promise<ChatFormat | UnsupportedError> {
  if (typeof chatTemplate === "string") {
    const format = await formatOfTemplate(chatTemplate);
    if (format) return format;
    const expected = "Gemma's turns, or ChatML";
    const hint =
      "write the turns yourself, generate(encode(text, { special: true })), or name a format, chat({ format: CHATML })";
    return refusals("chat", name).unsupported("chat_template", expected, "another template", hint);
  }
  const [start, end] = [CHATML.start, CHATML.end].map((piece) => tokenizer.idOf(piece));
  if (start === undefined || end === undefined) return GEMMA_CHAT;
  const isTuned =
    eosTokenIds(config).includes(end) || tokenizer.idOf(GEMMA_CHAT.start) === undefined;
  // Where BOS is the marker itself, the first turn begins with it.
  return isTuned ? { ...CHATML, bos: config.bosTokenId !== start } : GEMMA_CHAT;
}
