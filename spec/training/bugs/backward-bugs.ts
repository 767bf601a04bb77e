/** Bugs of the backward twins: each is a component of the CPU backend around the right one. */
import type { BackwardComponents } from "../../../src/backend/cpu/cpu.ts";
import { erf } from "../../../src/conformance/mutants/gelu.ts";
import { attention } from "../../../src/nn/attention.ts";
import { attentionBackward } from "../../../src/nn/backward/attention.ts";
import { embedBackward } from "../../../src/nn/backward/embedding.ts";
import { gegluBackward } from "../../../src/nn/backward/geglu.ts";
import { rmsNormBackward } from "../../../src/nn/backward/rmsnorm.ts";
import { crossEntropyHead } from "../../../src/nn/loss/cross-entropy-head.ts";
import { applyRope } from "../../../src/nn/rope.ts";
import { float64 } from "../../../src/tensor/precision.ts";
import { type NdArray, tensor } from "../../../src/tensor/tensor.ts";
import type { Bug } from "./parts.ts";

const bug = (
  name: string,
  missed: number,
  components: Partial<BackwardComponents>,
  hiddenFrom: Bug["hiddenFrom"] = [],
): Bug => ({ name, golden: "lm", missed, parts: { components }, hiddenFrom });

/** Every number of `x`, of two or three axes, becomes what `change` makes of it. */
function update(x: NdArray, change: (value: number, ...at: number[]) => number): NdArray {
  const [A, B, C] = x.shape;
  for (let a = 0; a < A; a++) {
    for (let b = 0; b < B; b++) {
      if (C === undefined) x.set(a, b, change(x.get(a, b), a, b));
      for (let c = 0; c < (C ?? 0); c++) x.set(a, b, c, change(x.get(a, b, c), a, b, c));
    }
  }
  return x;
}

/** A copy in float64: destinations may be the very arrays that are read. */
function copy(x: NdArray): NdArray {
  const length = x.shape.reduce((product, axis) => product * axis, 1);
  return update(tensor(new Float64Array(length), x.shape), (_, ...at) => x.get(...at));
}

const head = (x: NdArray, n: number): NdArray => x.lo(0, n, 0).hi(x.shape[0], 1, x.shape[2]);

/** Attention's twin, head by head: which key-value head belongs to a query head, and how dk, dv of it come together. */
function byHeads(
  headOf: (n: number, N: number, K: number) => number,
  together: (old: number, more: number) => number,
): typeof attentionBackward {
  return (dz, q, k, v, options = {}) => {
    const { pos, scale, precision } = options;
    const all = [dz, q, k, v].map(copy);
    const right = attentionBackward(dz, q, k, v, options); // puts its results where they belong
    const [N, K] = [q.shape[1], k.shape[1]];
    for (const x of [right.dk, right.dv]) update(x, () => 0);
    for (let n = 0; n < N; n++) {
      const kv = headOf(n, N, K);
      const [dzn, qn, kn, vn] = all.map((x, i) => head(x, i < 2 ? n : kv));
      const part = attentionBackward(dzn, qn, kn, vn, { pos, scale, precision });
      update(head(right.dq, n), (_, ...at) => part.dq.get(...at));
      update(head(right.dk, kv), (old, ...at) => together(old, part.dk.get(...at)));
      update(head(right.dv, kv), (old, ...at) => together(old, part.dv.get(...at)));
    }
    return right;
  };
}

const shared = (n: number, N: number, K: number) => Math.floor((n * K) / N);
const modulo = (n: number, _: number, K: number) => n % K;
const added = (old: number, more: number) => old + more;

/** dS = P ⊙ dP instead of P ⊙ (dP − a): there is a · P more of it, where a = Σ_s dP P = Σ_h dz z of a row. */
const withoutAverage: typeof attentionBackward = (dz, q, k, v, options = {}) => {
  const { pos, scale = 1 / Math.sqrt(q.shape[2]) } = options;
  const forward = { pos, scale, precision: float64 };
  const z = attention(q, k, v, forward);
  const average = (l: number, n: number) => {
    let sum = 0;
    for (let h = 0; h < z.shape[2]; h++) sum += dz.get(l, n, h) * z.get(l, n, h);
    return scale * sum;
  };
  const seen = attention(q, k, k, forward); // P k
  const moreQ = update(seen, (Pk, l, n) => average(l, n) * Pk);
  const weighted = update(copy(q), (x, l, n) => average(l, n) * x);
  const moreK = attentionBackward(weighted, q, k, v, forward).dv; // Pᵀ (a q)
  const found = attentionBackward(dz, q, k, v, options);
  update(found.dq, (old, ...at) => old + moreQ.get(...at));
  update(found.dk, (old, ...at) => old + moreK.get(...at));
  return found;
};

