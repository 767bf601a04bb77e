/** Mistakes that passed a day of tests, before there was a conformance suite. */
import type { NaiveHandles } from "../../../docs/examples/naive-backend.ts";
import { bfloat16ToFloat32 } from "../../../src/tensor/bfloat16.ts";
import { elementsOf } from "../../../src/tensor/tensor.ts";
import { type BackendMistake, kernelMistake, mistake, type NaiveOps } from "./mistake.ts";

export const UNSEEN_BEFORE: readonly BackendMistake[] = [
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
