/** Each component on numbers one can check with a calculator, and its refusals. */
import { describe, expect, it } from "vitest";
import { ArgumentError, ShapeError } from "../../src/errors.ts";
import { embeddingScale } from "../../src/model/embedding-scale.ts";
import { attention } from "../../src/nn/attention.ts";
import { embed } from "../../src/nn/embedding.ts";
import { geglu } from "../../src/nn/geglu.ts";
import { linear } from "../../src/nn/linear.ts";
import { add } from "../../src/nn/residual.ts";
import { rmsNorm } from "../../src/nn/rmsnorm.ts";
import { applyRope } from "../../src/nn/rope.ts";
import { softmax } from "../../src/nn/softmax.ts";
import { bfloat16, float64 } from "../../src/tensor/precision.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { randomTensor } from "../support/random.ts";

const f64 = (shape: number[], ...values: number[]) => tensor(Float64Array.from(values), shape);
const ones = (...shape: number[]) =>
  tensor(new Float64Array(shape.reduce((a, b) => a * b)).fill(1), shape);
const precision = float64;

describe("rmsNorm", () => {
  it("gives DeepMind's own test value for [0.1, 0.2] with a zero weight", () => {
    const y = rmsNorm(f64([1, 2], 0.1, 0.2), f64([2], 0, 0), { precision });
    expect(y.get(0, 0)).toBeCloseTo(0.6324429, 6);
    expect(y.get(0, 1)).toBeCloseTo(1.2648858, 6);
  });

  it("scales by 1 + weight, or by weight where the 1 is folded in", () => {
    const x = f64([1, 2], 3, 4);
    const raw = rmsNorm(x, f64([2], 0.5, -0.25), { precision });
    const folded = rmsNorm(x, f64([2], 1.5, 0.75), { precision, normOffset: 0 });
    expect([...raw.data]).toEqual([...folded.data]);
  });

  it("gives zeros, not NaN, for a row of zeros", () => {
    expect([...rmsNorm(f64([1, 2], 0, 0), f64([2], 1, 1), { precision }).data]).toEqual([0, 0]);
  });

  it("refuses a weight of another width by name", () => {
    expect(() => rmsNorm(ones(1, 2), ones(3))).toThrow('"weight" expected [2], got [3]');
  });
});

describe("applyRope", () => {
  it("gives DeepMind's own test values: all ones, H = 4, θ = 100, positions 1 and 3", () => {
    const at = (pos: number) => [...applyRope(ones(1, 1, 4), pos, { theta: 100, precision }).data];
    const close = (expected: number[]) => expected.map((y) => expect.closeTo(y, 5)); // float32
    expect(at(1)).toEqual(close([-0.30116868, 0.89517075, 1.3817732, 1.0948375]));
    expect(at(3)).toEqual(close([-1.1311126, 0.6598157, -0.8488725, 1.2508571]));
  });

  it("leaves position 0 as it is, and may write over its source", () => {
    const x = randomTensor([2, 3, 8], 1);
    const apart = applyRope(x, 5, { precision });
    expect([...applyRope(x, 0, { precision }).data.slice(0, 24)]).toEqual([...x.data.slice(0, 24)]);
    const inPlace = tensor(Float64Array.from(x.data), [2, 3, 8]);
    applyRope(inPlace, 5, { precision, out: inPlace });
    expect([...inPlace.data]).toEqual([...apart.data]);
  });

  it("depends on distance only: q·k is the same at (7, 3) and (107, 103)", () => {
    const q = randomTensor([1, 1, 16], 2);
    const k = randomTensor([1, 1, 16], 3);
    const dot = (m: number, n: number) => {
      const a = applyRope(q, m, { precision }).data;
      const b = applyRope(k, n, { precision }).data;
      return Array.from(a).reduce((sum, x, i) => sum + x * b[i], 0);
    };
    expect(dot(107, 103)).toBeCloseTo(dot(7, 3), 12);
  });

  it("refuses an odd head", () => {
    expect(() => applyRope(ones(1, 1, 3), 0)).toThrow(ShapeError);
  });
});

describe("geglu", () => {
  it("gives the closed form of a 2-3-2 MLP of ones: 11.7275867 for 1, 47.999157 for 2", () => {
    for (const [x, y] of [
      [1, 11.7275867],
      [2, 47.999157],
    ]) {
      const input = f64([1, 2], x, x);
      const hidden = linear(input, ones(3, 2), { precision });
      const out = linear(geglu(hidden, hidden, { precision }), ones(2, 3), { precision });
      expect(out.get(0, 0)).toBeCloseTo(y, 5);
    }
  });
});

describe("embed", () => {
  it("gives 2 for a table of ones of width 4, scaled by √4", () => {
    const x = embed([0, 1], ones(2, 4), { scale: embeddingScale(4), precision });
    expect([...x.data]).toEqual(new Array(8).fill(2));
  });

  it("offers the exact √D and the released models' rounded one", () => {
    expect(embeddingScale(2048)).toBe(Math.sqrt(2048));
    expect(embeddingScale(2048, "bfloat16")).toBe(45.25);
    expect(embeddingScale(3072, "bfloat16")).toBe(55.5);
  });

  it.each([-1, 2, 0.5, Number.NaN])("refuses id %s of a table of two rows", (id) => {
    expect(() => embed([id], ones(2, 4))).toThrow(ArgumentError);
  });
});

