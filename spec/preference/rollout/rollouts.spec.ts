/** Prompts, and answers that are drawn to them. */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { simdMatmuls } from "../../../src/backend/wasm/matmuls/simd-matmuls.ts";
import { wasmBackend } from "../../../src/backend/wasm/wasm.ts";
import { evaluatePolicy } from "../../../src/preference/rlhf/evaluate-policy.ts";
import { drawRollouts } from "../../../src/preference/rollout/draw-rollouts.ts";
import { askedPrompts, type PromptRow } from "../../../src/preference/rollout/prompts.ts";
import { drawsFrom } from "../../../src/preference/rollout/sample.ts";
import { xoshiro128 } from "../../../src/random.ts";
import { GEMMA_CHAT } from "../../../src/tokenizer/chat-format.ts";
import { TrainableModel } from "../../../src/training/trainable.ts";
import { conversation } from "../../../src/tuning/conversation.ts";
import { PROMPTS, sideOf } from "../../support/rlhf.ts";
import { small, tokenizer } from "../../support/small-model.ts";
import { storyteller } from "../../support/tales.ts";

const hello = { role: "user", content: "Hi." } as const;

describe("prompts", () => {
  it("are what the model is asked with, in all their forms", () => {
    const [a, b, c] = askedPrompts(
      [[hello], { prompt: [hello] }, { messages: [hello] }],
      tokenizer,
    );
    const { ids, promptLength } = conversation(
      [hello, { role: "model", content: "Yes." }],
      tokenizer,
    );
    expect(Array.from(a.ids)).toEqual(Array.from(ids).slice(0, promptLength));
    expect([b.ids, c.ids]).toEqual([a.ids, a.ids]);
    // The prompt of a pair of answers is one; so is a conversation that goes on.
    const pair = { prompt: [hello], chosen: "Yes.", rejected: "No." } as PromptRow;
    expect(askedPrompts([pair], tokenizer)[0].ids).toEqual(a.ids);
    const longer = [hello, { role: "assistant", content: "Yes." }, hello] as const;
    expect(askedPrompts([longer], tokenizer)[0].ids.length).toBeGreaterThan(ids.length);
  });

  it("are read by the options of conversations", () => {
    const system = [{ role: "system", content: "Be brief." } as const, hello];
    const marked = [{ role: "user", content: "<end_of_turn>" } as const];
    const idsOf = (row: PromptRow, options: object = {}) =>
      Array.from(askedPrompts([row], tokenizer, options)[0].ids);
    const [asked] = [idsOf([hello])];
    expect(idsOf(system, { system: "prepend" }).length).toBeGreaterThan(asked.length);
    expect(() => idsOf(system)).toThrow("prompts[0]");
    expect(idsOf(marked, { allowTurnMarkers: true })).not.toEqual(idsOf(marked));
    const format = { ...GEMMA_CHAT, bos: false };
    expect(idsOf([hello], { format })).toEqual(asked.slice(1));
    expect(idsOf([hello], { bosTokenId: 5 })).toEqual([5, ...asked.slice(1)]);
    const said = [hello, { role: "model", content: "", ids: [9] } as const, hello];
    expect(() => idsOf(said, { vocabSize: 7 })).toThrow("9");
    expect(idsOf(said)).toContain(9);
  });
});

