/** What a caller may hand to a backward twin that is no tensor, or of another shape: each is refused by name. */
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { ArgumentError, GemmaError, ShapeError } from "../../../src/errors.ts";
import { attentionBackward } from "../../../src/nn/backward/attention.ts";
import { embedBackward } from "../../../src/nn/backward/embedding.ts";
import { gegluBackward, geluDerivative } from "../../../src/nn/backward/geglu.ts";
import { linearInputBackward, linearWeightBackward } from "../../../src/nn/backward/linear.ts";
import { rmsNormBackward } from "../../../src/nn/backward/rmsnorm.ts";
import { applyRopeBackward } from "../../../src/nn/backward/rope.ts";
import { softmaxBackward } from "../../../src/nn/backward/softmax.ts";
import { crossEntropy } from "../../../src/nn/loss/cross-entropy.ts";
import { crossEntropyHead } from "../../../src/nn/loss/cross-entropy-head.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { thrownBy } from "../../support/thrown-by.ts";

// biome-ignore lint/suspicious/noExplicitAny: the compiler is what these callers do without
type Untyped = any;

const of = (...shape: number[]) =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i)),
    shape,
  );
const [vector, matrix, heads] = [of(2), of(2, 2), of(1, 1, 2)];

/** A call with one argument left open, by the name of that argument; and a shape that does not fit. */
const TENSORS: Record<string, readonly [use: (x: Untyped) => unknown, other: number[]]> = {
  "rmsNormBackward dy": [(x) => rmsNormBackward(x, matrix, vector), [3, 2]],
  "rmsNormBackward x": [(x) => rmsNormBackward(matrix, x, vector), [2, 3]],
  "rmsNormBackward weight": [(x) => rmsNormBackward(matrix, matrix, x), [3]],
  "rmsNormBackward dx": [(dx) => rmsNormBackward(matrix, matrix, vector, { dx }), [2, 1]],
  "rmsNormBackward dWeight": [
    (dWeight) => rmsNormBackward(matrix, matrix, vector, { dWeight }),
    [1, 2],
  ],
  "rmsNormBackward plus": [(plus) => rmsNormBackward(matrix, matrix, vector, { plus }), [1, 2]],
  "linearInputBackward dy": [(x) => linearInputBackward(x, matrix), [1, 1, 2]],
  "linearInputBackward dx": [(dx) => linearInputBackward(matrix, matrix, { dx }), [2, 3]],
  "linearWeightBackward dy": [(x) => linearWeightBackward(x, matrix), [2]],
  "linearWeightBackward x": [(x) => linearWeightBackward(matrix, x), [3, 2]],
  "linearWeightBackward dWeight": [
    (dWeight) => linearWeightBackward(matrix, matrix, { dWeight }),
    [2, 1],
  ],
  "applyRopeBackward dy": [(x) => applyRopeBackward(x, 0), [1, 1, 3]],
  "applyRopeBackward dx": [(dx) => applyRopeBackward(heads, 0, { dx }), [1, 2, 2]],
  "softmaxBackward dy": [(x) => softmaxBackward(x, matrix), [2]],
  "softmaxBackward y": [(x) => softmaxBackward(matrix, x), [2, 3]],
  "softmaxBackward dx": [(dx) => softmaxBackward(matrix, matrix, { dx }), [2, 3]],
  "attentionBackward dz": [(x) => attentionBackward(x, heads, heads, heads), [2, 2]],
  "attentionBackward q": [(x) => attentionBackward(heads, x, heads, heads), [1, 2, 2]],
  "attentionBackward k": [(x) => attentionBackward(heads, heads, x, heads), [1, 1, 3]],
  "attentionBackward v": [(x) => attentionBackward(heads, heads, heads, x), [2, 1, 2]],
  "attentionBackward dq": [
    (dq) => attentionBackward(heads, heads, heads, heads, { dq }),
    [2, 1, 2],
  ],
  "attentionBackward dk": [
    (dk) => attentionBackward(heads, heads, heads, heads, { dk }),
    [2, 1, 2],
  ],
  "attentionBackward dv": [
    (dv) => attentionBackward(heads, heads, heads, heads, { dv }),
    [2, 1, 2],
  ],
  "gegluBackward dy": [(x) => gegluBackward(x, matrix, matrix), [2]],
  "gegluBackward gate": [(x) => gegluBackward(matrix, x, matrix), [2, 3]],
  "gegluBackward up": [(x) => gegluBackward(matrix, matrix, x), [3, 2]],
  "gegluBackward dGate": [(dGate) => gegluBackward(matrix, matrix, matrix, { dGate }), [3, 2]],
  "gegluBackward dUp": [(dUp) => gegluBackward(matrix, matrix, matrix, { dUp }), [3, 2]],
  "embedBackward dx": [(x) => embedBackward([0], x, { dTable: matrix }), [2, 2]],
  "embedBackward dTable": [(dTable) => embedBackward([0], of(1, 2), { dTable }), [2]],
  "crossEntropy logits": [(x) => crossEntropy(x, [0, 1]), [2]],
  "crossEntropy dLogits": [(dLogits) => crossEntropy(matrix, [0, 1], { dLogits }), [2, 3]],
  "crossEntropyHead h": [(x) => crossEntropyHead(x, matrix, [0, 1]), [2]],
  "crossEntropyHead dh": [(dh) => crossEntropyHead(matrix, matrix, [0, 1], { dh }), [2, 3]],
  "crossEntropyHead dTable": [
    (dTable) => crossEntropyHead(matrix, matrix, [0, 1], { dTable }),
    [3, 2],
  ],
};

