/** Tensors as lists, and in JSON. */
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { UnsupportedError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import { listsInJson, toArray } from "../../src/tensor/json.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkpoint } from "../support/goldens.ts";

const again = (value: unknown) => JSON.parse(JSON.stringify(value));

describe("a tensor in JSON", () => {
  it("is a list for each axis, of views too", () => {
    const x = tensor(Float64Array.of(9, 0, 1, 2, 3, 4, 5), [2, 3], 1);
    expect(again(x)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(again(x.pick(1, null))).toEqual([3, 4, 5]);
    expect(again(x.transpose(1, 0))).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(again(x.lo(0, 1).step(1, 2))).toEqual([[1], [4]]);
    expect(again(x.step(-1, -1))).toEqual([
      [5, 4, 3],
      [2, 1, 0],
    ]);
    expect(again({ logits: x })).toEqual({ logits: toArray(x) });
    expect(again(tensor(new Float32Array(0), [0, 4]))).toEqual([]);
    expect(again(tensor(Float32Array.of(1, 2, 3, 4), [1, 2, 2]))).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    expect(toArray(ndarray(Float32Array.of(7), []))).toBe(7);
  });

  it("names what is not finite, which lists keep", () => {
    const x = tensor(Float64Array.of(Number.NEGATIVE_INFINITY, Number.NaN, 1 / 0, 0.1), [4]);
    expect(again(x)).toEqual(["-Infinity", "NaN", "Infinity", 0.1]);
    expect(toArray(x)).toEqual([Number.NEGATIVE_INFINITY, Number.NaN, 1 / 0, 0.1]);
  });

  it("is refused where no string could hold it", () => {
    const many = tensor(new Float32Array(2 ** 24 + 1), [2 ** 24 + 1]);
    expect(() => JSON.stringify(many)).toThrow(UnsupportedError);
    expect(() => JSON.stringify(many)).toThrow(/"toJSON" expected at most 16777216 numbers/);
  });

  it("is no field of it: spreads, keys and comparisons see what they saw", () => {
    const x = tensor(Float64Array.of(1, 2), [2]);
    expect(Object.keys(x)).toEqual(["data", "shape", "stride", "offset"]);
    for (const name in x) expect(name).not.toBe("toJSON");
  });
});

it("a result keeps its typed arrays, and has lists in JSON", () => {
  const result = listsInJson({ ids: Int32Array.of(1), rows: [Float64Array.of(2, 3)], name: "x" });
  expect(result.rows[0]).toBeInstanceOf(Float64Array);
  expect(again(result)).toEqual({ ids: [1], rows: [[2, 3]], name: "x" });
});

it("no result of Gemma has typed arrays in JSON", async () => {
  const gemma = await Gemma.load(await checkpoint("tiny-stories"));
  const text = "Mira had";
  const results = {
    logits: await gemma.logits(text),
    score: await gemma.score(text),
    generated: await gemma.generateBatch([text], { maxTokens: 2 }),
    trace: await gemma.trace(text, { names: ["hook_embed", "attn.hook_pattern"] }),
    cache: await gemma.runWithCache(text, { names: "attn.hook_pattern" }),
    stages: await gemma.attentionStages(text, { layer: 0, head: 0 }),
    lens: await gemma.logitLens(text),
    attribution: await gemma.attributeLogit(text),
    sampling: await gemma.inspectSampling(text, { temperature: 1, seed: 1 }),
    tokens: gemma.tokens(text),
  };
  for (const [name, result] of Object.entries(results)) {
    expect([name, JSON.stringify(result)]).toEqual([name, expect.not.stringContaining('"0":')]);
  }
  expect(again(results.logits)).toEqual(toArray(results.logits));
  expect(Object.keys(again(results.trace))).toEqual([...results.trace.keys()]);
  await gemma.dispose();
});
