/** What others have measured, and what is said of an engine that is held against it. */
import { describe, expect, it } from "vitest";
import type { Accuracy } from "../../../src/backend/backend.ts";
import { GEMMA_2B } from "../../../src/config.ts";
import { MUTANTS } from "../../../src/conformance/mutants/mutants.ts";
import {
  type Fact,
  type Facts,
  readFacts,
  type TokensFact,
} from "../../../src/conformance/real/facts.ts";
import { judgeGreedy, judgeTop } from "../../../src/conformance/real/judge-facts.ts";
import { runFacts } from "../../../src/conformance/real/run-facts.ts";
import type { Testee } from "../../../src/conformance/run/testee.ts";
import { textTestee } from "../../../src/conformance/text/text-testee.ts";
import type { SuiteModel } from "../../../src/conformance/vectors/suite.ts";
import { bfloat16, float32 } from "../../../src/tensor/precision.ts";
import { type NdArray, tensor } from "../../../src/tensor/tensor.ts";
import { engineAsTestee, trainedModel } from "../../support/engine-as-testee.ts";
import { ENCODE } from "../../support/gemma-vectors.ts";
import { golden, promptIds, readFixture, readJson } from "../../support/goldens.ts";

const FILE = "conformance/gemma-2b.json";
const facts = readFacts(readFixture(FILE), FILE);
/** The released model, without its weights: the testee below has none either. */
const gemma2b: SuiteModel = { name: "gemma-2b", config: GEMMA_2B, tensors: new Map() };
const ofKind = <K extends Fact["kind"]>(kind: K) =>
  facts.vectors.filter((fact): fact is Extract<Fact, { kind: K }> => fact.kind === kind);

/**
 * Gives the numbers of the facts where there are some.
 * @param shift is added to each.
 */
function parrot(accuracy: Accuracy, shift = 0, { lastOnly = false } = {}): Testee {
  return {
    info: { name: "parrot", accuracy },
    async load() {},
    async reset() {},
    async forward({ ids }, [tap]) {
      const columns = tap === "logits" ? 256000 : 2048;
      const x = tensor(new Float32Array(ids.length * columns).fill(-40), [ids.length, columns]);
      const isAsked = (fact: { readonly ids: readonly number[] }) => fact.ids.join() === ids.join();
      for (const { top } of ofKind("top").filter(isAsked)) {
        for (const [id, logit] of top) x.set(ids.length - 1, id, logit + shift);
      }
      for (const { means } of ofKind("means").filter(isAsked)) {
        for (const [t, mean] of means.entries()) {
          x.data.fill(mean + shift, t * columns, (t + 1) * columns);
        }
      }
      for (const fact of ofKind("numbers").filter(isAsked)) {
        if (fact.tap !== tap) continue;
        for (const [t, column, value] of fact.numbers) x.set(t, column, value + shift);
      }
      const last = tensor(x.data.subarray(-columns), [1, columns]);
      return new Map([[tap, lastOnly ? last : x]]);
    },
  };
}

