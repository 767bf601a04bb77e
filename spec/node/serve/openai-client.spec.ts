/** OpenAI's own client for JavaScript, which is what chat programs are written with. */
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gemma } from "../../../src/gemma.ts";
import type { GemmaServer } from "../../../src/node/serve/serve.ts";
import { loadServed, serveAnywhere } from "../../support/serve.ts";

const KEY = "a key of the suite";
let gemma: Gemma;
let server: GemmaServer;
let client: OpenAI;
beforeAll(async () => {
  gemma = await loadServed("tiny-stories-it");
  server = await serveAnywhere(gemma, { key: KEY, name: "tiny" });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: KEY, maxRetries: 0 });
});
afterAll(async () => {
  await server.close();
  await gemma.dispose();
});

const content = "What is 4 plus 6?";
const messages = [{ role: "user" as const, content }];
const asked = { model: "tiny", messages, temperature: 0 };
const said = async () => {
  const chat = gemma.chat();
  const text = await chat.send(content).text();
  chat.dispose();
  return text;
};

describe("OpenAI's client", () => {
  it("streams a chat, with its usage", async () => {
    const stream = { stream: true, stream_options: { include_usage: true } } as const;
    const chunks = [];
    for await (const chunk of await client.chat.completions.create({ ...asked, ...stream })) {
      chunks.push(chunk);
    }
    const choices = chunks.flatMap((chunk) => chunk.choices);
    expect(choices.map(({ delta }) => delta.content ?? "").join("")).toBe(await said());
    expect(choices.filter(({ delta }) => delta.content).length).toBeGreaterThan(4);
    expect(choices[0].delta.role).toBe("assistant");
    expect(choices.map(({ finish_reason: reason }) => reason).filter(Boolean)).toEqual(["stop"]);
    const completion_tokens = 10;
    const usage = { prompt_tokens: 22, completion_tokens, total_tokens: 32 };
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage, model: "tiny" });
  });

  it("gets a whole answer, and goes on from it", async () => {
    const { choices } = await client.chat.completions.create(asked);
    const [{ message }] = choices;
    expect(message).toEqual({ role: "assistant", content: await said(), refusal: null });
    const more = [...messages, message, { role: "user" as const, content: "And 2 plus 2?" }];
    const next = await client.chat.completions.create({ ...asked, messages: more });
    const chat = gemma.chat();
    await chat.send(content).text();
    expect(next.choices[0].message.content).toBe(await chat.send("And 2 plus 2?").text());
    chat.dispose();
  });

  it("gets several choices, each from a seed of its own, and their log-probabilities", async () => {
    const drawn = { temperature: 9, seed: 7, n: 3, max_tokens: 6, logprobs: true };
    const { choices } = await client.chat.completions.create({
      ...asked,
      ...drawn,
      top_logprobs: 2,
    });
    const ids = gemma.encodeChat([{ role: "user", content }]);
    const options = { temperature: 9, seed: 7, samples: 3, maxTokens: 6 };
    const texts = await Promise.all(gemma.generate(ids, options).map((one) => one.text()));
    expect(choices.map(({ message }) => message.content)).toEqual(texts);
    expect(new Set(texts).size).toBeGreaterThan(1);
    const [first] = choices[0].logprobs?.content ?? [];
    expect(first.top_logprobs.length).toBe(2);
    expect(first.top_logprobs[0].logprob).toBeGreaterThanOrEqual(first.logprob);
    expect(new TextDecoder().decode(Uint8Array.from(first.bytes ?? []))).toBe(first.token);
  });

  it("continues texts, streamed or whole, until a stop", async () => {
    const body = {
      model: "tiny",
      prompt: "Mira the fox",
      max_tokens: 24,
      temperature: 0,
      stop: ["."],
    };
    const { choices } = await client.completions.create(body);
    const { stop, max_tokens: maxTokens } = body;
    const text = await gemma.generate("Mira the fox", { stop, maxTokens }).text();
    expect(choices[0]).toMatchObject({ text, finish_reason: "stop", logprobs: null });
    let streamed = "";
    const echo = { echo: true, stream: true } as const;
    for await (const chunk of await client.completions.create({ ...body, ...echo })) {
      streamed += chunk.choices[0].text;
    }
    expect(streamed).toBe(`Mira the fox${text}`);
  });

  it("lists the model, and retrieves it", async () => {
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toEqual(["tiny"]);
    expect(await client.models.retrieve("tiny")).toMatchObject({ object: "model", id: "tiny" });
    await expect(client.models.retrieve("gpt-4")).rejects.toMatchObject({ status: 404 });
  });

  it("is told what is refused, in its own errors", async () => {
    const create = (more: object) =>
      client.chat.completions.create({ ...asked, ...more } as typeof asked);
    const refused = { type: "invalid_request_error", param: "tool_choice" };
    await expect(create({ tool_choice: "auto" })).rejects.toMatchObject({
      status: 400,
      ...refused,
    });
    const system = { role: "system", content: "Be brief." };
    const error = /no system role: put the instruction at the start/;
    await expect(create({ messages: [system, ...messages] })).rejects.toThrow(error);
    const other = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "no", maxRetries: 0 });
    const unknown = { status: 401, code: "invalid_api_key" };
    await expect(other.models.list()).rejects.toMatchObject(unknown);
  });

  it("may leave a stream in the middle: the place is free again", async () => {
    const stream = await client.chat.completions.create({ ...asked, stream: true });
    for await (const _ of stream) break;
    const busy = async () => (await (await fetch(`${server.url}/health`)).json()).requests;
    await expect.poll(busy).toBe(0);
  });
});
