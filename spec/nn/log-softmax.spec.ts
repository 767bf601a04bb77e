import { describe, expect, it } from "vitest";
import { ArgumentError, ShapeError } from "../../src/errors.ts";
import { nextToken, tokenDistribution } from "../../src/generation/sampler.ts";
import {
  argmax,
  type LogitRow,
  logProbability,
  logProbabilityAmongTop,
} from "../../src/nn/log-softmax.ts";
import { type NdArray, tensor } from "../../src/tensor/tensor.ts";

// Row 0 has its largest logit at 3, row 1 at 0, column 2 at row 1: a reader of the whole buffer would find 4.
const logits = tensor(Float32Array.of(0, 1, 2, 3, 9, 4, 5, 6), [2, 4]);
const USES: Readonly<Record<string, (row: LogitRow) => unknown>> = {
  argmax,
  logProbability: (row) => logProbability(row, 0),
  logProbabilityAmongTop: (row) => logProbabilityAmongTop(row, 0, 1),
  nextToken: (row) => nextToken(row),
  tokenDistribution: (row) => tokenDistribution(row),
};

describe.each(Object.entries(USES))("%s", (_, use) => {
  it.each<[string, NdArray, number[]]>([
    ["a row", logits.pick(0, null), [0, 1, 2, 3]],
    ["a later row", logits.pick(1, null), [9, 4, 5, 6]],
    ["a column, whose numbers lie apart", logits.pick(null, 2), [2, 5]],
    ["a row backwards", logits.pick(0, null).step(-1), [3, 2, 1, 0]],
  ])("takes %s of a tensor as the list of its numbers", (_, row, numbers) => {
    expect(use(row)).toEqual(use(numbers));
  });

  it("refuses several rows, and says how one is taken", () => {
    expect(() => use(logits)).toThrow(ArgumentError);
    expect(() => use(logits)).toThrow("got [2, 4]; take a row: logits.pick(t, null)");
  });

  it("refuses a row whose numbers are not there, and what has none", () => {
    const short = { ...logits.pick(0, null), shape: [64] } as NdArray;
    expect(() => use(short)).toThrow(ShapeError);
    expect(() => use({} as never)).toThrow(ArgumentError);
  });
});

describe("logProbabilityAmongTop", () => {
  it("is what a sampler with this topK draws it with", () => {
    const logits = Float64Array.from({ length: 200 }, (_, v) => Math.round(10 * Math.sin(v)) / 3);
    for (const topK of [1, 2, 7, 40, 200, 300]) {
      const { ids, probabilities } = tokenDistribution(logits, { topK });
      for (let v = 0; v < logits.length; v++) {
        const place = Array.from(ids).indexOf(v);
        const own = logProbabilityAmongTop(logits, v, topK);
        if (place < 0) expect(own).toBe(Number.NEGATIVE_INFINITY);
        else expect(own).toBeCloseTo(Math.log(probabilities[place]), 12);
      }
    }
  });

  it("refuses no token at all", () => {
    expect(() => logProbabilityAmongTop([1, 2], 0, 0)).toThrow(
      '"topK" expected a positive integer',
    );
  });
});

describe("nextToken", () => {
  it("needs no random numbers where nothing is drawn, and asks for them where something is", () => {
    expect(nextToken([1, 3, 2])).toBe(1);
    expect(() => nextToken([1, 3, 2], { temperature: 1 })).toThrow(
      'nextToken: "random" expected a function that gives numbers from 0 to below 1, got nothing; such as Math.random',
    );
    expect(() => nextToken([1, 3, 2], {}, 5 as never)).toThrow('"random"');
  });
});
