/**
 * Thirty mistakes that authors of backends make, each planted by itself in a right backend. Before there was a
 * conformance suite for backends, a day's tests named eleven of them rightly, and let twelve pass.
 */
import { type NaiveHandles, naiveBackend } from "../../docs/examples/naive-backend.ts";
import type { Backend, Handles, Ops, Rows } from "../../src/backend/backend.ts";
import { bfloat16ToFloat32 } from "../../src/tensor/bfloat16.ts";
import { elementsOf } from "../../src/tensor/tensor.ts";

export type Naive = Backend<NaiveHandles>;
export type NaiveOps = Ops<NaiveHandles>;
export type Tensor = NaiveHandles["tensor"];

/** A backend with one thing wrong. */
export interface BackendMistake {
  readonly id: string;
  /** What is done, against which sentence of the interface. */
  readonly sentence: string;
  /** How the first message must begin: the kernel, or the method. */
  readonly kernel: string;
  /** What the first message must say of the situation or the mistake. */
  readonly situation: RegExp;
  /** Of mistakes that hang: how long one waits for them. */
  readonly patience?: number;
  make(): Backend;
}

/** A mistake of the naive backend. */
export function mistake(
  id: string,
  sentence: string,
  kernel: string,
  situation: RegExp,
  change: (right: Naive) => Partial<Naive>,
): BackendMistake {
  return mistakeOf(naiveBackend)(id, sentence, kernel, situation, change);
}

/** Mistakes of another backend that is right. */
export function mistakeOf<Dev extends Handles>(make: () => Backend<Dev>) {
  return (
    id: string,
    sentence: string,
    kernel: string,
    situation: RegExp,
    change: (right: Backend<Dev>) => Partial<Backend<Dev>>,
  ): BackendMistake => {
    const wrong = () => {
      const right = make();
      return { ...right, ...change(right) } as unknown as Backend;
    };
    return { id, sentence, kernel, situation, make: wrong };
  };
}

/** A mistake of one kernel. */
export function kernelMistake<Name extends keyof NaiveOps>(
  id: string,
  sentence: string,
  name: Name,
  situation: RegExp,
  change: (right: NaiveOps[Name]) => NaiveOps[Name],
  blamed: string = name,
): BackendMistake {
  return mistake(id, sentence, blamed, situation, ({ ops }) => ({
    ops: { ...ops, [name]: change(ops[name]) },
  }));
}

/** Rows of a tensor as one array. */
function rowsOf({ data, columns }: Tensor, { from, count }: Rows): Float32Array {
  return data.slice(from * columns, (from + count) * columns);
}

/** Attention of one row at a time, with one thing about it different. */
export function attentionBy({
  seen = (position) => position + 1,
  first = () => 0,
  headOf = (n, N, K) => Math.floor((n * K) / N),
  scaled = (scale) => scale,
}: {
  /** The number of positions that the row at `position` sees. */
  readonly seen?: (position: number, i: number) => number;
  readonly first?: (pos: number) => number;
  readonly headOf?: (n: number, N: number, K: number) => number;
  readonly scaled?: (scale: number, H: number) => number;
}): NaiveOps["attention"] {
  return (dst, q, layer, spans, scale) => {
    for (const { from, count, into = from, pos, kv } of spans) {
      const { N, K, H } = kv;
      const [keys, values] = [kv.keys[layer], kv.values[layer]];
      for (let i = 0; i < count; i++) {
        const end = seen(pos + i, i);
        for (let n = 0; n < N; n++) {
          const [at, to] = [((from + i) * N + n) * H, ((into + i) * N + n) * H];
          const head = headOf(n, N, K) * H;
          const scores: number[] = [];
          for (let s = first(pos); s < end; s++) {
            let score = 0;
            for (let h = 0; h < H; h++) score += q.data[at + h] * keys[s * K * H + head + h];
            scores.push(score * scaled(scale, H));
          }
          const largest = Math.max(...scores);
          const weights = scores.map((score) => Math.exp(score - largest));
          const total = weights.reduce((a, b) => a + b, 0);
          for (let h = 0; h < H; h++) {
            const sum = weights.reduce(
              (sum, w, j) => sum + w * values[(first(pos) + j) * K * H + head + h],
              0,
            );
            dst.data[to + h] = sum / total;
          }
        }
      }
    }
  };
}

