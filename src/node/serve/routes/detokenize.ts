/** POST /detokenize: the text of ids. Control tokens have their names in it, so that `/tokenize` gives the ids again. @module */
import { assertIdsBelow } from "../../../check.ts";
import { Fields } from "../request/fields.ts";
import type { Route } from "./route.ts";

export const detokenize: Route = {
  method: "POST",
  path: "/detokenize",
  answer({ gemma, tokenizer }, { body }) {
    const fields = new Fields("detokenize", body);
    fields.take("model");
    const tokens = fields.take("tokens") as readonly number[];
    fields.end();
    assertIdsBelow(fields.op, tokens, gemma.config.vocabSize, "tokens");
    let prompt = "";
    let run: number[] = [];
    for (const id of tokens) {
      if (id >= tokenizer.vocabSize || !tokenizer.isControl(id)) {
        run.push(id);
        continue;
      }
      prompt += gemma.decode(run) + tokenizer.piece(id);
      run = [];
    }
    return { prompt: prompt + gemma.decode(run) };
  },
};
