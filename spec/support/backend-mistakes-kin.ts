/** Kin of the thirty: one for each other sentence of the interface that a backend can break and still seem to work. */
import type { NaiveHandles } from "../../docs/examples/naive-backend.ts";
import type { Span } from "../../src/backend/backend.ts";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { disposed } from "../../src/errors.ts";
import { rowsInto } from "../../src/tensor/stored.ts";
import { elementsOf } from "../../src/tensor/tensor.ts";
import { anyWeight } from "./any-weight.ts";
import {
  attentionBy,
  type BackendMistake,
  kernelMistake,
  mistake,
  mistakeOf,
  type NaiveOps,
  type Tensor,
} from "./backend-mistakes.ts";
import { deferredBackend } from "./deferred-backend.ts";

type NaiveSpan = Span<NaiveHandles["kv"]>;

const deferred = mistakeOf(deferredBackend);
const cpu = mistakeOf(cpuBackend);

/** The spans, each with something else. */
const each = (spans: readonly NaiveSpan[], change: (span: NaiveSpan, i: number) => object) =>
  spans.map((span, i) => ({ ...span, ...change(span, i) }));

const ROWS: readonly BackendMistake[] = [
  kernelMistake(
    "embed-first-ids",
    "embed looks up ids from 0 on, whatever `from` says.",
    "embed",
    /rows from 2: row 0 of the sources was taken/,
    (right) => (dst, table, ids, rows, scale) => {
      const { from, count, into = from } = rows;
      right(dst, table, ids, { from: 0, count, into }, scale);
    },
  ),
  kernelMistake(
    "embed-scale-root",
    "embed multiplies by √D, whatever `scale` says.",
    "embed",
    /scale 1\.5/,
    (right) => (dst, table, ids, rows) => right(dst, table, ids, rows, Math.sqrt(dst.columns)),
  ),
  kernelMistake(
    "embed-16-bits",
    "embed keeps ids in 16 bits.",
    "embed",
    /65,540 rows/,
    (right) => (dst, table, ids, rows, scale) =>
      right(dst, table, Int32Array.from(Uint16Array.from(ids)), rows, scale),
  ),
  kernelMistake(
    "norm-eps-fixed",
    "rmsNorm has an ε of 1e-6, whatever `eps` says.",
    "rmsNorm",
    /eps 0\.25/,
    (right) => (dst, x, weight, rows) => right(dst, x, weight, rows, 1e-6),
  ),
  mistake(
    "norm-offset-of-last",
    "rmsNorm adds the normOffset of the weight that was uploaded last.",
    "rmsNorm",
    /normOffset of three weights/,
    (right) => {
      let last: 0 | 1 = 1;
      const rmsNorm: NaiveOps["rmsNorm"] = (dst, x, weight, rows, eps) =>
        right.ops.rmsNorm(dst, x, { ...weight, normOffset: last }, rows, eps);
      return {
        ops: { ...right.ops, rmsNorm },
        upload(source, signal) {
          last = source.normOffset ?? 1;
          return right.upload(source, signal);
        },
      };
    },
  ),
  kernelMistake(
    "matmul-64-rows",
    "matmul computes the first 65,535 outputs only.",
    "matmul",
    /65,540 rows/,
    (right) => (dst, x, weight, rows) => {
      const { from, count, into = from } = rows;
      right(dst, x, weight, rows);
      for (let r = into; r < into + count; r++) {
        dst.data.fill(0, r * dst.columns + 65535, (r + 1) * dst.columns);
      }
    },
  ),
  kernelMistake(
    "matmul-32-rows",
    "matmul computes the first 16 rows of a call only.",
    "matmul",
    /many rows/,
    (right) =>
      (dst, x, weight, { from, count, into }) =>
        right(dst, x, weight, { from, count: Math.min(count, 16), into }),
  ),
  kernelMistake(
    "matmul-reads-beside",
    "matmul reads the row behind the last, and multiplies it by 0.",
    "matmul",
    /hold NaN/,
    (right) => (dst, x, weight, rows) => {
      right(dst, x, weight, rows);
      const { from, count, into = from } = rows;
      const behind = x.data[(from + count) * x.columns] ?? 0;
      for (let i = into * dst.columns; i < (into + count) * dst.columns; i++) {
        dst.data[i] += behind * 0;
      }
    },
  ),
  kernelMistake(
    "add-one-row-too-many",
    "add of no rows writes one.",
    "add",
    /no rows \(count 0\): row 2 of dst/,
    (right) => (dst, x, y, rows) => right(dst, x, y, { ...rows, count: Math.max(1, rows.count) }),
  ),
  kernelMistake(
    "add-in-place-from-zero",
    "add in place begins at row 0.",
    "add",
    /in place/,
    (right) => (dst, x, y, rows) =>
      right(dst, x, y, dst === x ? { from: 0, count: rows.count } : rows),
  ),
  kernelMistake(
    "geglu-tanh-overflows",
    "geglu takes tanh for (e^2x − 1) / (e^2x + 1) in float32.",
    "geglu",
    /NaN/,
    () =>
      (dst, gate, up, { from, count, into = from }) => {
        const F = dst.columns;
        for (let i = 0; i < count * F; i++) {
          const x = gate.data[from * F + i];
          const e = Math.fround(Math.exp(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
          const tanh = Math.fround(e - 1) / Math.fround(e + 1);
          dst.data[into * F + i] = 0.5 * x * (1 + tanh) * up.data[from * F + i];
        }
      },
  ),
  kernelMistake(
    "kernel-promises",
    "add is asynchronous.",
    "add",
    /gave a promise/,
    (right) =>
      (async (...args: Parameters<NaiveOps["add"]>) => {
        await Promise.resolve();
        right(...args);
      }) as unknown as NaiveOps["add"],
  ),
  kernelMistake(
    "rows-changed",
    "add fills `into` in the rows that it is given.",
    "add",
    /threw TypeError/,
    (right) => (dst, x, y, rows) => {
      const mine = rows as { into?: number };
      mine.into ??= rows.from;
      right(dst, x, y, rows);
    },
  ),
];

const SPANS: readonly BackendMistake[] = [
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

const MOVING: readonly BackendMistake[] = [
  mistake("info-no-rows", "info.maxRows is 0.", "info", /maxRows is 0/, ({ info }) => ({
    info: { ...info, maxRows: 0 },
  })),
  mistake(
    "info-no-float32",
    "info.weightTypes has no float32.",
    "info",
    /weightTypes/,
    ({ info }) => ({
      info: { ...info, weightTypes: ["bfloat16"] },
    }),
  ),
  mistake(
    "info-accuracy",
    "info.accuracy promises float32, and matmul takes weights of 8 bits.",
    "embed",
    /times its budget in float32/,
    (right) => ({
      async upload(source, signal) {
        const weight = await right.upload(source, signal);
        const most = weight.data.reduce((a, x) => Math.max(a, Math.abs(x)), 0) / 127 || 1;
        return { ...weight, data: weight.data.map((x) => Math.round(x / most) * most) };
      },
    }),
  ),
  mistake(
    "half-a-float64",
    "info.precision says float64, and sums are rounded to float32.",
    "add",
    /as near as float32 is, where info promises float64/,
    (right) => ({
      info: { ...right.info, precision: "float64" },
      read: async (...args) => Float64Array.from(await right.read(...args)),
      ops: {
        ...right.ops,
        add(dst, x, y, rows) {
          right.ops.add(dst, x, y, rows);
          dst.data.forEach((value, i) => {
            dst.data[i] = value * (1 + 2 ** -23);
          });
        },
      },
    }),
  ),
  mistake("write-all", "write clears the rows behind.", "write", /one row of three/, () => ({
    write(dst, data) {
      dst.data.fill(0);
      dst.data.set(data);
    },
  })),
  mistake("write-buffer", "write takes the memory for the numbers.", "write", /a view/, () => ({
    write: (dst, data) => dst.data.set(new Float32Array(data.buffer).subarray(0, data.length)),
  })),
  mistake("write-bits", "write takes a Float64Array for float32.", "write", /Float64Array/, () => ({
    write: (dst, data) =>
      dst.data.set(new Float32Array(data.buffer, data.byteOffset).subarray(0, data.length)),
  })),
  deferred("write-by-reference", "write keeps the array.", "write", /caller did/, (right) => ({
    write(dst, data) {
      const { slice } = data;
      data.slice = () => data as never;
      right.write(dst, data);
      data.slice = slice as never;
    },
  })),
  mistake("ids-cleared", "setIds clears the ids behind.", "setIds", /two of four/, () => ({
    setIds(dst, ids) {
      dst.fill(0);
      dst.set(ids);
    },
  })),
  deferred(
    "ids-not-recorded",
    "setIds takes effect at once, before kernels that were recorded earlier.",
    "setIds",
    /recorded before setIds/,
    () => ({ setIds: (dst, ids) => dst.set(ids) }),
  ),
  deferred(
    "write-not-recorded",
    "write takes effect at once, before what was recorded earlier.",
    "",
    /after the call|recorded one after another|does not hold|of nine reads/,
    () => ({ write: (dst, data) => dst.data.set(data) }),
  ),
  mistake(
    "read-count-0",
    "read of no rows gives all.",
    "read",
    /count: 0|gave 2 numbers for 0/,
    (right) => ({
      read: (src, { from, count }, signal) =>
        right.read(
          src,
          count === 0 ? { from: 0, count: src.data.length / src.columns } : { from, count },
          signal,
        ),
    }),
  ),
  mistake("read-into", "read takes `into` for the row.", "read", /an `into`/, (right) => ({
    read: (src, { from, count, into = from }, signal) =>
      right.read(src, { from: into, count }, signal),
  })),
  mistake(
    "read-staging",
    "Reads share one staging buffer.",
    "read",
    /share one memory/,
    (right) => {
      let staging = new Float32Array(0);
      return {
        async read(src, rows, signal) {
          const values = await right.read(src, rows, signal);
          if (staging.length < values.length) staging = new Float32Array(values.length);
          staging.set(values);
          return staging.subarray(0, values.length);
        },
      };
    },
  ),
  mistake("read-float64", "read gives float64 always.", "read", /Float64Array came/, (right) => ({
    read: async (...args) => Float64Array.from(await right.read(...args)),
  })),
  mistake(
    "read-abort-error",
    "An abort rejects with an error of its own.",
    "read",
    /the reason/,
    (right) => ({
      async read(src, rows, signal) {
        if (signal?.aborted) throw new Error("aborted");
        return right.read(src, rows);
      },
    }),
  ),
  mistake(
    "read-abort-sticks",
    "After an abort every read rejects.",
    "read",
    /aborted|enough/,
    (right) => {
      let reason: unknown;
      return {
        async read(src, rows, signal) {
          if (signal?.aborted) reason = signal.reason;
          if (reason) throw reason;
          return right.read(src, rows);
        },
      };
    },
  ),
  {
    ...mistake(
      "read-hangs",
      "A second outstanding read never settles.",
      "read",
      /not settled/,
      (right) => {
        let isReading = false;
        return {
          async read(...args) {
            if (isReading) return new Promise(() => {});
            isReading = true;
            const values = await right.read(...args);
            await Promise.resolve();
            isReading = false;
            return values;
          },
        };
      },
    ),
    patience: 1000,
  },
  mistake("read-after-dispose", "read goes on after dispose.", "dispose", /resolved/, () => ({
    dispose() {},
  })),
  mistake(
    "read-after-dispose-error",
    "After dispose read rejects with a TypeError.",
    "dispose",
    /ArgumentError/,
    (right) => {
      let isGone = false;
      return {
        async read(...args) {
          if (isGone) throw new TypeError("device is null");
          return right.read(...args);
        },
        dispose() {
          isGone = true;
        },
      };
    },
  ),
  mistake(
    "alloc-range-error",
    "Without memory alloc throws a RangeError.",
    "alloc",
    /RangeError/,
    () => ({
      alloc: (_, rows, columns) => ({ columns, data: new Float32Array(rows * columns) }),
    }),
  ),
  mistake(
    "kv-range-error",
    "Without memory createKV throws a RangeError.",
    "createKV",
    /RangeError/,
    () => ({
      createKV({ numAttentionHeads: N, numKeyValueHeads: K, headDim: H }, { positions }) {
        const make = () => [0, 1].map(() => new Float32Array(positions * K * H));
        return { N, K, H, keys: make(), values: make() };
      },
    }),
  ),
  deferred("free-before-use", "free takes effect at once.", "free", /threw RangeError/, () => ({
    free(kind, handle) {
      if (kind === "tensor") (handle as Tensor).data = new Float32Array(0);
    },
  })),
  mistake("dispose-all", "dispose ends all backends.", "dispose", /a disposed one/, (right) => ({
    dispose() {
      isAllGone = true;
    },
    async read(src, rows, signal) {
      if (isAllGone) throw disposed("read", "backend", "make a new one");
      return right.read(src, rows, signal);
    },
  })),
];
let isAllGone = false;

const WEIGHTS: readonly BackendMistake[] = [
  mistake(
    "float16-for-bfloat16",
    "upload takes float16 for bfloat16.",
    "",
    /a weight in float16.*float16 were taken for bfloat16/,
    ({ info }) => ({
      info: { ...info, weightTypes: ["float32", "float16", "bfloat16"] },
      upload: (source, signal) =>
        anyWeight(
          { ...source, dtype: source.dtype === "float16" ? "bfloat16" : source.dtype },
          signal,
        ),
    }),
  ),
  mistake(
    "q5-without-its-fifth-bit",
    "upload leaves the fifth bit of q5_0 out.",
    "",
    /a weight in q5_0/,
    ({ info }) => ({
      info: { ...info, weightTypes: ["float32", "q5_0"] },
      upload: (source, signal) =>
        anyWeight(
          {
            ...source,
            async rows(...range) {
              const bytes = await source.rows(...range);
              if (source.dtype !== "q5_0") return bytes;
              for (let at = 0; at < bytes.length; at += 22) bytes.fill(0, at + 2, at + 6);
              return bytes;
            },
          },
          signal,
        ),
    }),
  ),
  mistake(
    "weight-buffer",
    "upload takes the memory of the bytes for the bytes.",
    "upload",
    /anywhere/,
    () => ({
      async upload({ shape, rows, normOffset = 1 }, signal) {
        const bytes = await rows(0, shape[0], signal);
        const all = bytes.buffer.byteLength;
        const data = new Float32Array(bytes.buffer.slice(0, all - (all % 4)));
        return { shape, data: data.slice(0, elementsOf(shape)), normOffset };
      },
    }),
  ),
  mistake("weight-method", "upload calls rows without its source.", "upload", /TypeError/, () => ({
    async upload({ shape, rows, normOffset = 1 }, signal) {
      const data = new Float32Array(elementsOf(shape));
      new Uint8Array(data.buffer).set(await rows(0, shape[0], signal));
      return { shape, data, normOffset };
    },
  })),
  mistake(
    "weight-too-much",
    "upload asks for more rows than there are.",
    "embed",
    /were asked for/,
    () => ({
      async upload(source, signal) {
        const { shape, normOffset = 1 } = source;
        const data = new Float32Array(elementsOf(shape));
        for (let row = 0; row < shape[0]; row += 64) {
          const bytes = await source.rows(row, row + 64, signal);
          new Uint8Array(data.buffer).set(bytes, (bytes.length / 64) * row);
        }
        return { shape, data, normOffset };
      },
    }),
  ),
  mistake(
    "weight-into-too-large",
    "upload has rows written into memory of another size.",
    "upload",
    /exactly as many/,
    () => ({
      async upload(source, signal) {
        const { shape, normOffset = 1 } = source;
        const data = new Float32Array(elementsOf(shape) + 8);
        const into = new Uint8Array(data.buffer);
        await rowsInto(source, 0, shape[0], into, signal);
        return { shape, data, normOffset };
      },
    }),
  ),
  mistake(
    "upload-swallows",
    "upload resolves where its source fails.",
    "upload",
    /resolved; expected the error/,
    (right) => ({
      upload: (source, signal) =>
        right.upload(source, signal).catch(() => {
          const data = new Float32Array(elementsOf(source.shape));
          return { shape: source.shape, data, normOffset: 1 };
        }),
    }),
  ),
  mistake(
    "upload-wraps",
    "upload rejects with an error of its own.",
    "upload",
    /the error of its source/,
    (right) => ({
      upload: (source, signal) =>
        right.upload(source, signal).catch((error) => {
          throw new Error(`upload failed: ${error.message}`);
        }),
    }),
  ),
  mistake(
    "upload-signal",
    "upload takes no notice of signal.",
    "upload",
    /that is aborted resolved/,
    (right) => ({
      upload: (source) => right.upload(source),
    }),
  ),
  mistake("upload-one-staging", "Weights share one memory.", "", /^/, (right) => {
    const all = new Float32Array(1 << 20);
    return {
      async upload(source, signal) {
        const weight = await right.upload(source, signal);
        all.set(weight.data);
        return { ...weight, data: all.subarray(0, weight.data.length) };
      },
    };
  }),
  cpu(
    "later-not-awaited",
    "read does not wait for weights that are on their way.",
    "uploadLater",
    /./,
    (right) => ({
      uploadLater(source) {
        const zeros = {
          ...source,
          rows: async (a: number, b: number) => new Uint8Array((await source.rows(a, b)).length),
        };
        const arriving = right.uploadLater?.(zeros);
        if (!arriving) throw new Error("no uploadLater");
        return arriving;
      },
    }),
  ),
  {
    ...deferred(
      "later-first-only",
      "Only the first weight is asked for.",
      "uploadLater",
      /not settled/,
      (right) => {
        let isFirst = true;
        return {
          uploadLater(source, signal) {
            const never = { ...source, rows: () => new Promise<never>(() => {}) };
            const asked = isFirst ? source : never;
            isFirst = false;
            return right.uploadLater?.(asked, signal) as never;
          },
        };
      },
    ),
    patience: 1000,
  },
  deferred(
    "later-swallows",
    "A weight that does not arrive is zeros.",
    "uploadLater",
    /error of its source/,
    (right) => ({
      uploadLater(source, signal) {
        const rows: typeof source.rows = (...range) =>
          source.rows(...range).catch(() => new Uint8Array((range[1] - range[0]) * 4));
        return right.uploadLater?.({ ...source, rows }, signal) as never;
      },
    }),
  ),
  mistake(
    "reserve-forgets",
    "reserve makes a new cache.",
    "reserve",
    /behind one that was there/,
    () => ({
      reserve(kv, { positions }) {
        for (const some of [kv.keys, kv.values]) {
          for (const layer of some.keys()) some[layer] = new Float32Array(positions * kv.K * kv.H);
        }
      },
    }),
  ),
];

/** Mistakes beside the thirty. */
export const KIN: readonly BackendMistake[] = [...ROWS, ...SPANS, ...MOVING, ...WEIGHTS];
