import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import type { GenerateOptions } from "../../src/generation/generate.ts";
import type { PrecisionName } from "../../src/tensor/precision.ts";
import { checkpoint, readJson, STORY_MODELS } from "../support/goldens.ts";
import { greedyGoldens } from "../support/greedy.ts";

const models = new Map<string, Promise<Gemma>>();
function gemma(name = "tiny-stories-it", precision: PrecisionName = "float32"): Promise<Gemma> {
  const key = `${name} ${precision}`;
  const known = models.get(key);
  if (known) return known;
  const loading = checkpoint(name).then((opened) => Gemma.load(opened, { precision }));
  models.set(key, loading);
  return loading;
}
const PROMPT =
  "<start_of_turn>user\nTell me a story about Mira the fox.<end_of_turn>\n<start_of_turn>model\n";

describe.each(Object.keys(STORY_MODELS))("%s", (name) => {
  const cases = greedyGoldens(name);

  it.each(["float64", "float32"] as const)(
    "continues as gemma_pytorch's float64 does, in %s",
    async (precision) => {
      const model = await gemma(name, precision);
      for (const { prompt, prompt_ids, greedy_ids, greedy_text } of cases) {
        expect(model.encode(prompt)).toEqual(prompt_ids);
        const tokens: number[] = [];
        let text = "";
        const generation = model.generate(prompt, { maxTokens: greedy_ids.length });
        for await (const step of generation) {
          tokens.push(step.token);
          text += step.text;
        }
        expect(tokens).toEqual(greedy_ids);
        expect(model.decode(tokens)).toBe(greedy_text);
        expect(text).toBe(greedy_text.replace("<end_of_turn>", ""));
        const ended = { 1: "eos", [model.tokenizer?.endOfTurnId ?? -1]: "end_of_turn" };
        expect(generation.finishReason).toBe(ended[greedy_ids.at(-1) as 1] ?? "length");
      }
    },
  );
});

describe("score", () => {
  it("reproduces gemma_pytorch's likelihood of ten held-out stories to 1e-10, in float64", async () => {
    const { texts, nll_per_token, tokens } = readJson<{
      texts: string[];
      nll_per_token: number;
      tokens: number;
    }>("tiny-stories/perplexity.json");
    const model = await gemma("tiny-stories", "float64");
    let [total, count] = [0, 0];
    for (const text of texts) {
      const score = await model.score([...model.encode(text), 1]);
      total -= score.total;
      count += score.tokens.length;
      expect(score.perplexity).toBeCloseTo(Math.exp(-score.total / score.tokens.length), 12);
    }
    expect(count).toBe(tokens);
    expect(Math.abs(total / count - nll_per_token)).toBeLessThan(1e-10);
  });

  it("agrees with the logprobs of generation", async () => {
    const model = await gemma();
    const ids = model.encode(PROMPT);
    const steps = [];
    for await (const step of model.generate(ids, { maxTokens: 8 })) steps.push(step);
    const { logprobs } = await model.score([...ids, ...steps.map(({ token }) => token)]);
    expect([...logprobs.slice(-8)]).toEqual(steps.map(({ logprob }) => logprob));
  });

  it("refuses what leaves nothing to predict, and bad ids or lengths before anything is computed", async () => {
    const model = await gemma();
    for (const ids of [[2], [2, 5, 999999], [2, 5, -1], new Array(514).fill(5)]) {
      await expect(model.score(ids)).rejects.toThrow(ArgumentError);
    }
  });
});

