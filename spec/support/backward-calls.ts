/** The backward twins and losses of `gemma-reference/nn` that take options, as public-calls.ts lists those of the other rooms. */
import { attentionBackward } from "../../src/nn/backward/attention.ts";
import { embedBackward } from "../../src/nn/backward/embedding.ts";
import { gegluBackward } from "../../src/nn/backward/geglu.ts";
import { linearInputBackward, linearWeightBackward } from "../../src/nn/backward/linear.ts";
import { rmsNormBackward } from "../../src/nn/backward/rmsnorm.ts";
import { applyRopeBackward } from "../../src/nn/backward/rope.ts";
import { softmaxBackward } from "../../src/nn/backward/softmax.ts";
import { crossEntropy } from "../../src/nn/loss/cross-entropy.ts";
import { crossEntropyHead } from "../../src/nn/loss/cross-entropy-head.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import type { Call } from "./public-calls.ts";

const ones = (...shape: number[]) =>
  tensor(new Float32Array(shape.reduce((a, b) => a * b)).fill(1), shape);
const [row, cube] = [ones(1, 2), ones(1, 1, 2)];

const DESTINATIONS = "nn/backward/destinations.spec.ts";
const SLOPES = "nn/backward/finite-differences.spec.ts";
const LOSS = "nn/loss/cross-entropy.spec.ts";

const PRECISION = [
  DESTINATIONS,
  "is computed in float64, and rounded once when it is stored",
] as const;
const WRITTEN = [DESTINATIONS, "overwrites what its destination holds"] as const;
const ADDED = [DESTINATIONS, "is added to what its destination holds"] as const;
const ATTENTION = [SLOPES, "any heads that divide, behind cached keys, with keys to come"] as const;
const COUNTED = [LOSS, "is the mean over rows unless weights say otherwise"] as const;
const Z_LOSS = [SLOPES, "some rows count, some are masked"] as const;

export const BACKWARD_CALLS: Readonly<Record<string, Call>> = {
  "nn/backward/attention.ts attentionBackward": {
    call: (options) => attentionBackward(cube, cube, cube, cube, options),
    seen: {
      precision: PRECISION,
      pos: ATTENTION,
      scale: ATTENTION,
      dq: WRITTEN,
      dk: WRITTEN,
      dv: WRITTEN,
    },
  },
  "nn/backward/embedding.ts embedBackward": {
    call: (options) => embedBackward([0], row, { dTable: row, ...options }),
    seen: {
      precision: PRECISION,
      scale: [SLOPES, "embedding, with ids that come again"],
      dTable: ADDED,
    },
  },
  "nn/backward/geglu.ts gegluBackward": {
    call: (options) => gegluBackward(row, row, row, options),
    seen: { precision: PRECISION, dGate: WRITTEN, dUp: WRITTEN },
  },
  "nn/backward/linear.ts linearInputBackward": {
    call: (options) => linearInputBackward(row, ones(2, 2), options),
    seen: {
      precision: PRECISION,
      dx: WRITTEN,
      add: [DESTINATIONS, "linearInputBackward dx, with add"],
    },
  },
  "nn/backward/linear.ts linearWeightBackward": {
    call: (options) => linearWeightBackward(row, row, options),
    seen: { precision: PRECISION, dWeight: ADDED },
  },
  "nn/backward/rmsnorm.ts rmsNormBackward": {
    call: (options) => rmsNormBackward(row, row, ones(2), options),
    seen: {
      precision: PRECISION,
      eps: [SLOPES, 'it("rmsNorm"'],
      normOffset: [SLOPES, 'it("rmsNorm"'],
      dx: WRITTEN,
      dWeight: ADDED,
      plus: [DESTINATIONS, "is added before the only rounding, and may be dx itself"],
    },
  },
  "nn/backward/rope.ts applyRopeBackward": {
    call: (options) => applyRopeBackward(cube, 0, options),
    seen: { precision: PRECISION, theta: [SLOPES, 'it("rope"'], dx: WRITTEN },
  },
  "nn/backward/softmax.ts softmaxBackward": {
    call: (options) => softmaxBackward(row, row, options),
    seen: { precision: PRECISION, dx: WRITTEN },
  },
  "nn/loss/cross-entropy.ts crossEntropy": {
    call: (options) => crossEntropy(row, [0], options),
    seen: { precision: PRECISION, weights: COUNTED, zLoss: Z_LOSS, dLogits: WRITTEN },
  },
  "nn/loss/cross-entropy-head.ts crossEntropyHead": {
    call: (options) => crossEntropyHead(row, row, [0], options),
    seen: {
      precision: [DESTINATIONS, "stores what its precision can hold"],
      weights: [LOSS, "leaves rows of weight 0 out of the products"],
      zLoss: [LOSS, "is linear and crossEntropy in one, whatever the chunk"],
      chunkRows: [LOSS, "has no more rows in them than a chunk"],
      dh: [LOSS, "computes what is asked for alone"],
      dTable: [LOSS, "computes what is asked for alone"],
      matmuls: [LOSS, "computes what is asked for alone"],
    },
  },
};
