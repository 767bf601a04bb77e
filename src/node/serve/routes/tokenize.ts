/** POST /tokenize: the ids of a text, as vLLM gives them. @module */
import { Fields } from "../request/fields.ts";
import type { Route } from "./route.ts";

/** Longer texts are refused: nobody else is served while one is encoded. */
const MOST_CHARACTERS = 2_000_000;

export const tokenize: Route = {
  method: "POST",
  path: "/tokenize",
  answer({ gemma, tokenizer, contextLength }, { body }) {
    const fields = new Fields("tokenize", body);
    fields.take("model");
    const text = fields.text("prompt");
    const addsBos = fields.flag("add_special_tokens") ?? true;
    fields.neutral({ return_token_strs: { as: false } });
    fields.end();
    if (text === undefined || text.length > MOST_CHARACTERS) {
      const expected = `a text of at most ${MOST_CHARACTERS} characters`;
      throw fields.refuse.argument(
        "prompt",
        expected,
        text === undefined ? "nothing" : text.length,
      );
    }
    const own = tokenizer.encode(text, { special: true });
    const { bosTokenId: bos } = gemma.config;
    const tokens = addsBos && own[0] !== bos ? [bos, ...own] : own;
    return { count: tokens.length, max_model_len: contextLength, tokens };
  },
};