const withoutScale: typeof attentionBackward = (dz, q, k, v, options = {}) => {
  const { scale = 1 / Math.sqrt(q.shape[2]) } = options;
  const found = attentionBackward(dz, q, k, v, options);
  update(found.dq, (old) => old / scale);
  update(found.dk, (old) => old / scale);
  return found;
};

/** dx = ρ g, where g − x ρ² mean(g x) is right. */
const withoutMean: typeof rmsNormBackward = (dy, x, weight, options = {}) => {
  const { eps = 1e-6, plus } = options;
  const D = x.shape[1];
  const wrong = update(copy(dy), (slope, l, d) => {
    let squares = 0;
    for (let i = 0; i < D; i++) squares += x.get(l, i) ** 2;
    const change = (slope * (1 + weight.get(d))) / Math.sqrt(squares / D + eps);
    return change + (plus ? plus.get(l, d) : 0);
  });
  return update(rmsNormBackward(dy, x, weight, options), (_, ...at) => wrong.get(...at));
};

/** The derivative of x Φ(x): Φ(x) + x φ(x). */
const erfDerivative = (x: number) =>
  (1 + erf(x / Math.SQRT2)) / 2 + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);

const withErf: typeof gegluBackward = (dy, gate, up, options) => {
  const wrong = update(copy(dy), (slope, ...at) => {
    return slope * up.get(...at) * erfDerivative(gate.get(...at));
  });
  const found = gegluBackward(dy, gate, up, options);
  update(found.dGate, (_, ...at) => wrong.get(...at));
  return found;
};

const overwritingRows: typeof embedBackward = (ids, dx, options) => {
  const { scale = 1, dTable } = options;
  for (let r = 0; r < ids.length; r++) {
    for (let d = 0; d < dx.shape[1]; d++) dTable.set(ids[r], d, scale * dx.get(r, d));
  }
  return dTable;
};

export const BACKWARD_BUGS: readonly Bug[] = [
  bug("table: input part without √D", 6e-1, {
    embedBackward: (ids, dx, options) => embedBackward(ids, dx, { ...options, scale: 1 }),
  }),
  bug("table: repeated ids overwrite", 7e-1, { embedBackward: overwritingRows }),
  bug("table: output part forgotten", 3e-1, {
    crossEntropyHead: (h, table, targets, { dTable: _, ...options } = {}) =>
      crossEntropyHead(h, table, targets, options),
  }),
  bug("table: input part forgotten", 8e-1, {
    embedBackward: (ids, dx, options) => embedBackward(ids, dx, { ...options, scale: 0 }),
  }),
  bug(
    "attention: dk, dv overwritten, not summed over heads",
    7e-1,
    { attentionBackward: byHeads(shared, (_, more) => more) },
    ["mha-wide-heads"],
  ),
  bug(
    "attention: heads by modulo in the backward",
    1,
    { attentionBackward: byHeads(modulo, added) },
    ["mqa", "mha-wide-heads"],
  ),
  bug("softmax: Σ dP P forgotten", 3, { attentionBackward: withoutAverage }),
  bug("attention: scale forgotten in the backward", 3, { attentionBackward: withoutScale }),
  bug("rope: rotated forwards", 1, {
    applyRopeBackward: (dy, pos, { dx, ...options } = {}) =>
      applyRope(dy, pos, { ...options, out: dx }),
  }),
  bug("rmsNorm: gain without 1 + in the backward", 1, {
    rmsNormBackward: (dy, x, weight, options) =>
      rmsNormBackward(dy, x, weight, { ...options, normOffset: 0 }),
  }),
  bug("rmsNorm: mean term forgotten", 2, { rmsNormBackward: withoutMean }),
  bug("geglu: derivative of the erf GELU", 6e-4, { gegluBackward: withErf }),
  bug("residual: replaced, not added to", 1, {
    rmsNormBackward: (dy, x, weight, { plus: _, ...options } = {}) =>
      rmsNormBackward(dy, x, weight, options),
  }),
];
