/** Each backward twin on numbers one can check with a calculator: those of its docstring. */
import { describe, expect, it } from "vitest";
import { attentionBackward } from "../../../src/nn/backward/attention.ts";
import { embedBackward } from "../../../src/nn/backward/embedding.ts";
import { gegluBackward, geluDerivative } from "../../../src/nn/backward/geglu.ts";
import { linearInputBackward, linearWeightBackward } from "../../../src/nn/backward/linear.ts";
import { rmsNormBackward } from "../../../src/nn/backward/rmsnorm.ts";
import { applyRopeBackward } from "../../../src/nn/backward/rope.ts";
import { softmaxBackward } from "../../../src/nn/backward/softmax.ts";
import { geglu } from "../../../src/nn/geglu.ts";
import { linear } from "../../../src/nn/linear.ts";
import { crossEntropy } from "../../../src/nn/loss/cross-entropy.ts";
import { crossEntropyHead } from "../../../src/nn/loss/cross-entropy-head.ts";
import { rmsNorm } from "../../../src/nn/rmsnorm.ts";
import { float64 as precision } from "../../../src/tensor/precision.ts";
import { tensor } from "../../../src/tensor/tensor.ts";

const f64 = (shape: number[], ...values: number[]) => tensor(Float64Array.from(values), shape);
const none = (...shape: number[]) =>
  f64(shape, ...new Array(shape.reduce((a, b) => a * b)).fill(0));
/** To the digits that are written: six, or seven. */
const close = (expected: number[], digits = 6) => expected.map((x) => expect.closeTo(x, digits));
const { LN2, log } = Math;
const LN5 = log(5);

describe("by calculator", () => {
  it("rmsNorm: the vector 3, 4 is pushed across itself, not along", () => {
    const [x, weight, dWeight] = [f64([1, 2], 3, 4), f64([2], 0, 0.5), none(2)];
    const y = rmsNorm(x, weight, { eps: 0, precision });
    expect([...y.data]).toEqual(close([0.848528, 1.697056]));
    const dx = rmsNormBackward(f64([1, 2], 1, 0), x, weight, { eps: 0, precision, dWeight });
    expect([...dx.data]).toEqual(close([0.181019, -0.135765]));
    expect([...dWeight.data]).toEqual(close([0.848528, 0]));
  });

  it("linear: a table of two rows and two columns", () => {
    const [x, weight, dy] = [f64([1, 2], 2, 3), f64([2, 2], 5, 7, 1, 1), f64([1, 2], 1, 10)];
    expect([...linear(x, weight, { precision }).data]).toEqual([31, 5]);
    expect([...linearInputBackward(dy, weight, { precision }).data]).toEqual([15, 17]);
    expect([...linearWeightBackward(dy, x, { precision }).data]).toEqual([2, 3, 20, 30]);
  });

  it("rope by 90° gives the gradient a quarter turn back", () => {
    // Of H = 4 the second pair turns by pos · θ^(−1/2), which this θ makes π/2 at position 1.
    const options = { theta: (2 / Math.PI) ** 2, precision };
    const dx = applyRopeBackward(f64([1, 1, 4], 0, 3, 0, 5), 1, options);
    expect([...dx.data]).toEqual(close([0, 5, 0, -3], 12));
  });

  it("softmax: 3/16 from one to the other", () => {
    const dx = softmaxBackward(f64([1, 2], 1, 0), f64([1, 2], 0.25, 0.75), { precision });
    expect([...dx.data]).toEqual([3 / 16, -3 / 16]);
  });

  it("attention: two query heads on one key-value head", () => {
    const [q, k, v] = [f64([1, 2, 1], 1, 2), f64([2, 1, 1], 0, log(3)), f64([2, 1, 1], 1, 5)];
    const options = { pos: 1, scale: 1, precision };
    const { dq, dk, dv } = attentionBackward(f64([1, 2, 1], 1, 1), q, k, v, options);
    expect([...dq.data]).toEqual(close([0.823959, 0.3955]));
    expect([...dk.data]).toEqual(close([-1.47, 1.47], 12));
    expect([...dv.data]).toEqual(close([0.35, 1.65], 12));
  });

  it("geglu: 1 gated by 2", () => {
    const [gate, up] = [f64([1, 1], 1), f64([1, 1], 2)];
    expect(geglu(gate, up, { precision }).data[0]).toBeCloseTo(1.682384, 6);
    const { dGate, dUp } = gegluBackward(f64([1, 1], 1), gate, up, { precision });
    expect([dGate.data[0], dUp.data[0]]).toEqual(close([2.1659282, 0.841192]));
    expect([geluDerivative(1), geluDerivative(-1)]).toEqual(close([1.0829641, -0.0829641], 7));
  });

  it("embedding: an id that comes twice gets both gradients", () => {
    const dTable = none(2, 1);
    embedBackward([1, 1, 0], f64([3, 1], 1, 10, 5), { dTable, precision });
    expect([...dTable.data]).toEqual([5, 11]);
    embedBackward([0], f64([1, 1], 1), { dTable, scale: 4, precision });
    expect([...dTable.data]).toEqual([9, 11]);
  });

  it("cross-entropy: shares of 1/8, 2/8 and 5/8, and the z-loss of a sum of 8", () => {
    const [logits, dLogits] = [f64([1, 3], 0, LN2, LN5), none(1, 3)];
    const plain = crossEntropy(logits, [2], { precision, dLogits });
    expect(plain.loss).toBeCloseTo(0.470004, 6);
    expect(plain.logprobs[0]).toBeCloseTo(log(5 / 8), 12);
    expect(plain.logSumExp[0]).toBeCloseTo(log(8), 12);
    expect([...dLogits.data]).toEqual(close([1 / 8, 1 / 4, -3 / 8], 12));
    const { loss } = crossEntropy(logits, [2], { zLoss: 0.01, precision, dLogits });
    expect(loss - plain.loss).toBeCloseTo(0.0432408, 7);
    const more = [1 / 8 + 0.0051986, 1 / 4 + 0.0103972, -3 / 8 + 0.025993];
    expect([...dLogits.data]).toEqual(close(more, 7));
  });

  it("the head: a table of one column, whose logits are the table", () => {
    const [table, dh, dTable] = [f64([3, 1], 0, LN2, LN5), none(1, 1), none(3, 1)];
    const { loss } = crossEntropyHead(f64([1, 1], 1), table, [2], { precision, dh, dTable });
    expect(loss).toBeCloseTo(0.470004, 6);
    expect([...dTable.data]).toEqual(close([1 / 8, 1 / 4, -3 / 8], 12));
    expect(dh.data[0]).toBeCloseTo(-0.430252, 6);
  });
});