describe("a generation ends", () => {
  const reason = async (options: GenerateOptions, prompt: string | number[] = PROMPT) => {
    const generation = (await gemma()).generate(prompt, options);
    const text = await generation.text();
    return { text, reason: generation.finishReason };
  };

  it("with end_of_turn, eos, stop, length", async () => {
    expect((await reason({})).reason).toBe("end_of_turn");
    const story = (await gemma("tiny-stories")).generate("Lily the frog had 5 berries.");
    await story.text();
    expect(story.finishReason).toBe("eos");
    expect(await reason({ stop: " plums" })).toEqual({
      text: "Mira the fox had 6",
      reason: "stop",
    });
    expect((await reason({ maxTokens: 5 })).reason).toBe("length");
    expect(await reason({ maxTokens: 0 })).toEqual({ text: "", reason: "length" });
  });

  it("with context, when the cache is full; the last token needs no room", async () => {
    const model = await gemma();
    const ids = model.encode(PROMPT);
    const cache = model.model.createCache({ contextLength: ids.length + 3 });
    const generation = model.generate(ids, { cache });
    let tokens = 0;
    for await (const _ of generation) tokens++;
    expect(generation.finishReason).toBe("context");
    expect(tokens).toBe(4);
  });

  it("with abort: before the first step, between steps, and from a timer in a long prefill", async () => {
    expect(await reason({ signal: AbortSignal.abort() })).toEqual({ text: "", reason: "abort" });

    const controller = new AbortController();
    const generation = (await gemma()).generate(PROMPT, { signal: controller.signal });
    let text = "";
    for await (const step of generation) {
      text += step.text;
      if (text.length > 10) controller.abort();
    }
    expect(generation.finishReason).toBe("abort");
    expect("Mira the fox had 6 plums.".startsWith(text)).toBe(true);

    const long = Array.from({ length: 480 }, (_, i) => 3 + (i % 900));
    expect((await reason({ signal: AbortSignal.timeout(0) }, long)).reason).toBe("abort");
  });

  it("when its loop is left, and computes no more", async () => {
    const { config, tensors, ...rest } = await checkpoint("tiny-stories-it");
    const { cpuBackend } = await import("../../src/backend/cpu/cpu.ts");
    const cpu = cpuBackend();
    let reads = 0;
    const backend = {
      ...cpu,
      read: (...args: Parameters<typeof cpu.read>) => {
        reads++;
        return cpu.read(...args);
      },
    };
    const model = await Gemma.load({ config, tensors, ...rest }, { backend });
    const generation = model.generate(PROMPT);
    for await (const _ of generation) break;
    const after = reads;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(reads).toBe(after);
    expect(generation.finishReason).toBe("abort");
    expect(await generation.next()).toEqual({ done: true, value: undefined });
  });
});

describe("sampling", () => {
  it("gives the same text for the same seed, another for another", async () => {
    const model = await gemma();
    const options = { temperature: 1.5, maxTokens: 16 };
    const run = (seed: number) => model.generate(PROMPT, { ...options, seed }).text();
    const first = await run(1);
    expect(await run(1)).toBe(first);
    expect(await run(2)).not.toBe(first);
  });

  it("with top-k 1 is greedy at any temperature", async () => {
    const model = await gemma();
    const greedy = await model.generate(PROMPT, { maxTokens: 16 }).text();
    const drawn = { temperature: 5, topK: 1, maxTokens: 16 };
    expect(await model.generate(PROMPT, drawn).text()).toBe(greedy);
  });
});

describe("streamed text", () => {
  it("never splits a character: bytes wait for the rest of theirs", async () => {
    const model = await gemma();
    // At a high temperature byte tokens come in any order.
    const generation = model.generate(PROMPT, { temperature: 100, seed: 3, maxTokens: 50 });
    const ids: number[] = [];
    let text = "";
    for await (const step of generation) {
      ids.push(step.token);
      text += step.text;
    }
    expect(text).toContain("�"); // lone bytes did come
    const ended = generation.finishReason === "length" ? ids : ids.slice(0, -1);
    expect(text).toBe(model.decode(ended));
  });
});

describe("a cache of one's own", () => {
  it("is continued where it stands, without a second BOS, and gives the text of one go", async () => {
    const model = await gemma();
    const whole = await model.generate(PROMPT, { maxTokens: 12 }).text();
    const cache = model.model.createCache();
    const half = PROMPT.indexOf(" about"); // where a word begins, so the tokens are the same
    await model.model.forward(model.encode(PROMPT.slice(0, half)), cache);
    const fed = cache.length;
    const text = await model.generate(PROMPT.slice(half), { maxTokens: 12, cache }).text();
    expect(text).toBe(whole);
    // The last token is yielded and not fed.
    expect(cache.length).toBe(fed + (model.tokenizer?.encode(PROMPT.slice(half)).length ?? 0) + 11);
  });
});

describe("options", () => {
  it("are checked before anything is computed", async () => {
    const model = await gemma();
    expect(() => model.generate(PROMPT, { maxTokens: -1 })).toThrow(ArgumentError);
    expect(() => model.generate(PROMPT, { topP: 2 })).toThrow(ArgumentError);
    expect(() => model.generate(PROMPT, { seed: Number.NaN })).toThrow(ArgumentError);
    expect(() => model.generate(PROMPT, { seed: 2 ** 32 })).toThrow(ArgumentError);
  });

  it("an empty prompt, or one longer than the context, is refused", async () => {
    const model = await gemma();
    expect(() => model.generate([])).toThrow(/empty prompt still has its BOS/);
    const none = model.generate(new Int32Array(0));
    await expect(none.text()).rejects.toThrow(/empty prompt still has its BOS/);
    await expect(model.generate(new Array(600).fill(5)).text()).rejects.toThrow(ArgumentError);
  });
});
