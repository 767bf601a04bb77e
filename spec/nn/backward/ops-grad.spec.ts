/** The backward twins against PyTorch's gradients of gemma_pytorch's own functions (fixtures/learning/ops-grad.npz). */
import { afterAll, describe, expect, it } from "vitest";
import { maxAbs, maxError } from "../../../src/conformance/metrics.ts";
import { attention } from "../../../src/nn/attention.ts";
import { attentionBackward } from "../../../src/nn/backward/attention.ts";
import { embedBackward } from "../../../src/nn/backward/embedding.ts";
import { gegluBackward, geluDerivative } from "../../../src/nn/backward/geglu.ts";
import { linearInputBackward, linearWeightBackward } from "../../../src/nn/backward/linear.ts";
import { rmsNormBackward } from "../../../src/nn/backward/rmsnorm.ts";
import { applyRopeBackward } from "../../../src/nn/backward/rope.ts";
import { softmaxBackward } from "../../../src/nn/backward/softmax.ts";
import { embed } from "../../../src/nn/embedding.ts";
import { geglu, gelu } from "../../../src/nn/geglu.ts";
import { linear } from "../../../src/nn/linear.ts";
import { crossEntropy } from "../../../src/nn/loss/cross-entropy.ts";
import { rmsNorm } from "../../../src/nn/rmsnorm.ts";
import { applyRope } from "../../../src/nn/rope.ts";
import { softmax } from "../../../src/nn/softmax.ts";
import { float32, float64, type Precision, zeros } from "../../../src/tensor/precision.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { gradNames, gradTensor } from "../../support/grad-goldens.ts";
import { total } from "../../support/slopes.ts";

/** In float64: other orders of the same sums. */
const FLOAT64 = 1e-12;
/** In float32: half a unit in the last place of the largest number, because each is rounded once. */
const FLOAT32 = 2 ** -24;
/** Half of the smallest number that float32 has: one golden is 1e-216. */
const LEAST = 2 ** -150;
const PRECISIONS: readonly (readonly [precision: Precision, bar: number])[] = [
  [float64, FLOAT64],
  [float32, FLOAT32 + FLOAT64],
];

const seen = new Set<string>();
const of = (name: string) => {
  seen.add(name);
  return gradTensor(name);
};
const number = (name: string) => of(name).data[0];
const cases = (op: string) => {
  const found = gradNames().filter((name) => name.startsWith(`${op}.`) && name.endsWith(".y"));
  return found.map((name) => name.slice(0, -1));
};

/** Within `bar` of the golden, in units of its largest number; a golden that is all 0 is met exactly. */
function expectAt(name: string, { data }: { readonly data: ArrayLike<number> }, bar: number): void {
  const { data: truth } = of(name);
  const least = bar > FLOAT32 ? LEAST : 0;
  expect(maxError(data, truth), name).toBeLessThanOrEqual(bar * maxAbs(truth) + least);
}

describe.each(PRECISIONS)("in $name,", (precision, bar) => {
  const empty = (name: string) => zeros(of(name).shape, precision);

  it.each(cases("rms_norm"))("%s", (op) => {
    const [x, weight, dy] = [of(`${op}x`), of(`${op}weight`), of(`${op}dy`)];
    const eps = number(`${op}eps`);
    const dWeight = empty(`${op}weight`);
    expectAt(`${op}y`, rmsNorm(x, weight, { eps, precision }), bar);
    expectAt(`${op}dx`, rmsNormBackward(dy, x, weight, { eps, precision, dWeight }), bar);
    expectAt(`${op}dweight`, dWeight, bar);
  });

  it.each(cases("rope"))("%s", (op) => {
    const positions = of(`${op}positions`).data;
    const [first, last] = [positions[0], positions[positions.length - 1]];
    expect([...positions]).toEqual(Array.from(positions, (_, l) => first + l));
    // An angle of float32 was rounded three times (power, quotient, product), each sine of it once more: a turn by so
    // much moves a vector by as much of its length, which is at most √2 of its larger side. In float64 likewise.
    const unit = precision === float32 ? 2 ** -24 : 2 ** -53;
    const turned = bar + Math.SQRT2 * (3 * last + 1) * unit;
    expectAt(`${op}y`, applyRope(of(`${op}x`), first, { precision }), turned);
    expectAt(`${op}dx`, applyRopeBackward(of(`${op}dy`), first, { precision }), turned);
  });

  it.each(cases("attention"))("%s", (op) => {
    const [q, k, v, dz] = [of(`${op}q`), of(`${op}k`), of(`${op}v`), of(`${op}dy`)];
    const options = { pos: k.shape[0] - q.shape[0], precision };
    // The forward rounds the query, scores and pattern too: spec/nn/ops.spec.ts and the models have its bar in float32.
    if (precision === float64) expectAt(`${op}y`, attention(q, k, v, options), bar);
    const { dq, dk, dv } = attentionBackward(dz, q, k, v, options);
    expectAt(`${op}dq`, dq, bar);
    expectAt(`${op}dk`, dk, bar);
    expectAt(`${op}dv`, dv, bar);
  });

  it("gelu", () => {
    const dy = of("gelu.dy").data;
    const dx = of("gelu.x").data.map((x, i) => precision.round(dy[i] * geluDerivative(x)));
    expectAt("gelu.dx", { data: dx }, bar);
    expectAt("gelu.y", { data: of("gelu.x").data.map(gelu) }, bar);
  });

  it("geglu", () => {
    const [gate, up] = [of("geglu.gate"), of("geglu.up")];
    const { dGate, dUp } = gegluBackward(of("geglu.dy"), gate, up, { precision });
    expectAt("geglu.dgate", dGate, bar);
    expectAt("geglu.dup", dUp, bar);
    // Rounded twice: gelu(gate), and the product.
    expectAt("geglu.y", geglu(gate, up, { precision }), 2 * bar);
  });

  it("linear", () => {
    const [x, weight, dy] = [of("linear.x"), of("linear.weight"), of("linear.dy")];
    expectAt("linear.y", linear(x, weight, { precision }), bar);
    expectAt("linear.dx", linearInputBackward(dy, weight, { precision }), bar);
    expectAt("linear.dweight", linearWeightBackward(dy, x, { precision }), bar);
  });

  it.each(cases("softmax"))("%s", (op) => {
    const x = of(`${op}x`);
    expectAt(`${op}y`, softmax(x, { precision }), bar);
    expectAt(`${op}dx`, softmaxBackward(of(`${op}dy`), of(`${op}y`), { precision }), bar);
  });

  it("embedding", () => {
    const [ids, scale] = [of("embedding.ids").data, number("embedding.scale")];
    expectAt("embedding.y", embed(ids, of("embedding.table"), { scale, precision }), bar);
    const dTable = embedBackward(ids, of("embedding.dy"), {
      scale,
      precision,
      dTable: empty("embedding.table"),
    });
    // Rounded once an occurrence: one id comes three times.
    expectAt("embedding.dtable", dTable, 3 * bar);
  });

  it.each(cases("cross_entropy"))("%s and its z-loss", (op) => {
    const z = op.replace("cross_entropy", "z_loss");
    const mask = of(`${op}mask`).data;
    const weights = mask.map((m) => m / total(mask));
    const [logits, targets] = [of(`${op}logits`), of(`${op}targets`).data];
    const dLogits = empty(`${op}logits`);
    const plain = crossEntropy(logits, targets, { weights, precision, dLogits });
    expectAt(`${op}y`, { data: [plain.loss] }, FLOAT64);
    expectAt(`${op}dlogits`, dLogits, bar);

    // The golden is the z-loss by itself. Of a difference only as much is exact as of what is subtracted.
    const both = zeros(logits.shape, precision);
    const more = crossEntropy(logits, targets, { weights, zLoss: 0.01, precision, dLogits: both });
    const added = of(`${z}dlogits`).data.map((x, i) => x + of(`${op}dlogits`).data[i]);
    expect(maxError(both.data, added)).toBeLessThanOrEqual(bar * maxAbs(added));
    const difference = more.loss - plain.loss - number(`${z}y`);
    expect(Math.abs(difference)).toBeLessThanOrEqual(FLOAT64 * more.loss);
  });
});