describe("rollouts", () => {
  const prompts = askedPrompts(PROMPTS.slice(0, 2), tokenizer).map((prompt, index) => ({
    ...prompt,
    index,
  }));

  it("are drawn from the present weights, the closing token included", async () => {
    // A model that was tuned to tell stories, and ends some of them within so many tokens.
    const { checkpoint } = await storyteller();
    const policy = await TrainableModel.from(checkpoint, { matmuls: simdMatmuls() });
    const backend = wasmBackend({ threads: 1 });
    const draw = drawsFrom(policy, tokenizer, backend);
    const options = { groupSize: 2, maxTokens: 12, seed: 5 };
    const questions = ["What is 2 plus 3?", "Tell me a story."];
    const rows = questions.map((content) => [{ role: "user", content } as const]);
    const asked = askedPrompts(rows, tokenizer).map((prompt, index) => ({ ...prompt, index }));
    const parts = { draw, policy, reference: policy };
    const drawn = await drawRollouts(asked, parts, options);
    expect(drawn.map(({ prompt }) => prompt)).toEqual([0, 0, 1, 1]);
    const close = tokenizer.idOf("<end_of_turn>");
    for (const { ids, mask, promptLength, isClosed, text, prompt, ...one } of drawn) {
      expect(promptLength).toBe(asked[prompt].ids.length);
      expect(Array.from(mask)).toEqual(Array.from(ids, (_, t) => Number(t >= promptLength)));
      expect(ids.at(-1) === close).toBe(isClosed);
      expect(isClosed || ids.length === promptLength + 12).toBe(true);
      const own = Array.from(ids.subarray(promptLength));
      expect(tokenizer.decode(isClosed ? own.slice(0, -1) : own)).toBe(text);
      expect(one.sampled.every((p, t) => (t < promptLength ? p === 0 : p < 0))).toBe(true);
      expect(one.reference).toEqual(one.logprobs);
    }
    expect(drawn[0]).toMatchObject({ isClosed: true, text: "2 plus 3 is 5." });
    expect(drawn[3].isClosed).toBe(false);
    // The same weights and seed, the same answers; other weights, others.
    expect(await drawRollouts(asked, parts, options)).toEqual(drawn);
    const other = await draw([asked[1].ids], { ...options, seed: 6 });
    expect(other[0].text).not.toBe(drawn[2].text);
    backend.dispose();
  });

  it("have the log-probabilities of the trainer to 1e-9, in float64, whatever has been learnt", async () => {
    const policy = await small({ precision: "float64" });
    const random = xoshiro128(3);
    for (let step = 0; step < 2; step++) {
      const draw = drawsFrom(policy, tokenizer, cpuBackend({ precision: "float64" }));
      const parts = { draw, policy, reference: policy };
      const drawn = await drawRollouts(prompts, parts, { groupSize: 4, maxTokens: 8, seed: step });
      for (const { sampled, logprobs } of drawn) {
        for (const [t, p] of sampled.entries())
          expect(Math.abs(p - logprobs[t])).toBeLessThan(1e-9);
      }
      for (const { data } of policy.parameters.values()) {
        for (let i = 0; i < data.length; i++) data[i] += 0.2 * (random() - 0.5);
      }
    }
  });

  it("come as often as their probabilities say, rare tokens too", async () => {
    const policy = await small({ precision: "float64" });
    const draw = drawsFrom(policy, tokenizer, cpuBackend({ precision: "float64" }));
    const parts = { draw, policy, reference: policy };
    const drawn = await drawRollouts([prompts[0]], parts, {
      ...{ groupSize: 250, maxTokens: 1, seed: 9 },
    });
    // E[f] and Var[f] over all tokens, for f = −log p: at another temperature, or without the rare ones, it would be lower.
    const surprise = drawn.map(({ logprobs, promptLength }) => -logprobs[promptLength]);
    const mean = surprise.reduce((sum, one) => sum + one, 0) / surprise.length;
    const { ids } = prompts[0];
    const all = await policy.logprobs(
      Array.from({ length: 24 }, (_, i) => ({ ids: [...ids, (i * 97) % policy.config.vocabSize] })),
    );
    expect(all.every((p) => p[ids.length] < 0)).toBe(true);
    const [final] = await policy.finals([{ ids }]);
    const [table] = policy.parameters.values();
    const { hiddenSize: D, vocabSize: V } = policy.config;
    const logits = Float64Array.from({ length: V }, (_, v) => {
      let sum = 0;
      for (let d = 0; d < D; d++) sum += table.data[v * D + d] * final.get(ids.length - 1, d);
      return sum;
    });
    const most = Math.max(...logits);
    const lse = most + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - most), 0));
    let [entropy, square] = [0, 0];
    for (const x of logits) {
      const p = Math.exp(x - lse);
      entropy += p * (lse - x);
      square += p * (lse - x) ** 2;
    }
    const error = Math.sqrt((square - entropy ** 2) / surprise.length);
    expect(Math.abs(mean - entropy)).toBeLessThan(4 * error);
    expect(error).toBeLessThan(entropy / 15);
  });

  it("stop between two tokens when they are to", async () => {
    const policy = await small();
    const parts = {
      draw: drawsFrom(policy, tokenizer, cpuBackend()),
      ...{ policy, reference: policy },
    };
    const options = { groupSize: 2, maxTokens: 3, seed: 1, signal: AbortSignal.abort() };
    await expect(drawRollouts(prompts, parts, options)).rejects.toThrow(/abort/);
  });

  it("are refused if there are not as many as were asked for, or one has no token", async () => {
    const policy = await small();
    const parts = { policy, reference: policy };
    const options = { groupSize: 2, maxTokens: 3, seed: 1 };
    const none = async () => [];
    await expect(drawRollouts(prompts, { ...parts, draw: none }, options)).rejects.toThrow("4");
    const one = {
      tokens: [],
      logprobs: [],
      text: "",
      seed: 1,
      finishReason: "stop",
      usage: { promptTokens: 1, reusedTokens: 0, generatedTokens: 0 },
    } as const;
    const empty = async () => [one, one, one, one];
    await expect(drawRollouts(prompts, { ...parts, draw: empty }, options)).rejects.toThrow(
      "a token at least",
    );
  });
});

describe("a policy", () => {
  it("is judged on prompts that it does not learn from", async () => {
    const [policy, reference] = [await small(), await small()];
    for (const { data } of reference.parameters.values()) data[0] += 0.3;
    const before = [...policy.parameters.values()].map(({ data }) => data.slice());
    const options = {
      ...{ tokenizer, reference, beta: 0.5, groupSize: 3, maxTokens: 4, seed: 2 },
      backend: cpuBackend(),
      reward: (all: readonly { ids: ArrayLike<number>; promptLength: number }[]) =>
        all.map(({ ids, promptLength }) => sideOf(ids, promptLength)),
      judge: (all: readonly unknown[]) => all.map((_, i) => i),
    };
    const found = await evaluatePolicy(policy, PROMPTS.slice(0, 2), options);
    const { figures, answers, rewards, logRatios, judged } = found;
    expect([answers.length, rewards.length, logRatios.length]).toEqual([6, 6, 6]);
    expect(judged).toEqual(Float64Array.of(0, 1, 2, 3, 4, 5));
    const mean = (values: Float64Array) => values.reduce((sum, one) => sum + one, 0) / 6;
    expect(figures.judge).toBe(2.5);
    expect(figures.k1).toBeCloseTo(mean(logRatios), 12);
    expect(figures.shaped).toBeCloseTo(mean(rewards) - 0.5 * mean(logRatios), 12);
    expect(rewards[4]).toBe(sideOf(answers[4].ids, answers[4].promptLength));
    expect([...policy.parameters.values()].map(({ data }) => data)).toEqual(before);
    const signal = AbortSignal.abort();
    await expect(evaluatePolicy(policy, PROMPTS, { ...options, signal })).rejects.toThrow(/abort/);
  });
});
