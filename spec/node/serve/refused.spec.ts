/** What cannot be done is refused with a status of 4xx, and never ignored: a harness would take the answer for a good one. */
import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gemma } from "../../../src/gemma.ts";
import type { GemmaServer } from "../../../src/node/serve/serve.ts";
import { ask, loadServed, serveAnywhere } from "../../support/serve.ts";

let gemma: Gemma;
let server: GemmaServer;
const errors: unknown[] = [];
const maxBodyBytes = 100_000;
beforeAll(async () => {
  gemma = await loadServed("tiny-stories-it");
  const onError = (error: unknown) => errors.push(error);
  server = await serveAnywhere(gemma, { maxBodyBytes, requestTimeout: 150, onError });
});
afterAll(async () => {
  await server.close();
  await gemma.dispose();
  expect(errors).toEqual([]);
});

const PROMPT = { prompt: "Mira", max_tokens: 1, temperature: 0 };
const CHAT = { messages: [{ role: "user", content: "Hi" }], max_tokens: 1, temperature: 0 };

describe("a field that asks for what is not done here", () => {
  it.each([
    ["presence_penalty", 3],
    ["frequency_penalty", "1"],
    ["repetition_penalty", 0],
    ["logit_bias", { 7000: 100 }],
    ["logit_bias", { the: 100 }],
    ["min_p", 2],
    ["min_tokens", -1],
    ["stop_token_ids", [7000]],
    ["ignore_eos", 1],
    ["store", true],
    ["guided_regex", "[0-9]+"],
    ["frobnicate", 0],
  ])("%s is refused by both ways to complete", async (name, value) => {
    for (const [path, body] of [
      ["/v1/completions", PROMPT],
      ["/v1/chat/completions", CHAT],
    ] as const) {
      const { status, json } = await ask(server, path, { ...body, [name]: value });
      const { param, type } = json.error;
      const refused = [400, name, "invalid_request_error"];
      expect([status, param.split("[")[0], type]).toEqual(refused);
    }
  });

  it.each([
    ["suffix", " end"],
    ["best_of", 3],
  ])("%s is refused in a completion", async (name, value) => {
    const { status, json } = await ask(server, "/v1/completions", { ...PROMPT, [name]: value });
    expect([status, json.error.param]).toEqual([400, name]);
  });

  it.each([
    ["tools", [{ type: "function" }]],
    ["tool_choice", "auto"],
    ["response_format", { type: "json_object" }],
    ["modalities", ["text", "audio"]],
    ["top_logprobs", 3],
    ["messages", [{ role: "user", content: [{ type: "image_url", image_url: "x" }] }]],
    ["messages", [{ role: "assistant", content: "Hi" }]],
    ["continue_final_message", "yes"],
    ["add_generation_prompt", false],
    ["messages", [{ role: "user", content: "Hi", name: "Ann" }]],
    ["messages", []],
    ["messages", "Hi"],
  ])("%s is refused in a chat", async (name, value) => {
    const { status, json } = await ask(server, "/v1/chat/completions", { ...CHAT, [name]: value });
    expect([status, json.error.param.split(/[.[]/)[0]]).toEqual([400, name]);
  });

  it("is taken where it asks for nothing", async () => {
    const neutral = { presence_penalty: 0, frequency_penalty: 0, logit_bias: {}, n: 1, user: "me" };
    const greedy = { top_p: 0.5, top_k: 3, seed: -5, stop: null, stream: false };
    const completion = { ...PROMPT, ...neutral, ...greedy, suffix: "", best_of: 1, logprobs: null };
    expect((await ask(server, "/v1/completions", completion)).status).toBe(200);
    const chat = { ...CHAT, ...neutral, ...greedy, tools: [], response_format: { type: "text" } };
    expect((await ask(server, "/v1/chat/completions", chat)).status).toBe(200);
  });
});

describe("an unknown field", () => {
  it.each([
    ["repeat_penalty", "repetition_penalty"],
    ["max_new_tokens", "max_tokens"],
    ["n_predict", "max_tokens"],
    ["stop_strings", "stop"],
    ["topK", "top_k"],
    ["minTokens", "min_tokens"],
  ])("%s: did you mean %s?", async (name, field) => {
    const { json } = await ask(server, "/v1/completions", { ...PROMPT, [name]: 1 });
    expect(json.error.message).toContain(`did you mean ${field}?`);
  });
});

describe("what the library refuses", () => {
  it("is said in the names of fields", async () => {
    const short = { ...PROMPT, min_tokens: 9, max_tokens: 3 };
    const { json } = await ask(server, "/v1/completions", short);
    expect(json.error).toMatchObject({
      param: "min_tokens",
      message: expect.stringContaining('"min_tokens" expected at most 3, as max_tokens is'),
    });
    const messages = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Yes" },
    ];
    const chat = await ask(server, "/v1/chat/completions", { ...CHAT, messages });
    expect(chat.json.error.message).toContain("continue_final_message: true lets the model");
  });
});