it("the mlp: three linears and a geglu, backwards", () => {
  const precision = float64;
  const at = (name: string) => of(`mlp.${name}`);
  const [x, dy] = [at("x"), at("dy")];
  const [gateProj, upProj, downProj] = [at("gate_proj"), at("up_proj"), at("down_proj")];
  const gate = linear(x, gateProj, { precision });
  const up = linear(x, upProj, { precision });
  const hidden = geglu(gate, up, { precision });
  expectAt("mlp.y", linear(hidden, downProj, { precision }), FLOAT64);
  expectAt("mlp.ddown_proj", linearWeightBackward(dy, hidden, { precision }), FLOAT64);
  const dHidden = linearInputBackward(dy, downProj, { precision });
  const { dGate, dUp } = gegluBackward(dHidden, gate, up, { precision });
  expectAt("mlp.dgate_proj", linearWeightBackward(dGate, x, { precision }), FLOAT64);
  expectAt("mlp.dup_proj", linearWeightBackward(dUp, x, { precision }), FLOAT64);
  const dx = linearInputBackward(dGate, gateProj, { precision });
  linearInputBackward(dUp, upProj, { precision, dx, add: true });
  expectAt("mlp.dx", dx, FLOAT64);
});

it("attention, by the twins of its parts: linear, softmax, linear", () => {
  const precision = float64;
  const [q, k, v, dz] = ["q", "k", "v", "dy"].map((name) => of(`attention.0.${name}`));
  const [T, N, H] = q.shape;
  const [dk, dv] = [zeros(k.shape, precision), zeros(v.shape, precision)];
  const scaled = tensor(
    q.data.map((x) => x / Math.sqrt(H)),
    q.shape,
  );
  const row = (x: typeof q, t: number, n: number) => tensor(x.data, [1, H], (t * N + n) * H);
  const first = (x: typeof q, count: number) => tensor(x.data, [count, H]); // K = 1
  for (let n = 0; n < N; n++) {
    for (let t = 0; t < T; t++) {
      const scores = linear(row(scaled, t, n), first(k, t + 1), { precision });
      const pattern = softmax(scores, { precision });
      const dPattern = linear(row(dz, t, n), first(v, t + 1), { precision });
      const dScores = softmaxBackward(dPattern, pattern, { precision });
      const into = (dWeight: typeof q) => ({ precision, dWeight: first(dWeight, t + 1) });
      linearWeightBackward(dScores, row(scaled, t, n), into(dk));
      linearWeightBackward(pattern, row(dz, t, n), into(dv));
    }
  }
  expectAt("attention.0.dk", dk, FLOAT64);
  expectAt("attention.0.dv", dv, FLOAT64);
});

afterAll(() => {
  const elsewhere = /^(adamw|clip|schedule|bradley_terry)\./;
  const left = gradNames().filter((name) => !elsewhere.test(name) && !seen.has(name));
  expect(left).toEqual([]);
});