describe("softmax", () => {
  it("survives scores of +200 and −10,000", () => {
    const y = softmax(f64([1, 3], 200, 200, -1e4), { precision });
    expect([...y.data]).toEqual([0.5, 0.5, 0]);
  });
});

describe("attention", () => {
  it("of a first token is its value, whatever the query", () => {
    const v = randomTensor([1, 1, 4], 4);
    const z = attention(randomTensor([1, 2, 4], 5), randomTensor([1, 1, 4], 6), v, { precision });
    expect([...z.data]).toEqual([...v.data, ...v.data]);
  });

  it("never looks at later keys, not even at NaN", () => {
    const [k, v] = [randomTensor([4, 1, 4], 7), randomTensor([4, 1, 4], 8)];
    const q = randomTensor([1, 2, 4], 9);
    const clean = attention(q, k, v, { pos: 1, precision });
    k.data.fill(Number.NaN, 8);
    v.data.fill(Number.NaN, 8);
    expect([...attention(q, k, v, { pos: 1, precision }).data]).toEqual([...clean.data]);
  });

  it("gives each of N/K neighbouring query heads the same key-value head", () => {
    const q = randomTensor([1, 1, 4], 10);
    const four = tensor(Float32Array.from([...q.data, ...q.data, ...q.data, ...q.data]), [1, 4, 4]);
    const k = randomTensor([3, 2, 4], 11);
    const z = attention(four, k, randomTensor([3, 2, 4], 12), { pos: 2, precision });
    const head = (n: number) => [...z.data.slice(4 * n, 4 * n + 4)];
    expect(head(1)).toEqual(head(0));
    expect(head(3)).toEqual(head(2));
    expect(head(2)).not.toEqual(head(0));
  });

  it("hands out scores and pattern, rows of the pattern summing to 1", () => {
    const pattern = tensor(new Float64Array(2 * 3 * 3), [2, 3, 3]);
    const scores = tensor(new Float64Array(2 * 3 * 3).fill(-99), [2, 3, 3]);
    const [q, k] = [randomTensor([3, 2, 4], 13), randomTensor([3, 1, 4], 14)];
    attention(q, k, k, { pattern, scores, precision });
    expect(pattern.get(1, 2, 0) + pattern.get(1, 2, 1) + pattern.get(1, 2, 2)).toBeCloseTo(1, 15);
    expect(scores.get(0, 0, 1)).toBe(-99);
    const dot = [0, 1, 2, 3].reduce((sum, h) => sum + q.get(2, 1, h) * k.get(0, 0, h), 0);
    expect(scores.get(1, 2, 0)).toBeCloseTo(dot / 2, 14);
  });

  it("multiplies queries by its scale, which is 1/√H by default", () => {
    const scores = (options: object) => {
      const into = tensor(new Float64Array(1), [1, 1, 1]);
      attention(ones(1, 1, 4), ones(1, 1, 4), ones(1, 1, 4), {
        ...options,
        precision,
        scores: into,
      });
      return into.get(0, 0, 0);
    };
    expect([scores({}), scores({ scale: 0.25 }), scores({ scale: 3 })]).toEqual([2, 1, 12]);
  });

  it("refuses heads that do not divide, and too few keys", () => {
    expect(() => attention(ones(1, 3, 4), ones(1, 2, 4), ones(1, 2, 4))).toThrow(ShapeError);
    expect(() => attention(ones(2, 2, 4), ones(1, 1, 4), ones(1, 1, 4))).toThrow(ShapeError);
  });
});

describe("every component", () => {
  const x = randomTensor([3, 8], 20);
  const heads = randomTensor([3, 2, 4], 21);
  const weight = randomTensor([8], 22);
  const components = {
    rmsNorm: (out?: typeof x) => rmsNorm(x, weight, { precision: bfloat16, out }),
    linear: (out?: typeof x) => linear(x, randomTensor([8, 8], 23), { precision: bfloat16, out }),
    geglu: (out?: typeof x) => geglu(x, x, { precision: bfloat16, out }),
    softmax: (out?: typeof x) => softmax(x, { precision: bfloat16, out }),
    add: (out?: typeof x) => add(x, x, { precision: bfloat16, out }),
    embed: (out?: typeof x) => embed([0, 1, 2], x, { precision: bfloat16, out }),
    applyRope: (out?: typeof x) => applyRope(heads, 3, { precision: bfloat16, out }),
    attention: (out?: typeof x) => attention(heads, heads, heads, { precision: bfloat16, out }),
  };

  it.each(Object.entries(components))("%s stores what its precision can hold", (_, component) => {
    const { data } = component();
    expect([...data]).toEqual(Array.from(data, bfloat16.round));
  });

  it.each(Object.entries(components))("%s writes into a view, touching nothing else", (_, run) => {
    const expected = run();
    const [L, ...rest] = expected.shape;
    const width = rest.reduce((a, b) => a * b);
    const wide = tensor(new Float32Array((L + 2) * width).fill(7), [L + 2, ...rest]);
    const view = wide.lo(1).hi(L);
    expect(run(view)).toBe(view);
    expect([...wide.data]).toEqual([
      ...new Array(width).fill(7),
      ...expected.data,
      ...new Array(width).fill(7),
    ]);
  });
});
