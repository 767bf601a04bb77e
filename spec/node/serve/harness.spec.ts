/** What lm-evaluation-harness's clients asked a server over Google's code, asked of ours (fixtures/evaluation/README.md). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gemma } from "../../../src/gemma.ts";
import type { GemmaServer } from "../../../src/node/serve/serve.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { replay } from "../../support/replay.ts";
import {
  ask,
  type Exchange,
  loadServed,
  recordedTraffic,
  serveAnywhere,
} from "../../support/serve.ts";

let base: Gemma;
let server: GemmaServer;
beforeAll(async () => {
  base = await loadServed("tiny-stories");
  server = await serveAnywhere(base);
});
afterAll(async () => {
  await server.close();
  await base.dispose();
});

const all = recordedTraffic();
const isChat = ({ path }: Exchange) => path.includes("chat");
const promptOf = ({ request }: Exchange) => (request as { prompt: unknown[] }).prompt;
const isShort = (exchange: Exchange) => JSON.stringify(exchange.request).length < 220;
const completions = all.filter(({ path }) => path === "/v1/completions");
const inDefault = (some: Exchange[], most: number) =>
  IS_LONG ? some : some.filter(isShort).slice(0, most);

describe("the client of lm-evaluation-harness is answered as by Google's code", () => {
  // Sums of float64 in another order: measured 1.1e-13.
  const SAME = { logprob: expect.closeTo(0, 9), flags: 0, others: [] };

  it("about the tokenizer", async () => {
    const some = all.filter(({ path }) => /tokenize/.test(path));
    expect(some.length).toBe(25);
    expect(await replay(server, some)).toMatchObject(SAME);
  });

  it("in token ids", async () => {
    const some = inDefault(
      completions.filter(
        (one) => typeof promptOf(one)[0] === "object" && promptOf(one).length === 1,
      ),
      5,
    );
    const found = await replay(server, some);
    expect(found.choices).toBeGreaterThanOrEqual(5);
    expect(found).toMatchObject(SAME);
  });

  it("in texts, four to a request", async () => {
    const texts = completions.filter((one) => typeof promptOf(one)[0] === "string");
    const found = await replay(server, IS_LONG ? texts : texts.slice(-2));
    expect(found.choices).toBeGreaterThanOrEqual(4);
    expect(found).toMatchObject(SAME);
  });

  it("four at once", async () => {
    const found = await replay(server, inDefault(completions, 4), 4);
    expect(found.choices).toBeGreaterThanOrEqual(4);
    expect(found).toMatchObject(SAME);
  });

  it("in a chat", async () => {
    const it = await loadServed("tiny-stories-it");
    const chat = await serveAnywhere(it);
    const found = await replay(chat, all.filter(isChat), 2);
    expect(found).toMatchObject({ ...SAME, choices: 4 });
    // The client drops the last token: that it is the end of a turn must not shorten the list.
    const ids = it.encodeChat([{ role: "user", content: "What is 4 plus 6?" }]).slice(1);
    const prompt = [...ids, ...it.encode("4 plus 6 is 10.").slice(1)];
    const body = { prompt, max_tokens: 1, echo: true, logprobs: 1, temperature: 0 };
    const [choice] = (await ask(chat, "/v1/completions", body)).json.choices;
    expect(choice.logprobs.tokens.at(-1)).toBe("<end_of_turn>");
    expect(choice.logprobs.token_logprobs.length).toBe(prompt.length + 1);
    expect(choice.finish_reason).toBe("stop");
    await chat.close();
    await it.dispose();
  });
});

describe("the BOS", () => {
  const scored = async (prompt: unknown) => {
    const body = { prompt, max_tokens: 0, echo: true, logprobs: 1, temperature: 0 };
    const { json } = await ask(server, "/v1/completions", body);
    return json;
  };

  it("is put in front, and neither echoed nor counted; one that is given is not doubled", async () => {
    const { bosTokenId: bos } = base.config;
    const ids = base.encode("Mira the fox").slice(1);
    const [bare, own, typed] = [
      await scored(ids),
      await scored([bos, ...ids]),
      await scored("<bos>Mira the fox"),
    ];
    const { tokens, token_logprobs: logprobs, text_offset: offsets } = bare.choices[0].logprobs;
    expect([tokens, bare.usage.prompt_tokens]).toEqual([["Mira", " the", " fox"], 3]);
    expect(logprobs[0]).toBeLessThan(0);
    expect([offsets, bare.choices[0].text]).toEqual([[0, 4, 8], "Mira the fox"]);
    for (const { choices, usage } of [own, typed]) {
      expect(choices[0].logprobs.tokens).toEqual(["<bos>", ...tokens]);
      expect(choices[0].logprobs.token_logprobs).toEqual([null, ...logprobs]);
      expect([choices[0].text, usage.prompt_tokens]).toEqual(["Mira the fox", 4]);
    }
  });

  it("has room before as many ids as the client sends: the context less one", async () => {
    const contextLength = 24;
    await using small = await serveAnywhere(base, { contextLength });
    const ids = new Array<number>(contextLength - 1).fill(968);
    const fits = { prompt: ids, max_tokens: 1, temperature: 0 };
    expect((await ask(small, "/v1/completions", fits)).status).toBe(200);
    for (const body of [
      { ...fits, prompt: [...ids, 968] },
      { ...fits, max_tokens: 2 },
    ]) {
      const { status, json } = await ask(small, "/v1/completions", body);
      expect([status, json.error.code]).toEqual([400, "context_length_exceeded"]);
    }
  });
});

describe("a token's log-probability", () => {
  it("is the very double of the best one where it is the best, whatever was fed before", async () => {
    const text = "Finn the turtle had 9 berries. He";
    const body = { prompt: text, max_tokens: 1, echo: true, logprobs: 3, temperature: 0 };
    const first = (await ask(server, "/v1/completions", body)).json.choices;
    const again = (await ask(server, "/v1/completions", body)).json.choices;
    expect(again).toEqual(first);
    const { token_logprobs: logprobs, top_logprobs: top } = first[0].logprobs;
    expect(top.map((best: object) => Object.keys(best).length)).toEqual(logprobs.map(() => 3));
    const best = top.map((some: Record<string, number>) => Math.max(...Object.values(some)));
    expect(logprobs.filter((p: number, t: number) => p === best[t]).length).toBeGreaterThan(3);
    const { logprobs: direct } = await base.score(text);
    expect(logprobs.slice(0, -1)).toEqual([...direct]); // cpu: to the bit
  });

  it("costs what is new: requests that begin alike feed their beginning once", async () => {
    const question = "Pearl the goat had 9 cookies. She gave 3 cookies to Tom. Now she has";
    const fed = async () => (await ask(server, "/health")).json.tokens_fed;
    const scored = (prompt: string) => {
      return ask(server, "/v1/completions", { prompt, max_tokens: 1, echo: true, logprobs: 1 });
    };
    await scored(question);
    const before = await fed();
    const choices = [" 6 cookies", " 3 cookies", " 9 cookies"];
    const expected = choices.reduce((n, choice) => n + base.encode(choice).length - 1, 0);
    for (const choice of choices) await scored(question + choice);
    // One token a request is fed again: its logits were not kept.
    expect((await fed()) - before).toBeLessThanOrEqual(expected + choices.length);
  });
});
