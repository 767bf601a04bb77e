/** The calls that learn from pairs of answers and take options, as public-calls.ts lists those of the other rooms. */
import { preferencePair } from "../../src/preference/pairs/preference-pair.ts";
import type { Call } from "./public-calls.ts";

const PAIR = "preference/pairs/preference-pair.spec.ts";
const PUT = [PAIR, "puts both by the options of conversations"] as const;

export const DPO_CALLS: Readonly<Record<string, Call>> = {
  "preference/pairs/preference-pair.ts preferencePair": {
    call: (options, { tokenizer }) => {
      const [prompt, chosen, rejected] = ["Sam", " sat.", " ran."];
      return tokenizer && preferencePair({ prompt, chosen, rejected }, tokenizer, options);
    },
    seen: {
      format: PUT,
      allowTurnMarkers: PUT,
      bosTokenId: PUT,
      eosTokenId: PUT,
      vocabSize: PUT,
      system: [PAIR, "puts a system's message before the user's"],
    },
  },
};