describe("the facts of gemma-2b", () => {
  it("have a source each, and ids that are used once", () => {
    expect(facts.vectors.filter(({ source }) => !facts.sources[source])).toEqual([]);
    const ids = facts.vectors.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => id.startsWith("t4."))).toBe(true);
  });

  it("have ids of texts that agree with what is collected of Gemma's tokenizer", () => {
    const encode = facts.vectors.filter((fact): fact is TokensFact => fact.kind === "encode");
    expect(encode.map(({ text, ids }) => [text, ids])).toEqual(ENCODE);
    const [france] = ofKind("top");
    const text = encode.find((one) => one.text === "The capital of France is");
    expect(france.ids).toEqual([2, ...(text?.ids ?? [])]);
  });

  it("are skipped without weights and tokenizer, with what to give", async () => {
    const results = await runFacts(parrot("float32"), facts);
    expect(results.length).toBe(facts.vectors.length);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(["skip"]));
    expect(new Set(results.map(({ message }) => message))).toEqual(
      new Set([
        "needs the weights of google/gemma-2b, which its licence keeps out of this package",
        "needs the tokenizer.model of google/gemma-2b",
      ]),
    );
  });

  it("are skipped with the weights of another model, and in a class without a bar", async () => {
    const other = { ...gemma2b, config: { ...GEMMA_2B, numHiddenLayers: 28 } };
    const [first] = await runFacts(parrot("float32"), facts, { model: other });
    expect(first.message).toBe(
      "the weights are of another model than google/gemma-2b: numHiddenLayers is 28, not 18",
    );
    const [wide] = await runFacts(parrot("bfloat16"), facts, { model: gemma2b });
    expect(wide).toMatchObject({
      status: "skip",
      message: expect.stringMatching(/^no bar is known for bfloat16: make a sketch/),
    });
  });

  it("pass an engine that has their numbers, and in no class one that is off by more than its bar", async () => {
    const statuses = async (testee: Testee) => {
      const results = await runFacts(testee, facts, { model: gemma2b });
      const numeric = results.filter(({ id }) =>
        /\.(top|final-norm|logits|mean-logits)\./.test(id),
      );
      return numeric.map(({ status }) => status);
    };
    const all = (status: string, from = 6) => [...Array(from).fill(status), "pass", "pass"];
    expect(await statuses(parrot("float32"))).toEqual(all("pass"));
    expect(await statuses(parrot("float64", 5e-4))).toEqual(all("pass"));
    expect(await statuses(parrot("float32", 2e-3))).toEqual(all("fail"));
    expect(await statuses(parrot("float32-relaxed", 2e-3))).toEqual(all("pass"));
    expect(await statuses(parrot("float32-relaxed", 0.2))).toEqual(Array(8).fill("fail"));
  });

  it("take the last row of logits where it is asked for, and no less than all where all are", async () => {
    const results = await runFacts(parrot("float32", 0, { lastOnly: true }), facts, {
      model: gemma2b,
    });
    const find = (id: string) => results.find((result) => result.id === `t4.gemma-2b.${id}`);
    expect(find("top.france")?.status).toBe("pass");
    expect(find("mean-logits.without-bos")).toMatchObject({
      status: "error",
      message: "logits has shape [1, 256000], expected 8 rows",
    });
  });

  it("in another format are refused", () => {
    const read = (value: object) =>
      readFacts(new TextEncoder().encode(JSON.stringify(value)), "f.json");
    expect(() => read({})).toThrow('readFacts: f.json: "format" expected "gemma-reference-facts"');
    expect(() => read({ format: facts.format, protocol: 2 })).toThrow("a newer gemma-reference");
  });
});

describe("judgeTop", () => {
  const top = [
    [4, 3],
    [7, 2.9995],
    [2, 1],
  ] as const;
  const judged = (changes: Readonly<Record<number, number>>) => {
    const logits = Float64Array.from(
      { length: 10 },
      (_, id) => changes[id] ?? Object.fromEntries(top)[id] ?? -5,
    );
    return judgeTop(logits, { top }, 1e-3);
  };

  it("passes the same order", () => {
    expect(judged({})).toEqual({ status: "pass" });
  });

  it("takes two that changed places within the bar for a tie", () => {
    expect(judged({ 4: 2.9996, 7: 2.9998 })).toEqual({
      status: "tie",
      message: "token 7 stands where 4 was expected, within the bar of 0.001",
    });
  });

  it("fails a number beyond the bar, NaN, and a token that should not be there", () => {
    expect(judged({ 2: 1.002 })).toMatchObject({
      status: "fail",
      message: "the logit of token 2 is 1.002, expected 1 within 0.001",
    });
    expect(judged({ 7: Number.NaN }).status).toBe("fail");
    expect(judged({ 9: 1.01 }).message).toContain("the logit of token 9 is 1.01, above all but 2");
    expect(judged({ 9: Number.NaN }).status).toBe("fail");
    expect(judged({ 9: 1.0005 }).status).toBe("pass");
  });
});

describe("judgeGreedy", () => {
  /** Two positions; at the second, token 1 leads token 3 by `lead`. */
  const judged = (lead: number, classes: readonly Accuracy[]) => {
    const rows = [
      [0, 0, 16, 0],
      [0, 16, 0, 16 - lead],
    ];
    return judgeGreedy(tensor(Float64Array.from(rows.flat()), [2, 4]), [0, 2, 3], 1, classes);
  };

  it("takes what four roundings of both logits explain for a tie, in the wider class", () => {
    // 2 · 4 · 2^-8 · 16 = 0.5, and 2 · 4 · 2^-11 · 16 = 0.0625.
    expect(judged(0.4, ["bfloat16", "float32"])).toMatchObject({
      status: "tie",
      message: "token 1 of the text is 3, and 1 leads it by 0.4, within the noise of 0.5",
    });
    expect(judged(0.6, ["float32", "bfloat16"])).toMatchObject({
      status: "fail",
      message: "token 1 of the text is 3, and 1 leads it by 0.6; noise reaches 0.5",
    });
    expect(judged(0.07, ["float16", "float32"]).status).toBe("fail");
    expect(judged(Number.NaN, ["bfloat16"]).status).toBe("fail");
  });

  it("passes the text itself", () => {
    expect(judged(-1, ["float32"])).toEqual({ status: "pass" });
  });
});

