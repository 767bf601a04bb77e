/** Mistakes of kernels that take spans. */
import type { NaiveHandles } from "../../../docs/examples/naive-backend.ts";
import type { Span } from "../../../src/backend/backend.ts";
import {
  attentionBy,
  type BackendMistake,
  kernelMistake,
  mistake,
  type NaiveOps,
} from "./mistake.ts";

type NaiveSpan = Span<NaiveHandles["kv"]>;

/** The spans, each with something else. */
const each = (spans: readonly NaiveSpan[], change: (span: NaiveSpan, i: number) => object) =>
  spans.map((span, i) => ({ ...span, ...change(span, i) }));

export const SPANS: readonly BackendMistake[] = [
  kernelMistake(
    "rope-row-for-position",
    "rope turns row r by pos + r.",
    "rope",
    /rows from 2: row r was turned for position pos \+ r/,
    (right) =>
      (dst, x, spans, ...rest) =>
        right(
          dst,
          x,
          each(spans, ({ pos, from }) => ({ pos: pos + from })),
          ...rest,
        ),
  ),
  kernelMistake(
    "rope-first-span",
    "rope goes on from the position of the first span.",
    "rope",
    /two spans.*followed the first span/,
    (right) =>
      (dst, x, spans, ...rest) =>
        right(
          dst,
          x,
          each(spans, ({ from }) => ({ pos: spans[0].pos + from - spans[0].from })),
          ...rest,
        ),
  ),
  kernelMistake(
    "rope-first-head",
    "rope turns the first head only.",
    "rope",
    /only the first head/,
    (right) => (dst, x, spans, heads, headDim, theta) => {
      const turned = { columns: dst.columns, data: dst.data.slice() };
      right(turned, x, spans, heads, headDim, theta);
      for (const { from, count, into = from } of spans) {
        for (let i = 0; i < count * x.columns; i++) {
          const to = into * x.columns + i;
          const isFirst = i % x.columns < headDim;
          dst.data[to] = isFirst ? turned.data[to] : x.data[from * x.columns + i];
        }
      }
    },
  ),
  kernelMistake(
    "rope-theta-fixed",
    "rope has a θ of 10,000, whatever `theta` says.",
    "rope",
    /theta 500: theta was taken for 10000/,
    (right) => (dst, x, spans, heads, headDim) => right(dst, x, spans, heads, headDim, 10000),
  ),
  kernelMistake(
    "rope-angles-exact",
    "rope does not round its angles to float32.",
    "rope",
    /angles at position 8186: angles are not rounded/,
    () => (dst, x, spans, heads, headDim, theta) => {
      const half = headDim / 2;
      for (const { from, count, into = from, pos } of spans) {
        const rows = x.data.slice(from * x.columns, (from + count) * x.columns);
        for (let at = 0; at < rows.length; at++) {
          const i = at % headDim;
          const angle = (pos + Math.floor(at / x.columns)) / theta ** ((2 * (i % half)) / headDim);
          const other = i < half ? -rows[at + half] : rows[at - half];
          dst.data[into * x.columns + at] = rows[at] * Math.cos(angle) + other * Math.sin(angle);
        }
        if (heads * headDim !== x.columns) throw new Error("columns");
      }
    },
  ),
  kernelMistake(
    "rope-ignores-into",
    "rope writes to the rows that it reads from.",
    "rope",
    /rows from 2 into 5: row 2 of dst was written/,
    (right) =>
      (dst, x, spans, ...rest) =>
        right(
          dst,
          x,
          each(spans, () => ({ into: undefined })),
          ...rest,
        ),
  ),
  kernelMistake(
    "kv-write-first-rows",
    "kvWrite writes rows from 0 on, whatever `from` says.",
    "kvWrite",
    /rows from 0 on were written/,
    (right) => (layer, k, v, spans) =>
      right(
        layer,
        k,
        v,
        each(spans, () => ({ from: 0 })),
      ),
  ),
  kernelMistake(
    "kv-write-row-for-position",
    "kvWrite writes row r to position pos + r.",
    "kvWrite",
    /row r was written to position pos \+ r/,
    (right) => (layer, k, v, spans) =>
      right(
        layer,
        k,
        v,
        each(spans, ({ pos, from }) => ({ pos: pos + from })),
      ),
  ),
  kernelMistake(
    "kv-write-into",
    "kvWrite takes `into` for the row of k and v.",
    "kvWrite",
    /`into` was taken for the row/,
    (right) => (layer, k, v, spans) =>
      right(
        layer,
        k,
        v,
        each(spans, ({ from, into = from }) => ({ from: into })),
      ),
  ),
  kernelMistake(
    "kv-write-first-span",
    "kvWrite writes the first span only.",
    "kvWrite",
    /only the first span/,
    (right) => (layer, k, v, spans) => right(layer, k, v, spans.slice(0, 1)),
  ),
  kernelMistake(
    "kv-write-one-layer",
    "All layers share their keys and values.",
    "kvWrite",
    /in layer 1.*all layers share/,
    (right) => (_, k, v, spans) => {
      right(0, k, v, spans);
      right(1, k, v, spans);
    },
  ),
  mistake(
    "kv-write-keeps-references",
    "kvWrite keeps k and v themselves, and copies them when attention needs them.",
    "kvWrite",
    /written to k and v afterwards/,
    ({ ops }) => {
      const kept: Parameters<NaiveOps["kvWrite"]>[] = [];
      return {
        ops: {
          ...ops,
          kvWrite: (...args) => void kept.push(args),
          attention(...args) {
            for (const one of kept.splice(0)) ops.kvWrite(...one);
            ops.attention(...args);
          },
        },
      };
    },
  ),
  mistake(
    "kv-write-never-again",
    "kvWrite keeps what a position held first.",
    "kvWrite",
    /over positions that held others/,
    ({ ops }) => {
      const written = new Map<unknown, Set<string>>();
      const kvWrite: NaiveOps["kvWrite"] = (layer, k, v, spans) => {
        for (const span of spans) {
          const seen = written.get(span.kv) ?? new Set();
          written.set(span.kv, seen);
          for (let i = 0; i < span.count; i++) {
            const key = `${layer} ${span.pos + i}`;
            if (seen.has(key)) continue;
            seen.add(key);
            const one = { ...span, from: span.from + i, count: 1, pos: span.pos + i };
            ops.kvWrite(layer, k, v, [one]);
          }
        }
      };
      return { ops: { ...ops, kvWrite } };
    },
  ),
  kernelMistake(
    "attention-mask-by-zero",
    "attention multiplies later positions by 0.",
    "attention",
    /later positions hold NaN/,
    (right) => (dst, q, layer, spans, scale) => {
      right(dst, q, layer, spans, scale);
      for (const { from, count, into = from, pos, kv } of spans) {
        const later = kv.values[layer].subarray((pos + count) * kv.K * kv.H);
        const nothing = later.reduce((sum, v) => sum + v * 0, 0);
        for (let i = into * dst.columns; i < (into + count) * dst.columns; i++) {
          dst.data[i] += nothing;
        }
      }
    },
  ),
  kernelMistake(
    "attention-overflows",
    "attention takes exp of scores as they are, in float32.",
    "attention",
    /NaN/,
    () => (dst, q, layer, spans, scale) => {
      for (const { from, count, into = from, pos, kv } of spans) {
        const { N, K, H } = kv;
        for (let at = 0; at < count * N; at++) {
          const [i, n] = [Math.floor(at / N), at % N];
          const head = Math.floor((n * K) / N) * H;
          const weights = Array.from({ length: pos + i + 1 }, (_, s) => {
            let score = 0;
            for (let h = 0; h < H; h++) {
              score += q.data[((from + i) * N + n) * H + h] * kv.keys[layer][s * K * H + head + h];
            }
            return Math.fround(Math.exp(score * scale));
          });
          const total = Math.fround(weights.reduce((a, b) => a + b, 0));
          for (let h = 0; h < H; h++) {
            const value = (w: number, s: number) => w * kv.values[layer][s * K * H + head + h];
            const sum = weights.reduce((sum, w, s) => sum + value(w, s), 0);
            dst.data[((into + i) * N + n) * H + h] = Math.fround(sum) / total;
          }
        }
      }
    },
  ),
  kernelMistake(
    "attention-first-rows",
    "attention takes rows of q from 0 on, whatever `from` says.",
    "attention",
    /rows from 2 into 5: rows of q from 0 on/,
    (right) => (dst, q, layer, spans, scale) =>
      right(
        dst,
        q,
        layer,
        each(spans, ({ from, into = from }) => ({ from: 0, into })),
        scale,
      ),
  ),
  kernelMistake(
    "attention-ignores-into",
    "attention writes to the rows that it reads from.",
    "attention",
    /rows from 2 into 5: row 2 of dst was written/,
    (right) => (dst, q, layer, spans, scale) =>
      right(
        dst,
        q,
        layer,
        each(spans, () => ({ into: undefined })),
        scale,
      ),
  ),
  kernelMistake(
    "attention-scale-fixed",
    "attention scales by 1/√H, whatever `scale` says.",
    "attention",
    /scale 0\.25: scores are scaled by 1\/√headDim/,
    () => attentionBy({ scaled: (_, H) => 1 / Math.sqrt(H) }),
  ),
  kernelMistake(
    "attention-own-span-only",
    "attention sees the rows of the span alone.",
    "attention",
    /nothing before them/,
    () => attentionBy({ first: (pos) => pos }),
  ),
  kernelMistake(
    "attention-first-kv-head",
    "Every query head reads the first key-value head.",
    "attention",
    /the first key-value head/,
    () => attentionBy({ headOf: () => 0 }),
  ),
  kernelMistake(
    "attention-layer-0",
    "attention looks at layer 0.",
    "attention",
    /layer 0 is looked at/,
    (right) => (dst, q, _, spans, scale) => right(dst, q, 0, spans, scale),
  ),
  kernelMistake(
    "attention-first-span",
    "attention computes the first span only.",
    "attention",
    /a span and a cache for every row/,
    (right) => (dst, q, layer, spans, scale) => right(dst, q, layer, spans.slice(0, 1), scale),
  ),
];
