/** Adapters behind a server, by the name that a request gives as its model. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gemma } from "../../../src/gemma.ts";
import type { GemmaServer } from "../../../src/node/serve/serve.ts";
import { xoshiro128 } from "../../../src/random.ts";
import { newAdapter } from "../../../src/tuning/lora/adapter.ts";
import { ask, loadServed, serveAnywhere } from "../../support/serve.ts";

let gemma: Gemma;
let server: GemmaServer;

beforeAll(async () => {
  gemma = await loadServed("tiny-stories-it");
  for (const [name, seed] of [
    ["poet", 1],
    ["coder", 2],
  ] as const) {
    const adapter = newAdapter(gemma.config, { r: 2, seed, targets: ["q_proj", "down_proj"] });
    const random = xoshiro128(seed);
    for (const { b } of adapter.pairs.values()) {
      for (let i = 0; i < b.data.length; i++) b.data[i] = 0.5 * random() - 0.25;
    }
    await gemma.loadAdapter(name, adapter);
  }
  server = await serveAnywhere(gemma, { name: "base", parallel: 2 });
});

afterAll(async () => {
  await server.close();
  await gemma.dispose();
});

const prompt = "Once upon";
const completion = async (model: string) => {
  const body = { model, prompt, max_tokens: 2, temperature: 0, logprobs: 0 };
  const { status, json } = await ask(server, "/v1/completions", body);
  return { status, model: json.model, logprobs: json.choices[0].logprobs.token_logprobs };
};

describe("a server with adapters", () => {
  it("answers with the one that a request names, at the same time, in fewer places than adapters", async () => {
    const names = ["poet", "base", "coder", "poet", "gpt-4"];
    for (const [i, { status, model, logprobs }] of (
      await Promise.all(names.map(completion))
    ).entries()) {
      const adapter = gemma.adapters.includes(names[i]) ? names[i] : null;
      expect([status, model]).toEqual([200, adapter ?? "base"]);
      const own: number[] = [];
      for await (const { logprob } of gemma.generate(prompt, { maxTokens: 2, adapter }))
        own.push(logprob);
      expect(logprobs).toEqual(own);
    }
    const [a, b] = [await completion("poet"), await completion("coder")];
    expect(a.logprobs).not.toEqual(b.logprobs);
  });

  it("chats with it, and streams", async () => {
    const messages = [{ role: "user", content: "Hi" }];
    const body = { model: "coder", messages, max_tokens: 2, temperature: 0 };
    const { json } = await ask(server, "/v1/chat/completions", body);
    const chat = gemma.chat({ adapter: "coder" });
    const said = await chat.send(messages[0].content, { maxTokens: 2 }).text();
    chat.dispose();
    expect([json.model, json.choices[0].message.content]).toEqual(["coder", said]);
  });

  it("lists them beside the model", async () => {
    const { json } = await ask(server, "/v1/models");
    expect(
      json.data.map(({ id, parent }: { id: string; parent?: string }) => [id, parent]),
    ).toEqual([
      ["base", undefined],
      ["poet", "base"],
      ["coder", "base"],
    ]);
    expect((await ask(server, "/v1/models/poet")).json).toMatchObject({
      id: "poet",
      parent: "base",
    });
    expect((await ask(server, "/v1/models/bard")).status).toBe(404);
  });

  it("goes on when one is taken away, or another is in use", async () => {
    await completion("coder");
    gemma.unloadAdapter("coder");
    expect((await completion("coder")).model).toBe("base");
    const poet = (await completion("poet")).logprobs;
    gemma.useAdapter("poet");
    expect(await completion("any")).toMatchObject({ model: "base", logprobs: poet });
    gemma.useAdapter(null);
    expect((await completion("any")).logprobs).not.toEqual(poet);
  });
});