const refusal = (use: () => unknown) => {
  const error = thrownBy(use) as GemmaError;
  expect(error).toBeInstanceOf(GemmaError);
  return error;
};
const named = ({ op, argument }: GemmaError) => `${op} ${argument}`;

describe.each(Object.entries(TENSORS))("%s", (name, [use, other]) => {
  it("is refused by name where it is no tensor", () => {
    for (const wrong of [null, 5, "x", {}, [1, 2], new Float32Array(2), () => {}]) {
      const error = refusal(() => use(wrong));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(named(error)).toBe(name);
    }
    const stored = { dtype: "bfloat16", shape: [2, 2], data: new Uint16Array(4) };
    expect(refusal(() => use(stored)).message).toContain("widenRow");
  });

  it("is refused by name where it has another shape, or its numbers are not there", () => {
    const error = refusal(() => use(of(...other)));
    expect(error).toBeInstanceOf(ShapeError);
    expect(named(error).split(" ")[0]).toBe(name.split(" ")[0]);
    for (const shape of [[2], [2, 2], [1, 1, 2], [64, 2]]) {
      expect(refusal(() => use(ndarray(new Float32Array(1), shape)))).toBeInstanceOf(ShapeError);
    }
  });
});

describe("weights as stored", () => {
  it.each<[string, (x: Untyped) => unknown]>([
    ["linearInputBackward weight", (x) => linearInputBackward(matrix, x)],
    ["crossEntropyHead table", (x) => crossEntropyHead(matrix, x, [0, 1])],
  ])("%s is refused by name where it is none", (name, use) => {
    for (const wrong of [undefined, null, 5, [1], of(2), of(3, 3), of(2, 2, 2)]) {
      expect(named(refusal(() => use(wrong)))).toBe(name);
    }
    const wrong = { dtype: "bfloat16", shape: [2, 2], data: new Float32Array(4) };
    expect(refusal(() => use(wrong)).message).toContain("bfloat16 in a Uint16Array");
  });
});

