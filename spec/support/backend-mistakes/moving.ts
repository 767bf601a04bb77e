/** Mistakes of memory: what goes in, what comes out, what ends. */
import { disposed } from "../../../src/errors.ts";
import { deferredBackend } from "../deferred-backend.ts";
import { type BackendMistake, mistake, mistakeOf, type Tensor } from "./mistake.ts";

const deferred = mistakeOf(deferredBackend);

export const MOVING: readonly BackendMistake[] = [
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
    patience: 300,
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
