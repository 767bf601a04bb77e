/**
 * The backward twins of the CPU backend, the definition of the others: each is a call of its component in nn/backward, or
 * nn/loss, put into the queue in slices. Only matmul and attention have faster twins, equal to the bit
 * (matmul-backward.ts, attention-backward.ts).
 * @module
 */
import { attentionBackward } from "../../nn/backward/attention.ts";
import { embedBackward } from "../../nn/backward/embedding.ts";
import { gegluBackward } from "../../nn/backward/geglu.ts";
import { rmsNormBackward } from "../../nn/backward/rmsnorm.ts";
import { applyRopeBackward } from "../../nn/backward/rope.ts";
import { crossEntropyHead } from "../../nn/loss/cross-entropy-head.ts";
import type { Precision } from "../../tensor/precision.ts";
import { type NdArray, tensor } from "../../tensor/tensor.ts";
import type { Rows } from "../backend.ts";
import type { BackwardOps } from "../backward.ts";
import type { Matmuls } from "../matmuls.ts";
import type { WorkQueue } from "../work-queue.ts";
import { tiledAttentionBackward } from "./attention-backward.ts";
import { type CpuHandles, type CpuTensor, headed, matrix } from "./handles.ts";
import { FASTER, slices, WORK } from "./slices.ts";
import { tiledMatmuls } from "./tiled-matmuls.ts";

/** Rows of logits that there are at a time: as many as make reading the table worth while. */
const HEAD_ROWS = 64;

/** The functions of nn/ that the backward twins call. */
export interface BackwardComponents {
  readonly embedBackward: typeof embedBackward;
  readonly rmsNormBackward: typeof rmsNormBackward;
  readonly applyRopeBackward: typeof applyRopeBackward;
  /** Its fast twin runs in its place, with the same bits, unless it is replaced. */
  readonly attentionBackward: typeof attentionBackward;
  readonly gegluBackward: typeof gegluBackward;
  readonly crossEntropyHead: typeof crossEntropyHead;
}

const NN: BackwardComponents = {
  embedBackward,
  rmsNormBackward,
  applyRopeBackward,
  attentionBackward,
  gegluBackward,
  crossEntropyHead,
};

export interface CpuBackward {
  readonly queue: WorkQueue;
  readonly precision: Precision;
  readonly matmuls: Matmuls | undefined;
  /** Take the place of those of nn/. */
  readonly components?: Partial<BackwardComponents>;
}

/** The twins, recorded into `queue`. */
export function cpuBackward({
  queue,
  precision,
  matmuls,
  components,
}: CpuBackward): BackwardOps<CpuHandles> {
  const nn: BackwardComponents = { ...NN, ...components };
  const multiply = matmuls ?? tiledMatmuls(precision.round);
  const faster = matmuls ? FASTER : 1;
  return {
    matmulInput(dx, dy, weight, rows, add = false) {
      for (const some of slices(rows, (dx.columns * dy.columns) / faster)) {
        const [into, from] = [matrix(dx, some), matrix(dy, some)];
        queue.push(() => multiply.input(into, from, weight.stored, add));
      }
    },

    matmulWeight(dWeight, dy, x, spans) {
      for (const span of spans) {
        if (span.count === 0) continue;
        const [from, input] = [matrix(dy, span), matrix(x, span)];
        const columns = Math.max(8, Math.floor((WORK * faster) / (span.count * x.columns)) & ~7);
        for (let begin = 0; begin < dy.columns; begin += columns) {
          const count = Math.min(columns, dy.columns - begin);
          const some = from.lo(0, begin).hi(span.count, count);
          const into = matrix(dWeight, { from: begin, count });
          queue.push(() => multiply.weight(into, some, input));
        }
      }
    },

    rmsNorm(dx, dy, x, weight, spans, eps, { dWeight, plus }) {
      for (const span of spans) {
        const [into, from, input] = [matrix(dx, span), matrix(dy, span), matrix(x, span)];
        const past = plus && matrix(plus, span);
        const gradient = dWeight && tensor(dWeight.data, [dWeight.columns]);
        queue.push(() => {
          const { normOffset, gain } = weight;
          const rest = { dx: into, plus: past, dWeight: gradient };
          nn.rmsNormBackward(from, input, gain, { eps, normOffset, precision, ...rest });
        });
      }
    },

    rope(dx, dy, spans, _heads, headDim, theta) {
      for (const span of spans) {
        const [into, from] = [headed(dx, span, headDim), headed(dy, span, headDim)];
        queue.push(() => nn.applyRopeBackward(from, span.pos, { theta, precision, dx: into }));
      }
    },

    attention(dq, dk, dv, dz, forward, spans, headDim, scale) {
      for (const span of spans) {
        const of = (t: CpuTensor) => headed(t, span, headDim);
        const { q, k, v } = forward;
        const options = { scale, precision, dq: of(dq), dk: of(dk), dv: of(dv) };
        const isTiled = nn.attentionBackward === attentionBackward;
        const compute = isTiled ? tiledAttentionBackward : nn.attentionBackward;
        queue.push(() => compute(of(dz), of(q), of(k), of(v), options));
      }
    },

    geglu(dGate, dUp, dy, gate, up, rows) {
      const workPerElement = 32; // a tanh costs as much as so many multiply-adds
      for (const some of slices(rows, workPerElement * gate.columns)) {
        const [g, u, d] = [matrix(gate, some), matrix(up, some), matrix(dy, some)];
        const options = { precision, dGate: matrix(dGate, some), dUp: matrix(dUp, some) };
        queue.push(() => nn.gegluBackward(d, g, u, options));
      }
    },

    embed(dTable, ids, dx, rows, scale) {
      const into = whole(dTable);
      const from = matrix(dx, rows);
      queue.push(() => {
        const some = ids.subarray(rows.from, rows.from + rows.count);
        nn.embedBackward(some, from, { scale, precision, dTable: into });
      });
    },

    head(args, spans) {
      const { final, table, targets, weights, zLoss, dFinal, dTable, logprobs, logSumExp } = args;
      for (const span of spans) {
        for (const some of countedChunks(span, weights)) {
          const end = some.from + some.count;
          const h = matrix(final, some);
          const options = {
            weights: weights.subarray(some.from, end),
            zLoss,
            precision,
            chunkRows: HEAD_ROWS,
            matmuls: multiply,
            dh: dFinal && matrix(dFinal, some),
            dTable: dTable && whole(dTable),
          };
          queue.push(() => {
            const theirs = targets.subarray(some.from, end);
            const part = nn.crossEntropyHead(h, table.stored, theirs, options);
            logprobs.set(part.logprobs, some.from);
            logSumExp.set(part.logSumExp, some.from);
          });
        }
      }
    },
  };
}

/**
 * Rows of one span in stretches with {@link HEAD_ROWS} that count, the last with fewer: cut from its first row on, so that
 * the cuts, and the rounding of sums at them, are the same in any pass.
 */
function countedChunks({ from, count }: Rows, weights: Float64Array): Rows[] {
  const chunks: Rows[] = [];
  let begin = from;
  let counted = 0;
  for (let row = from; row < from + count; row++) {
    if (weights[row] !== 0) counted++;
    if (counted < HEAD_ROWS && row < from + count - 1) continue;
    chunks.push({ from: begin, count: row + 1 - begin });
    [begin, counted] = [row + 1, 0];
  }
  return chunks;
}

function whole({ data, columns }: CpuTensor): NdArray {
  return tensor(data, [data.length / columns, columns]);
}
