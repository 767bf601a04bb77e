import { expect, it } from "vitest";
import { lookAt } from "../../../../src/generation/logits/top-logprobs.ts";
import { CompletionLog, chatLogprobs } from "../../../../src/node/serve/answer/logprobs.ts";
import type { Tokenizer } from "../../../../src/tokenizer/tokenizer.ts";

const PIECES = ["▁a", "constructor", "__proto__", "▁a", "<0xF0>"];
const tokenizer = {
  vocabSize: PIECES.length,
  piece: (id: number) => PIECES[id],
  decoder: () => ({ push: (id: number) => (id === 4 ? "" : PIECES[id]) }),
} as unknown as Tokenizer;

it("keys the best tokens by their texts, whatever those are, and of two alike by the better one", () => {
  const look = lookAt(Float64Array.of(3, 2, 1, 2.5, Number.NEGATIVE_INFINITY), 4, 5, []);
  const log = new CompletionLog(tokenizer).next([{ id: 4, look }]);
  const [top] = log.top_logprobs;
  expect(JSON.parse(JSON.stringify(Object.entries(top ?? {})))).toEqual([
    [" a", look.top[0].logprob],
    ["constructor", look.top[2].logprob],
    ["__proto__", look.top[3].logprob],
    ["<0xF0>", -9999], // out of the question; JSON has no −∞
  ]);
  expect([log.tokens, log.token_logprobs]).toEqual([["<0xF0>"], [-9999]]);
});

it("gives the same double for a token and for the best one, and never offers what is not chosen", () => {
  const row = Float32Array.from({ length: 5 }, (_, v) => Math.sin(v) / 3);
  const look = lookAt(row, 2, 1, []);
  expect(look.top).toEqual([{ token: 2, logprob: look.logprob }]);
  expect(lookAt(row, 2, 2, [2]).top.map(({ token }) => token)).toEqual([1, 3]);
  expect(lookAt(row, 2, 1, [2]).top.map(({ token }) => token)).toEqual([1]);
  expect(lookAt(row, 2, 0, []).top).toEqual([]);
});

it("counts offsets in characters, and a byte's as its character's", () => {
  const log = new CompletionLog(tokenizer);
  const tokens = [0, 4, 1].map((id) => ({ id, look: undefined }));
  expect(log.next(tokens.slice(0, 2)).text_offset).toEqual([0, 2]);
  expect(log.next(tokens.slice(2)).text_offset).toEqual([2]);
});

it("gives the bytes of a chat's tokens", () => {
  const look = lookAt(Float64Array.of(1, 2, 3, 4, 5), 4, 1, []);
  const { content } = chatLogprobs(tokenizer, [
    { id: 4, look },
    { id: 0, look: undefined },
  ]);
  expect(content.map(({ bytes }) => bytes)).toEqual([[0xf0]]);
});