describe("a value of another kind", () => {
  const wrong: readonly (readonly [name: string, values: readonly unknown[]])[] = [
    [
      "prompt",
      [undefined, 5, {}, [], [[], "a"], ["a", 5], [1.5], [-1], [1e9], [[["a"]]], [[5], 5], true],
    ],
    ["max_tokens", [-1, 1.5, "5", [5]]],
    ["temperature", [-1, "0", [], true]],
    ["top_p", [0, 2, "1"]],
    ["top_k", [0, -1, 1.5]],
    ["seed", ["7", 1.5, 1e300]],
    ["n", [0, 1000, "2"]],
    ["logprobs", [-1, 21, true, "1", 1.5]],
    ["echo", ["true", 1]],
    ["stream", ["yes", 0]],
    ["stream_options", [{ include_usage: true }, 5, []]],
    ["stop", ["", [""], [5], {}, new Array(65).fill("a")]],
  ];

  it.each(wrong)("of %s is refused by name", async (name, values) => {
    for (const value of values) {
      const { status, json } = await ask(server, "/v1/completions", { ...PROMPT, [name]: value });
      const param = json.error?.param?.split("[")[0];
      expect([value, status, param]).toEqual([value, 400, name]);
    }
  });

  it("of the tokenizer's fields, too", async () => {
    for (const body of [
      {},
      { prompt: 5 },
      { prompt: "a", messages: [] },
      { prompt: "a".repeat(99), x: 1 },
    ]) {
      expect((await ask(server, "/tokenize", body)).status).toBe(400);
    }
    for (const body of [
      {},
      { tokens: "2" },
      { tokens: [1e9] },
      { tokens: [[2]] },
      { tokens: { length: 3 } },
    ]) {
      expect((await ask(server, "/detokenize", body)).status).toBe(400);
    }
  });
});

describe("a body", () => {
  const post = async (
    body: BodyInit,
    headers: Record<string, string> = { "content-type": "application/json" },
  ) => {
    const init = { method: "POST", body, headers, duplex: "half" } as RequestInit;
    const response = await fetch(`${server.url}/v1/completions`, init);
    const { error } = await response.json();
    expect(Object.keys(error)).toEqual(["message", "type", "param", "code"]);
    return [response.status, error.code];
  };

  it("that is no JSON object is refused", async () => {
    const pit = "[".repeat(40_000) + "]".repeat(40_000);
    for (const text of ["", "{", "[]", "5", "null", '"a"', pit, "\u0000", '{"a":1}x']) {
      expect([text.slice(0, 9), ...(await post(text))]).toEqual([
        text.slice(0, 9),
        400,
        "invalid_json",
      ]);
    }
    expect(await post(Uint8Array.of(123, 0xff, 125))).toEqual([400, "invalid_json"]);
    expect(await post(`{"prompt":${pit}}`)).toEqual([400, "invalid_value"]);
    expect(await post('{"__proto__":{"prompt":"a"}}')).toEqual([400, "invalid_value"]);
  });

  it("of another type is refused, which a page of any origin could send", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"]) {
      expect(await post("{}", { "content-type": type })).toEqual([415, "unsupported_media_type"]);
    }
  });

  it("that is too large is refused, whether its length is said or it never ends", async () => {
    expect(await post("x".repeat(10 * 2 ** 20))).toEqual([413, "body_too_large"]);
    const chunk = new TextEncoder().encode("[0,".repeat(10_000));
    const endless = new ReadableStream({ pull: (to) => to.enqueue(chunk) });
    expect(await post(endless)).toEqual([413, "body_too_large"]);
  });

  it("that comes too slowly is refused", async () => {
    const slow = request(`${server.url}/v1/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": 1000 },
    });
    slow.write("{");
    const drip = setInterval(() => slow.write(" "), 50);
    const status = await new Promise((resolve, reject) => {
      slow.on("response", ({ statusCode }) => resolve(statusCode));
      slow.on("error", reject);
    });
    clearInterval(drip);
    slow.destroy();
    expect(status).toBe(408);
  });

  it("of no HTTP at all is answered with 400", async () => {
    const socket = connect(server.port);
    socket.write("frobnicate\r\n\r\n");
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe("a path", () => {
  it("that is not there is refused, and one of another method", async () => {
    const nowhere = await ask(server, "/v1/frobnicate", {});
    expect([nowhere.status, nowhere.json.error.code]).toEqual([404, "not_found"]);
    expect((await ask(server, "/v1/models/../../etc")).status).toBe(404);
    const get = await ask(server, "/v1/completions");
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
    expect((await ask(server, "/health", {})).status).toBe(405);
    expect((await fetch(`${server.url}/health`, { method: "HEAD" })).status).toBe(200);
  });
});
