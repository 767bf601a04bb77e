/** Bugs that are on no list, some of them near to one that is. */
import type { Parts } from "../../src/conformance/engine/engine.ts";
import { attention } from "../../src/nn/attention.ts";
import { geglu, gelu } from "../../src/nn/geglu.ts";
import { add } from "../../src/nn/residual.ts";
import { rmsNorm } from "../../src/nn/rmsnorm.ts";
import { applyRope } from "../../src/nn/rope.ts";
import type { NdArray } from "../../src/tensor/tensor.ts";

/** Writes `value` of every element of a matrix. */
function each(y: NdArray, value: (r: number, c: number) => number): NdArray {
  for (let r = 0; r < y.shape[0]; r++) {
    for (let c = 0; c < y.shape[1]; c++) y.set(r, c, value(r, c));
  }
  return y;
}

const gegluBy = (value: (gate: number, up: number) => number): Parts => ({
  components: {
    geglu: (gate, up, options) =>
      each(geglu(gate, up, options), (r, c) => value(gate.get(r, c), up.get(r, c))),
  },
});

const epsOf = (eps: number): Parts => ({
  components: { rmsNorm: (x, weight, options) => rmsNorm(x, weight, { ...options, eps }) },
});

const logitsBy = (change: (logit: number, v: number) => number): Parts => ({
  wiring: {
    finish({ data, shape }) {
      for (let i = 0; i < data.length; i++) data[i] = change(data[i], i % shape[1]);
    },
  },
});

export const BUGS_NOBODY_KNOWS: Readonly<Record<string, Parts>> = {
  "θ of 5000": {
    components: { applyRope: (x, pos, options) => applyRope(x, pos, { ...options, theta: 5000 }) },
  },
  "ε of 1.2e-5, near 1e-5": epsOf(1.2e-5),
  "ε of 1e-4": epsOf(1e-4),
  "an attention scale that is 1 % off": {
    wiring: { attentionScale: ({ headDim }) => 1.01 / Math.sqrt(headDim) },
  },
  "logits capped at 31, near 30": logitsBy((x) => 31 * Math.tanh(x / 31)),
  "a bias on one logit": logitsBy((x, v) => (v === 5 ? x + 0.1 : x)),
  "positions from 2 on, near 1": {
    components: { applyRope: (x, pos, options) => applyRope(x, pos + 2, options) },
  },
  "an embedding scale that is 0.1 % off": {
    wiring: { embedScale: ({ hiddenSize }) => 1.001 * Math.sqrt(hiddenSize) },
  },
  "ReLU for GELU": gegluBy((gate, up) => Math.max(0, gate) * up),
  "sigmoid(1.7·x), near the quick GELU's 1.702": gegluBy(
    (gate, up) => (gate / (1 + Math.exp(-1.7 * gate))) * up,
  ),
  "up left out": gegluBy((gate) => gelu(gate)),
  "half of what a block adds": {
    components: {
      add: (x, y, options) => each(add(x, y, options), (r, c) => x.get(r, c) + 0.5 * y.get(r, c)),
    },
  },
  "the last pair of each head not rotated": {
    components: {
      applyRope(x, pos, options) {
        const [L, N, H] = x.shape;
        const kept = [H / 2 - 1, H - 1].map((h) =>
          Array.from({ length: L * N }, (_, i) => x.get(Math.floor(i / N), i % N, h)),
        );
        const y = applyRope(x, pos, options);
        for (let i = 0; i < L * N; i++) {
          y.set(Math.floor(i / N), i % N, H / 2 - 1, kept[0][i]);
          y.set(Math.floor(i / N), i % N, H - 1, kept[1][i]);
        }
        return y;
      },
    },
  },
  "BOS out of sight of all but itself": {
    components: {
      attention(q, k, v, options = {}) {
        const [L, N, H] = q.shape;
        const z = attention(q, k, v, options);
        const { pos = 0 } = options;
        const without = attention(q, k.lo(1, 0, 0), v.lo(1, 0, 0), {
          ...{ pos: pos - 1, scale: options.scale, precision: options.precision },
        });
        for (let l = pos === 0 ? 1 : 0; l < L; l++) {
          for (let n = 0; n < N; n++) {
            for (let h = 0; h < H; h++) z.set(l, n, h, without.get(l, n, h));
          }
        }
        return z;
      },
    },
  },
};