function erf(x: number): number {
  // Abramowitz & Stegun 7.1.26, to 1.5e-7.
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const poly =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - poly * Math.exp(-x * x));
}

const NAMED_BEFORE: readonly BackendMistake[] = [
  kernelMistake(
    "matmul-in-out",
    "The weight is taken as [D, F].",
    "matmul",
    /\[in, out\]/,
    () =>
      (dst, x, { shape, data }, { from, count, into = from }) => {
        const [F, D] = shape;
        for (let r = 0; r < count; r++) {
          for (let f = 0; f < F; f++) {
            let sum = 0;
            for (let d = 0; d < D; d++) sum += x.data[(from + r) * D + d] * data[d * F + f];
            dst.data[(into + r) * F + f] = sum;
          }
        }
      },
  ),
  kernelMistake(
    "norm-without-one",
    "rmsNorm multiplies by the weight alone.",
    "rmsNorm",
    /weight alone|normOffset was taken for 0/,
    (right) => (dst, x, weight, rows, eps) =>
      right(dst, x, { ...weight, normOffset: 0 }, rows, eps),
  ),
  kernelMistake(
    "rope-interleaved",
    "rope pairs neighbours.",
    "rope",
    /pairs neighbours/,
    (right) => (dst, x, spans, heads, headDim, theta) => {
      const half = headDim / 2;
      const to = (i: number) => (i % 2) * half + (i >> 1);
      const shuffled = (t: Tensor, back: boolean): Tensor => {
        const data = t.data.map((_, at) => {
          const [head, i] = [at - (at % headDim), at % headDim];
          if (back) return t.data[head + to(i)];
          return t.data[head + (i < half ? 2 * i : 2 * (i - half) + 1)];
        });
        return { columns: t.columns, data };
      };
      const out = shuffled(dst, false);
      right(out, shuffled(x, false), spans, heads, headDim, theta);
      dst.data.set(shuffled(out, true).data);
    },
  ),
  kernelMistake(
    "attention-sees-next",
    "The row at position p sees position p + 1.",
    "attention",
    /sees the position behind its own/,
    () => attentionBy({ seen: (position) => position + 2 }),
  ),
  kernelMistake(
    "attention-not-itself",
    "The row at position p does not see position p.",
    "attention",
    /does not see its own position/,
    () => attentionBy({ seen: (position) => Math.max(1, position) }),
  ),
  kernelMistake("attention-no-scale", "Scores are not scaled.", "attention", /not scaled/, () =>
    attentionBy({ scaled: () => 1 }),
  ),
  kernelMistake(
    "attention-head-modulo",
    "Query head n reads key-value head n mod K.",
    "attention",
    /n mod K/,
    () => attentionBy({ headOf: (n, _, K) => n % K }),
  ),
  kernelMistake(
    "gelu-erf",
    "geglu has the exact GELU.",
    "geglu",
    /with erf/,
    () =>
      (dst, gate, up, { from, count, into = from }) => {
        const F = dst.columns;
        for (let i = 0; i < count * F; i++) {
          const x = gate.data[from * F + i];
          const gelu = 0.5 * x * (1 + erf(x / Math.SQRT2));
          dst.data[into * F + i] = gelu * up.data[from * F + i];
        }
      },
  ),
  kernelMistake(
    "gate-up-swapped",
    "geglu takes up through GELU.",
    "geglu",
    /exchanged/,
    (right) => (dst, gate, up, rows) => right(dst, up, gate, rows),
  ),
  kernelMistake(
    "whole-buffer",
    "geglu writes the whole buffer, not the rows that are named.",
    "geglu",
    /rows from 2: row 0 of dst was written/,
    (right) => (dst, gate, up) =>
      right(dst, gate, up, { from: 0, count: dst.data.length / dst.columns }),
  ),
  kernelMistake(
    "add-forgets-x",
    "add copies y.",
    "add",
    /x was not added/,
    () => (dst, _, y, rows) => {
      const { from, into = from } = rows;
      dst.data.set(rowsOf(y, rows), into * dst.columns);
    },
  ),
];