describe("numbers and lists", () => {
  const head = (targets: Untyped, options?: Untyped) =>
    crossEntropyHead(matrix, matrix, targets, options);
  const attend = (options: Untyped) => attentionBackward(heads, heads, heads, heads, options);
  it.each<[string, () => unknown]>([
    ["rmsNormBackward eps", () => rmsNormBackward(matrix, matrix, vector, { eps: Number.NaN })],
    [
      "rmsNormBackward normOffset",
      () => rmsNormBackward(matrix, matrix, vector, { normOffset: 2 as Untyped }),
    ],
    ["applyRopeBackward pos", () => applyRopeBackward(heads, 0.5)],
    ["applyRopeBackward theta", () => applyRopeBackward(heads, 0, { theta: "1" as Untyped })],
    ["attentionBackward pos", () => attend({ pos: "0" })],
    ["attentionBackward scale", () => attend({ scale: Number.POSITIVE_INFINITY })],
    ["attentionBackward precision", () => attend({ precision: "float32" })],
    ["linearInputBackward add", () => linearInputBackward(matrix, matrix, { add: 1 as Untyped })],
    [
      "softmaxBackward precision",
      () => softmaxBackward(matrix, matrix, { precision: {} as Untyped }),
    ],
    ["geluDerivative x", () => geluDerivative(undefined as Untyped)],
    ["embedBackward dTable", () => embedBackward([0], matrix, {} as Untyped)],
    ["embedBackward ids", () => embedBackward("0" as Untyped, matrix, { dTable: matrix })],
    ["embedBackward ids[1]", () => embedBackward([0, 2], matrix, { dTable: matrix })],
    [
      "embedBackward scale",
      () => embedBackward([0, 1], matrix, { dTable: matrix, scale: null as Untyped }),
    ],
    [
      "embedBackward precision",
      () => embedBackward([0, 1], matrix, { dTable: matrix, precision: 1 as Untyped }),
    ],
    ["crossEntropy targets", () => crossEntropy(matrix, undefined as Untyped)],
    ["crossEntropy targets", () => crossEntropy(matrix, [0])],
    ["crossEntropy targets", () => crossEntropy(matrix, "01" as Untyped)],
    ["crossEntropy targets[1]", () => crossEntropy(matrix, [0, 2])],
    ["crossEntropy targets[0]", () => crossEntropy(matrix, [-100, 1])],
    ["crossEntropy weights", () => crossEntropy(matrix, [0, 1], { weights: [1] })],
    ["crossEntropy weights", () => crossEntropy(matrix, [0, 1], { weights: 1 as Untyped })],
    ["crossEntropy weights[1]", () => crossEntropy(matrix, [0, 1], { weights: [1, Number.NaN] })],
    ["crossEntropy zLoss", () => crossEntropy(matrix, [0, 1], { zLoss: "1" as Untyped })],
    ["crossEntropy precision", () => crossEntropy(matrix, [0, 1], { precision: "f" as Untyped })],
    ["crossEntropyHead targets", () => head([0, 1, 0])],
    ["crossEntropyHead targets[1]", () => head([0, 5])],
    ["crossEntropyHead weights[0]", () => head([0, 1], { weights: ["1", 1] })],
    ["crossEntropyHead chunkRows", () => head([0, 1], { chunkRows: 0 })],
    ["crossEntropyHead zLoss", () => head([0, 1], { zLoss: Number.NaN })],
    ["crossEntropyHead precision", () => head([0, 1], { precision: "float32" })],
    ["crossEntropyHead matmuls", () => head([0, 1], { matmuls: null })],
    ["crossEntropyHead matmuls", () => head([0, 1], { matmuls: { forward() {} } })],
  ])("%s that is none is refused by that name", (name, use) => {
    const error = refusal(use);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(named(error)).toBe(name);
  });

  it("says what a target without a token is, and that 0/0 is no mean", () => {
    expect(refusal(() => crossEntropy(matrix, [-100, 1])).hint).toContain("weight 0");
    const weights = [0 / 0, 1];
    expect(refusal(() => crossEntropy(matrix, [0, 1], { weights })).hint).toContain("no mean");
  });

  it("refuses heads that do not divide, and too few keys", () => {
    const [three, two] = [of(1, 3, 2), of(1, 2, 2)];
    const error = refusal(() => attentionBackward(three, three, two, two));
    expect(error.message).toContain("a divisor of 3");
    const long = of(2, 1, 2);
    expect(refusal(() => attentionBackward(long, long, heads, heads))).toBeInstanceOf(ShapeError);
    expect(refusal(() => attentionBackward(long, long, long, long, { pos: 1 })).message).toContain(
      "[at least 3,",
    );
  });
});
