/** The components against gemma_pytorch's own functions (fixtures/ops.npz). */
import { describe, expect, it } from "vitest";
import { maxError, relativeError } from "../../src/conformance/metrics.ts";
import { geglu, gelu } from "../../src/nn/geglu.ts";
import { linear } from "../../src/nn/linear.ts";
import { rmsNorm } from "../../src/nn/rmsnorm.ts";
import { applyRope } from "../../src/nn/rope.ts";
import { softmax } from "../../src/nn/softmax.ts";
import { float32, float64, type Precision } from "../../src/tensor/precision.ts";
import { type NdArray, tensor } from "../../src/tensor/tensor.ts";
import {
  FLOAT32_EPS,
  float32Distance,
  opGolden,
  opTensor,
  rmsNormOf,
} from "../support/op-goldens.ts";

/** Our float64 against theirs, and our float32 no further from theirs in float64 than twice theirs. */
function expectAsGood(name: string, compute: (precision: Precision) => NdArray, bar = 1e-12): void {
  const truth = opGolden(`${name}.y.f64`);
  expect(relativeError(compute(float64).data, truth)).toBeLessThan(bar);
  expect(float32Distance(name, compute(float32))).toBeLessThanOrEqual(1);
}

describe("rmsNorm", () => {
  for (const i of [0, 1, 2, 3]) {
    it(`equals gemma_pytorch's RMSNorm (case ${i})`, () => {
      expectAsGood(`rms_norm.${i}`, (precision) => rmsNormOf(i, rmsNorm, precision));
    });
  }
});

describe("applyRope", () => {
  /** The goldens' positions are scattered, so each row is a call. */
  const rotate = (i: number, precision: Precision): NdArray => {
    const x = opTensor(`rope.${i}.x`);
    const [T, N, H] = x.shape;
    const out = tensor(precision.alloc(T * N * H), x.shape);
    opGolden(`rope.${i}.positions`).forEach((position, t) => {
      const row = (y: NdArray) => tensor(y.data, [1, N, H], t * N * H);
      applyRope(row(x), position, { precision, out: row(out) });
    });
    return out;
  };

  for (const i of [0, 1, 2, 3]) {
    it(`equals gemma_pytorch's apply_rotary_emb (case ${i})`, () => {
      const positions = opGolden(`rope.${i}.positions`);
      // A float64 angle of 8191 has an absolute error of 1e-12 in either implementation.
      const bar = positions.includes(8191) ? 4e-12 : 1e-12;
      const truth = opGolden(`rope.${i}.y.f64`);
      expect(relativeError(rotate(i, float64).data, truth)).toBeLessThan(bar);
    });

    it(`rounds angles where gemma_pytorch's float32 does (case ${i})`, () => {
      // Their rotation rounds each product too, and libm's cosines may differ in the last place. Angles
      // computed in another order would be 9e-4 off at position 8191.
      const bar = 2 * FLOAT32_EPS;
      expect(relativeError(rotate(i, float32).data, opGolden(`rope.${i}.y.f32`))).toBeLessThan(bar);
    });
  }
});

describe("gelu", () => {
  it("is the tanh form, up to |x| = 100", () => {
    const y = opGolden("gelu.x").map(gelu);
    expect(maxError(y, opGolden("gelu.y.f64"))).toBeLessThan(1e-13);
  });
});

describe("softmax", () => {
  for (const i of [0, 1, 2]) {
    it(`equals torch.softmax (case ${i})`, () => {
      expectAsGood(`softmax.${i}`, (precision) =>
        softmax(opTensor(`softmax.${i}.x`), { precision }),
      );
    });
  }
});

describe("geglu between three linears", () => {
  it("equals gemma_pytorch's GemmaMLP", () => {
    expectAsGood("geglu", (precision) => {
      const x = opTensor("geglu.x");
      const gate = linear(x, opTensor("geglu.gate_proj"), { precision });
      const up = linear(x, opTensor("geglu.up_proj"), { precision });
      return linear(geglu(gate, up, { precision }), opTensor("geglu.down_proj"), { precision });
    });
  });
});
