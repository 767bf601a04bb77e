/**
 * The turn format of a checkpoint: what its chat template says, or, without one, what its vocabulary was made for.
 * @module
 */
import { eosTokenIds, type GemmaConfig } from "../../config.ts";
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
    const textOf = (id: number) => tokenizer.vocabulary.model.pieces[id]?.piece;
    const bos = textOf(config.bosTokenId) ?? "<bos>";
    const format = await formatOfTemplate(chatTemplate, bos, textOf(eosTokenIds(config)[0]));
    if (format) return format;
    const expected = "Gemma's turns, or ChatML";
    const hint =
      "write the turns yourself, generate(encode(text, { special: true })), or name a format, chat({ format: CHATML })";
    return refusals("chat", name).unsupported("chat_template", expected, "another template", hint);
  }
  return formatOfVocabulary(config, (piece) => tokenizer.idOf(piece));
}

/**
 * The format that a model without a template is asked in: ChatML where its vocabulary has the markers and it ends its
 * turns with one of them, or has no others; else Gemma's.
 */
export function formatOfVocabulary(
  config: GemmaConfig,
  idOf: (piece: string) => number | undefined,
): ChatFormat {
  const [start, end] = [CHATML.start, CHATML.end].map(idOf);
  if (start === undefined || end === undefined) return GEMMA_CHAT;
  const isTuned = eosTokenIds(config).includes(end) || idOf(GEMMA_CHAT.start) === undefined;
  // Where BOS is the marker itself, the first turn begins with it.
  return isTuned ? { ...CHATML, bos: config.bosTokenId !== start } : GEMMA_CHAT;
}