describe("facts of a trained fixture model", async () => {
  const model = await trainedModel("tiny-stories-it");
  const [story] = readJson<{ prompt: string; greedy_text: string }[]>(
    "tiny-stories-it/greedy.json",
  );
  const ids = promptIds("tiny-stories-it", "prompt-1");
  const logits = golden("tiny-stories-it/prompt-1.npz", "logits.f32").slice(-1024);
  const top = Array.from(logits, (logit, id) => [id, logit] as const)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 10);
  const base = { note: "", source: "gemma_pytorch" };
  const bars = { float64: 1e-4, float32: 1e-4 };
  const tiny: Facts = {
    ...facts,
    model: "tiny-stories-it",
    shape: { vocabSize: 1024, hiddenSize: 128, numHiddenLayers: 4 },
    sources: { gemma_pytorch: "fixtures/README.md" },
    vectors: [
      { ...base, id: "top", kind: "top", ids, top, bars },
      {
        ...base,
        id: "greedy",
        kind: "greedy",
        prompt: story.prompt,
        text: story.greedy_text,
        accuracy: "float64",
      },
      { ...base, id: "encode", kind: "encode", text: "the cat", ids: [971, 285, 673] },
      { ...base, id: "decode", kind: "decode", text: " cat", ids: [673] },
    ],
  };
  const text = textTestee();
  const run = async (testee: Testee) => {
    const results = await runFacts({ ...text, ...testee }, tiny, {
      model,
      tokenizer: readFixture("tiny-stories-it/tokenizer.model"),
    });
    return Object.fromEntries(
      results.map(({ id, status, message }) => [id, message ? `${status}: ${message}` : status]),
    );
  };

  it("pass the reference", async () => {
    const passed = { top: "pass", greedy: "pass", encode: "pass", decode: "pass" };
    expect(await run(engineAsTestee("float64"))).toEqual(passed);
    expect(await run(engineAsTestee("float32", { precision: float32 }))).toEqual(passed);
    // The smallest lead along the way is 0.03 (greedy.json), less than the noise of bfloat16.
    const { greedy } = await run(engineAsTestee("bfloat16", { precision: bfloat16 }));
    expect(greedy).toMatch(/^(pass|tie)/);
  });

  it("fail an engine without a mask, and a tokenizer with another one's ids", async () => {
    const parts = MUTANTS.find(({ id }) => id === "attention-no-mask")?.parts;
    const results = await run({
      ...engineAsTestee("float32", { ...parts, precision: float32 }),
      encode: async () => [971, 285, 674],
      decode: async () => "cat",
    });
    expect(results.top).toMatch(
      /^fail: the logit of token 968 is [\d.]+, expected 16.06387 within/,
    );
    expect(results.greedy).toMatch(/^fail: token \d+ of the text is \d+, and \d+ leads it by/);
    expect(results.encode).toBe("fail: token 2 is 674, expected 673");
    expect(results.decode).toBe('fail: the text is "cat", expected " cat"');
  });

  it("are unsupported or errors where a testee says no", async () => {
    const silent = { ...engineAsTestee("float32"), load: async () => {}, encode: undefined };
    const shapeless = async (): Promise<ReadonlyMap<string, NdArray>> =>
      new Map([["logits", tensor(new Float32Array(1000), [1, 1000])]]);
    const results = await run({ ...silent, forward: shapeless });
    expect(results.encode).toMatch(/^unsupported: /);
    expect(results.top).toBe("error: logits has shape [1, 1000], expected 31 rows");
    const { top: nothing } = await run({ ...silent, forward: async () => new Map() });
    expect(nothing).toMatch(/^unsupported: testee: expected logits/);
  });
});