const NAMED_WRONGLY_BEFORE: readonly BackendMistake[] = [
  kernelMistake(
    "embed-unscaled",
    "embed takes no notice of scale.",
    "embed",
    /as they are/,
    (right) => (dst, table, ids, rows) => right(dst, table, ids, rows, 1),
  ),
  kernelMistake(
    "kv-swapped",
    "kvWrite exchanges k and v.",
    "kvWrite",
    /exchanged/,
    (right) => (layer, k, v, spans) => right(layer, v, k, spans),
  ),
  kernelMistake(
    "rope-in-place",
    "rope overwrites what it has yet to read, where dst is x.",
    "rope",
    /in place.*before the second was computed/,
    (right) => (dst, x, spans, heads, headDim, theta) => {
      if (dst !== x) return right(dst, x, spans, heads, headDim, theta);
      const half = headDim / 2;
      const before = x.data.slice();
      right(dst, x, spans, heads, headDim, theta);
      for (const { from, count } of spans) {
        for (let at = from * x.columns; at < (from + count) * x.columns; at++) {
          if (at % headDim < half) continue;
          // y₂ = x₂·cos + x₁·sin became x₂·cos + y₁·sin.
          const [x1, x2, y1] = [before[at - half], before[at], x.data[at - half]];
          const norm = x1 * x1 + x2 * x2 || 1;
          const [cos, sin] = [
            (x1 * y1 + x2 * x.data[at]) / norm,
            (x1 * x.data[at] - x2 * y1) / norm,
          ];
          x.data[at] = x2 * cos + y1 * sin;
        }
      }
    },
  ),
  kernelMistake(
    "matmul-accumulates",
    "matmul adds to what dst held.",
    "matmul",
    /dst that held NaN/,
    (right) => (dst, x, weight, rows) => {
      const held = dst.data.slice();
      right(dst, x, weight, rows);
      const { from, count, into = from } = rows;
      for (let i = into * dst.columns; i < (into + count) * dst.columns; i++)
        dst.data[i] += held[i];
    },
  ),
  kernelMistake(
    "eps-outside-root",
    "rmsNorm adds ε to the root.",
    "rmsNorm",
    /√mean\(x²\) \+ ε/,
    () =>
      (dst, x, weight, { from, count, into = from }, eps) => {
        const D = x.columns;
        for (let r = 0; r < count; r++) {
          let squares = 0;
          for (let d = 0; d < D; d++) squares += x.data[(from + r) * D + d] ** 2;
          const inverse = 1 / (Math.sqrt(squares / D) + eps);
          for (let d = 0; d < D; d++) {
            const gain = weight.normOffset + weight.data[d];
            dst.data[(into + r) * D + d] = x.data[(from + r) * D + d] * inverse * gain;
          }
        }
      },
  ),
  mistake("read-ignores-from", "read gives rows from 0 on.", "read", /2 rows from 1/, (right) => ({
    read: (src, { count }, signal) => right.read(src, { from: 0, count }, signal),
  })),
  mistake("alloc-one-row", "alloc makes room for one row.", "alloc", /9 rows of 5/, (right) => ({
    alloc: (label, _, columns) => right.alloc(label, 1, columns),
    // Numbers beyond the end are lost, as on a GPU.
    write: (dst, data) => dst.data.set(data.subarray(0, dst.data.length)),
  })),
];

