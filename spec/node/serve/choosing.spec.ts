/** Fields of a request that change how tokens are chosen: what the library's options give. */
import { afterAll, describe, expect, it } from "vitest";
import { Gemma } from "../../../src/gemma.ts";
import type { GenerateOptions } from "../../../src/generation/generate.ts";
import { checkpoint } from "../../support/goldens.ts";
import { ask, serveAnywhere } from "../../support/serve.ts";

const gemma = await Gemma.load(await checkpoint("tiny-stories-it"));
const server = await serveAnywhere(gemma);
afterAll(async () => {
  await server.close();
  await gemma.dispose();
});

const prompt = "Once upon a time there was a brave";
const messages = [{ role: "user", content: "What is 3 plus 4?" }] as const;

describe("a field of a request", () => {
  it.each<[fields: object, options: GenerateOptions]>([
    [{ logit_bias: { 693: -100, 437: 3 } }, { logitBias: { 693: -100, 437: 3 } }],
    [{ repetition_penalty: 1.7 }, { repetitionPenalty: 1.7 }],
    [
      { frequency_penalty: 2, presence_penalty: -1 },
      { frequencyPenalty: 2, presencePenalty: -1 },
    ],
    [{ stop_token_ids: [334] }, { stopTokenIds: [334] }],
    [
      { min_tokens: 5, stop_token_ids: [334] },
      { minTokens: 5, stopTokenIds: [334] },
    ],
    [
      { temperature: 2, seed: 4, min_p: 0.3 },
      { temperature: 2, seed: 4, minP: 0.3 },
    ],
    [
      { temperature: 2, seed: 4, min_p: 0 },
      { temperature: 2, seed: 4 },
    ],
  ])("%j does what the library's option does", async (fields, options) => {
    const wanted = gemma.generate(prompt, { maxTokens: 12, topLogprobs: 3, ...options });
    const text = await wanted.text();
    const body = { prompt, max_tokens: 12, temperature: 0, ...fields };
    const plain = await ask(server, "/v1/completions", body);
    expect(plain.json.choices?.[0].text).toBe(text);
    // Also where somebody looks on.
    const looked = await ask(server, "/v1/completions", { ...body, logprobs: 3 });
    const [{ logprobs }] = looked.json.choices;
    expect(logprobs.token_logprobs).toEqual(wanted.logprobs);
    const tops = wanted.topLogprobs?.map((top) => top.map(({ logprob }) => logprob));
    // By their texts: names that are numbers come first in an object.
    const best = (top: object) => Object.values(top).sort((a, b) => b - a);
    expect(logprobs.top_logprobs.map(best)).toEqual(tops);
  });

  it("ignore_eos goes past the end of a turn", async () => {
    const body = { messages, max_tokens: 12, temperature: 0 };
    const ended = await ask(server, "/v1/chat/completions", body);
    expect(ended.json.choices[0].finish_reason).toBe("stop");
    const on = await ask(server, "/v1/chat/completions", { ...body, ignore_eos: true });
    expect(on.json.choices[0].finish_reason).toBe("length");
  });

  it("continue_final_message goes on with the model's own message", async () => {
    const begun = [...messages, { role: "assistant", content: "3 plus 4 is" }];
    const body = { messages: begun, continue_final_message: true, temperature: 0 };
    for (const more of [{}, { add_generation_prompt: false }]) {
      const { json } = await ask(server, "/v1/chat/completions", { ...body, ...more });
      expect(json.choices[0].message.content).toBe(" 7.");
    }
  });
});
