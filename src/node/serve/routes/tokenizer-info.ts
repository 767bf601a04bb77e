/**
 * GET /tokenizer_info: with it, `/tokenize` and `/detokenize` a client needs no tokenizer of its own, as vLLM has them.
 * @module
 */
import type { ChatFormat } from "../../../tokenizer/chat-format.ts";
import type { Route, Served } from "./route.ts";

export const tokenizerInfo: Route = {
  method: "GET",
  path: "/tokenizer_info",
  answer(served) {
    const { tokenizer, gemma, contextLength } = served;
    const { bosTokenId } = gemma.config;
    const pieceOf = (id: number) =>
      id >= 0 && id < tokenizer.vocabSize ? tokenizer.piece(id) : null;
    return {
      tokenizer_class: "GemmaTokenizer",
      bos_token: pieceOf(bosTokenId),
      eos_token: pieceOf(tokenizer.eosId),
      pad_token: pieceOf(tokenizer.padId),
      unk_token: pieceOf(tokenizer.unkId),
      model_max_length: contextLength,
      chat_template: templateOf(served),
    };
  },
};

/** The chat format as a template in Jinja; null where the model's own is not understood. */
function templateOf({ gemma, tokenizer }: Served): string | null {
  let format: ChatFormat;
  try {
    format = gemma.chatFormat;
  } catch {
    return null;
  }
  const { bosTokenId } = gemma.config;
  const bos = format.bos && bosTokenId < tokenizer.vocabSize ? tokenizer.piece(bosTokenId) : "";
  return jinja(format, bos);
}

function jinja({ start, end, roles, trims, defaultSystem }: ChatFormat, bos: string): string {
  const said = (text: string) => `{{ ${quoted(text)} }}`;
  const model = quoted(roles.model);
  const role = `(${model} if m['role'] == 'assistant' else m['role'])`;
  const content = trims ? "(m['content'] | trim)" : "m['content']";
  const usual =
    defaultSystem === undefined
      ? ""
      : `{% if messages[0]['role'] != 'system' %}${said(`${start}${roles.system}\n${defaultSystem}${end}\n`)}{% endif %}`;
  const turn = `{{ ${quoted(start)} + ${role} + '\\n' + ${content} + ${quoted(`${end}\n`)} }}`;
  const opening = said(`${start}${roles.model}\n`);
  return `${bos && said(bos)}${usual}{% for m in messages %}${turn}{% endfor %}{% if add_generation_prompt %}${opening}{% endif %}`;
}

/** A text as a literal of Jinja. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&").replace(/\n/g, "\\n")}'`;
}