const UNSEEN_BEFORE: readonly BackendMistake[] = [
  kernelMistake(
    "rope-ignores-pos",
    "rope takes every span to begin at position 0.",
    "rope",
    /span\.pos was ignored/,
    (right) =>
      (dst, x, spans, ...rest) =>
        right(
          dst,
          x,
          spans.map((span) => ({ ...span, pos: 0 })),
          ...rest,
        ),
  ),
  kernelMistake(
    "kv-write-ignores-pos",
    "kvWrite writes from position 0 on.",
    "kvWrite",
    /span\.pos was ignored/,
    (right) => (layer, k, v, spans) =>
      right(
        layer,
        k,
        v,
        spans.map((span) => ({ ...span, pos: 0 })),
      ),
  ),
  kernelMistake(
    "attention-ignores-pos",
    "attention takes every span to begin at position 0.",
    "attention",
    /span\.pos was ignored/,
    (right) => (dst, q, layer, spans, scale) =>
      right(
        dst,
        q,
        layer,
        spans.map((span) => ({ ...span, pos: 0 })),
        scale,
      ),
  ),
  kernelMistake(
    "matmul-ignores-into",
    "matmul writes to the rows that it reads from.",
    "matmul",
    /rows from 2 into 5: row 2 of dst was written/,
    (right) =>
      (dst, x, weight, { from, count }) =>
        right(dst, x, weight, { from, count }),
  ),
  mistake("read-view", "read gives a view of the tensor.", "read", /share one memory/, () => ({
    read: async (src, { from, count }) =>
      src.data.subarray(from * src.columns, (from + count) * src.columns),
  })),
  mistake("read-late", "read copies a turn late.", "read", /after the call/, (right) => ({
    async read(src, rows, signal) {
      await Promise.resolve();
      return right.read(src, rows, signal);
    },
  })),
  mistake("one-cache", "All sequences share one cache.", "kvWrite", /caches are one/, (right) => {
    let only: NaiveHandles["kv"] | undefined;
    return {
      createKV(config, { positions }) {
        const made = right.createKV(config, { positions: Math.max(positions, 9000) });
        only = only && only.H === made.H && only.K === made.K && only.N === made.N ? only : made;
        return only;
      },
    };
  }),
  mistake("ids-by-reference", "setIds keeps the array.", "setIds", /caller did/, ({ ops }) => {
    const kept = new Map<Int32Array, ArrayLike<number>>();
    const embed: NaiveOps["embed"] = (dst, table, ids, rows, scale) => {
      ids.set(kept.get(ids) ?? []);
      ops.embed(dst, table, ids, rows, scale);
    };
    return { setIds: (dst, ids) => void kept.set(dst, ids), ops: { ...ops, embed } };
  }),
  mistake("signal-ignored", "read takes no notice of signal.", "read", /aborted/, (right) => ({
    read: (src, rows) => right.read(src, rows),
  })),
  kernelMistake(
    "norm-offset-one",
    "rmsNorm takes normOffset for 1.",
    "rmsNorm",
    /normOffset was taken for 1/,
    (right) => (dst, x, weight, rows, eps) =>
      right(dst, x, { ...weight, normOffset: 1 }, rows, eps),
  ),
  mistake(
    "all-bfloat16",
    "upload takes all weights for bfloat16.",
    "embed",
    /float32 were taken for bfloat16/,
    ({ info }) => ({
      info: { ...info, weightTypes: ["float32", "bfloat16"] },
      async upload({ shape, rows, normOffset = 1 }) {
        const bytes = await rows(0, shape[0]);
        const bits = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
        const data = new Float32Array(elementsOf(shape));
        for (let i = 0; i < data.length; i++) data[i] = bfloat16ToFloat32(bits[i]);
        return { shape, data, normOffset };
      },
    }),
  ),
  mistake(
    "says-float64",
    "info.precision says float64, and results are float32.",
    "read",
    /Float32Array came.*float64/,
    ({ info }) => ({ info: { ...info, precision: "float64" } }),
  ),
];

/** The thirty of the study: eleven that were named before, seven with a wrong name or none, twelve unseen. */
export const THIRTY: readonly BackendMistake[] = [
  ...NAMED_BEFORE,
  ...NAMED_WRONGLY_BEFORE,
  ...UNSEEN_BEFORE,
];
