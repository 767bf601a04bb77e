/** What backend/backend.ts says, sentence by sentence, of the definition and of an outsider's backend. */
import { describe, expect, it } from "vitest";
import { naiveBackend } from "../../docs/examples/naive-backend.ts";
import { type Backend, BackendError, type Handles } from "../../src/backend/backend.ts";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { wasmBackend } from "../../src/backend/wasm/wasm.ts";
import { GEMMA_2B } from "../../src/config.ts";
import { ArgumentError, UnsupportedError } from "../../src/errors.ts";
import { attention } from "../../src/nn/attention.ts";
import { embed } from "../../src/nn/embedding.ts";
import { geglu } from "../../src/nn/geglu.ts";
import { linear } from "../../src/nn/linear.ts";
import { add } from "../../src/nn/residual.ts";
import { rmsNorm } from "../../src/nn/rmsnorm.ts";
import { applyRope } from "../../src/nn/rope.ts";
import { precisionNamed } from "../../src/tensor/precision.ts";
import type { Stored, WeightSource } from "../../src/tensor/stored.ts";
import { type NdArray, tensor } from "../../src/tensor/tensor.ts";
import { randomTensor } from "../support/random.ts";

type Any = Handles & { tensor: unknown };

const BACKENDS: readonly (readonly [string, () => Backend<Any>])[] = [
  ["cpu", () => cpuBackend() as unknown as Backend<Any>],
  ["cpu, float64", () => cpuBackend({ precision: "float64" }) as unknown as Backend<Any>],
  ["wasm", () => wasmBackend({ threads: 1 }) as unknown as Backend<Any>],
  ["naive", () => naiveBackend() as unknown as Backend<Any>],
];

/** N ≠ K ≠ 1, and N·H ≠ D. */
const CONFIG = {
  ...GEMMA_2B,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 6,
  hiddenSize: 5,
};
const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H, hiddenSize: D } = CONFIG;
const F = 7;
const ROWS = 4;

const matrix = (data: NdArray) => data.data as Float32Array;
const weightOf = (name: string, t: NdArray, normOffset?: 0 | 1): WeightSource => ({
  name,
  dtype: "float32",
  shape: t.shape,
  normOffset,
  async rows(begin, end) {
    const row = t.shape.slice(1).reduce((a, b) => a * b, 1);
    return new Uint8Array(matrix(t).slice(begin * row, end * row).buffer);
  },
});
const stored = (t: NdArray): Stored => ({ dtype: "float32", shape: t.shape, data: matrix(t) });
/** Rows 1 and 2 of what lies in a tensor of four rows, as the same rows of a tensor of two. */
const middle = (t: NdArray) => {
  const columns = t.shape[1];
  return tensor(matrix(t).slice(columns, 3 * columns), [2, columns]);
};

/** Float32 sums of a few terms of order 1, in another order or another width: a few ulps of 1. */
const CLOSE = 1e-6;

function expectClose(got: ArrayLike<number>, wanted: NdArray): void {
  const off = Array.from(wanted.data as Float32Array, (x, i) => Math.abs(x - got[i]));
  expect(off.length).toBe(got.length);
  expect(Math.max(...off)).toBeLessThan(CLOSE);
}

describe.each(BACKENDS)("the interface, on %s", (_, make) => {
  const setUp = () => {
    const backend = make();
    const put = (t: NdArray, label = "x") => {
      const handle = backend.alloc(label, ROWS, t.shape[1]);
      backend.write(handle, matrix(t));
      return handle;
    };
    const all = (handle: unknown) => backend.read(handle, { from: 0, count: ROWS });
    /** A destination full of NaN: what it held plays no part. */
    const blank = (columns: number) =>
      put(tensor(new Float32Array(ROWS * columns).fill(Number.NaN), [ROWS, columns]), "dst");
    return { backend, ops: backend.ops, put, all, blank };
  };
  /** Rows 1 and 2 of the sources go to rows 2 and 3. */
  const rows = { from: 1, count: 2, into: 2 };
  const expectRows = async (got: ArrayLike<number>, wanted: NdArray) => {
    const columns = wanted.shape[1];
    const values = Array.from(got);
    expect(values.slice(0, 2 * columns).every(Number.isNaN)).toBe(true); // left alone
    expectClose(values.slice(2 * columns), wanted);
  };

  describe("kernels write the rows named, wherever they go", () => {
    it("embed", async () => {
      const { backend, ops, all, blank } = setUp();
      const table = randomTensor([9, D], 1);
      const [ids, dst] = [backend.allocIds(ROWS), blank(D)];
      backend.setIds(ids, [8, 3, 0, 5]);
      ops.embed(dst, await backend.upload(weightOf("table", table)), ids, rows, 2.5);
      await expectRows(await all(dst), embed([3, 0], stored(table), { scale: 2.5 }));
    });

    it.each([undefined, 1, 0] as const)("rmsNorm, with a norm offset of %s", async (normOffset) => {
      const { backend, ops, put, all, blank } = setUp();
      const [x, gain] = [randomTensor([ROWS, D], 2), randomTensor([D], 3)];
      const dst = blank(D);
      const weight = await backend.upload(weightOf("norm", gain, normOffset));
      ops.rmsNorm(dst, put(x), weight, rows, 1e-3);
      const wanted = rmsNorm(middle(x), gain, { eps: 1e-3, normOffset: normOffset ?? 1 });
      await expectRows(await all(dst), wanted);
    });

    it("matmul", async () => {
      const { backend, ops, put, all, blank } = setUp();
      const [x, weight] = [randomTensor([ROWS, D], 4), randomTensor([F, D], 5)];
      const dst = blank(F);
      ops.matmul(dst, put(x), await backend.upload(weightOf("w", weight)), rows);
      await expectRows(await all(dst), linear(middle(x), stored(weight)));
    });

    it("geglu and add", async () => {
      const { ops, put, all, blank } = setUp();
      const [x, y] = [randomTensor([ROWS, F], 6), randomTensor([ROWS, F], 7)];
      const [gated, sum] = [blank(F), blank(F)];
      ops.geglu(gated, put(x), put(y), rows);
      ops.add(sum, put(x), put(y), rows);
      await expectRows(await all(gated), geglu(middle(x), middle(y)));
      await expectRows(await all(sum), add(middle(x), middle(y)));
    });

    it("nothing, where there are no rows", async () => {
      const { backend, ops, put, all, blank } = setUp();
      const none = { from: 1, count: 0 };
      const x = put(randomTensor([ROWS, F], 8));
      const weight = await backend.upload(weightOf("w", randomTensor([F, F], 9)));
      const dst = blank(F);
      ops.matmul(dst, x, weight, none);
      ops.geglu(dst, x, x, none);
      ops.add(dst, x, x, none);
      expect((await all(dst)).every(Number.isNaN)).toBe(true);
      expect(await backend.read(dst, none)).toHaveLength(0);
    });
  });

  describe("rope, kvWrite and attention", () => {
    it("rotate rows of several sequences, each at its own positions", async () => {
      const { backend, ops, put, all, blank } = setUp();
      const x = randomTensor([ROWS, N * H], 10);
      const dst = blank(N * H);
      const kv = () => backend.createKV(CONFIG, { positions: 8192 });
      const spans = [
        { from: 2, count: 1, pos: 8191, kv: kv(), into: 0 },
        { from: 0, count: 2, pos: 3, kv: kv(), into: 1 },
      ];
      ops.rope(dst, put(x), spans, N, H, 10000);
      const heads = tensor(matrix(x), [ROWS, N, H]);
      const rotated = (l: number, count: number, pos: number) =>
        applyRope(heads.lo(l).hi(count, N, H), pos, {
          precision: precisionNamed(backend.info.precision),
        }).data as Float32Array;
      const got = await all(dst);
      const wanted = [...rotated(2, 1, 8191), ...rotated(0, 2, 3)];
      expectClose(got.slice(0, 3 * N * H), tensor(Float32Array.from(wanted), [3, N * H]));
      expect(got.slice(3 * N * H).every(Number.isNaN)).toBe(true);
    });

    it("rotate and add in place", async () => {
      const { backend, ops, put, all } = setUp();
      const x = randomTensor([ROWS, K * H], 11);
      const [handle, y] = [put(x), put(x)];
      const kv = backend.createKV(CONFIG, { positions: ROWS });
      ops.rope(handle, handle, [{ from: 0, count: ROWS, pos: 0, kv }], K, H, 10000);
      ops.add(handle, handle, y, { from: 0, count: ROWS });
      const rotated = applyRope(tensor(matrix(x), [ROWS, K, H]), 0);
      const wanted = add(tensor(rotated.data as Float32Array, [ROWS, K * H]), x);
      expectClose(await all(handle), wanted);
    });

    it("see positions 0 … p of their own cache and layer, and never a later one", async () => {
      const { backend, ops, put, all, blank } = setUp();
      const S = 6;
      const caches = [0, 1].map(() => backend.createKV(CONFIG, { positions: S }));
      const keys = [20, 30].map((seed) => randomTensor([S, K * H], seed));
      const values = [40, 50].map((seed) => randomTensor([S, K * H], seed));
      const junk = put(tensor(new Float32Array(ROWS * K * H).fill(Number.NaN), [ROWS, K * H]));
      for (const [i, kv] of caches.entries()) {
        for (const layer of [0, 1]) {
          // Later positions hold NaN, and the other layer something else.
          ops.kvWrite(layer, junk, junk, [{ from: 0, count: ROWS, pos: 2, kv }]);
          const seed = layer === 1 ? 0 : 100;
          const part = (t: NdArray, from: number) =>
            put(
              tensor(
                matrix(t)
                  .slice(from * K * H, (from + ROWS) * K * H)
                  .map((v) => v + seed),
                [ROWS, K * H],
              ),
            );
          ops.kvWrite(layer, part(keys[i], 0), part(values[i], 0), [
            { from: 0, count: 3 + i, pos: 0, kv },
          ]);
        }
      }
      const q = randomTensor([ROWS, N * H], 60);
      const dst = blank(N * H);
      const spans = [
        { from: 3, count: 1, pos: 2, kv: caches[0], into: 0 },
        { from: 0, count: 2, pos: 2, kv: caches[1], into: 1 },
      ];
      ops.attention(dst, put(q), 1, spans, 0.3);
      const got = await all(dst);
      const heads = (t: NdArray, from: number, count: number, n: number) =>
        tensor(matrix(t).slice(from * n * H, (from + count) * n * H), [count, n, H]);
      const one = (i: number, from: number, count: number) =>
        attention(
          heads(q, from, count, N),
          heads(keys[i], 0, 2 + count, K),
          heads(values[i], 0, 2 + count, K),
          { pos: 2, scale: 0.3 },
        ).data as Float32Array;
      const wanted = [...one(0, 3, 1), ...one(1, 0, 2)];
      expectClose(got.slice(0, 3 * N * H), tensor(Float32Array.from(wanted), [3, N * H]));
      expect(got.slice(3 * N * H).every(Number.isNaN)).toBe(true);
    });

    it("keep what a cache holds when it grows", async () => {
      const { backend, ops, put, all, blank } = setUp();
      if (!backend.reserve) return;
      const kv = backend.createKV(CONFIG, { positions: 2 });
      const k = put(randomTensor([ROWS, K * H], 70));
      const q = put(randomTensor([ROWS, N * H], 71));
      ops.kvWrite(0, k, k, [{ from: 0, count: 2, pos: 0, kv }]);
      const span = { from: 0, count: 1, pos: 1, kv };
      const [before, after] = [blank(N * H), blank(N * H)];
      ops.attention(before, q, 0, [span], 1);
      backend.reserve(kv, { positions: 50 });
      ops.kvWrite(0, k, k, [{ from: 2, count: 2, pos: 48, kv }]);
      ops.attention(after, q, 0, [span], 1);
      expect(await all(after)).toEqual(await all(before));
    });
  });

  describe("read", () => {
    const ones = (value: number) => tensor(new Float32Array(ROWS).fill(value), [ROWS, 1]);

    it("sees what was recorded before it, and nothing recorded after", async () => {
      const { backend, put } = setUp();
      const x = put(ones(1));
      const first = backend.read(x, { from: 1, count: 2 });
      backend.write(x, matrix(ones(2)));
      const second = backend.read(x, { from: 1, count: 2 });
      backend.ops.add(x, x, put(ones(3)), { from: 2, count: 1 });
      const third = backend.read(x, { from: 1, count: 2 });
      expect([...(await third)]).toEqual([2, 5]);
      expect([...(await first)]).toEqual([1, 1]);
      expect([...(await second)]).toEqual([2, 2]);
    });

    it("gives an array of its own, of the type that the precision says", async () => {
      const { backend, put } = setUp();
      const x = put(ones(1));
      const rows = { from: 0, count: 1 };
      const [a, b] = [await backend.read(x, rows), await backend.read(x, rows)];
      expect(a.buffer).not.toBe(b.buffer);
      const Type = backend.info.precision === "float64" ? Float64Array : Float32Array;
      expect(a).toBeInstanceOf(Type);
      a[0] = 7;
      expect((await backend.read(x, rows))[0]).toBe(1);
    });

    it("rejects with the reason of an abort, and the backend stays usable", async () => {
      const { backend, put } = setUp();
      const x = put(ones(1));
      await backend.read(x, { from: 0, count: 1 });
      const signal = AbortSignal.abort("enough");
      await expect(backend.read(x, { from: 0, count: 1 }, signal)).rejects.toBe("enough");
      backend.write(x, matrix(ones(4)));
      expect([...(await backend.read(x, { from: 0, count: 1 }))]).toEqual([4]);
    });

    it("rejects after dispose", async () => {
      const { backend, put } = setUp();
      const x = put(ones(1));
      backend.dispose();
      await expect(backend.read(x, { from: 0, count: 1 })).rejects.toThrow(ArgumentError);
    });
  });

  it("takes ids and numbers when they are recorded: the arrays may be reused", async () => {
    const { backend, ops } = setUp();
    const table = await backend.upload(weightOf("table", tensor(Float32Array.of(10, 20), [2, 1])));
    const [ids, x] = [backend.allocIds(2), backend.alloc("x", 2, 1)];
    const [mine, numbers] = [[1], Float32Array.of(7, 8)];
    backend.setIds(ids, mine);
    backend.write(x, numbers);
    mine[0] = 0;
    numbers.fill(0);
    const before = backend.read(x, { from: 0, count: 2 });
    ops.embed(x, table, ids, { from: 0, count: 1 }, 1);
    expect([...(await before)]).toEqual([7, 8]);
    expect([...(await backend.read(x, { from: 0, count: 2 }))]).toEqual([20, 8]);
  });

  it("frees one handle of each kind, and goes on", async () => {
    const { backend, put, all } = setUp();
    backend.free("tensor", put(randomTensor([ROWS, 2], 1)));
    backend.free("ids", backend.allocIds(3));
    backend.free("kv", backend.createKV(CONFIG, { positions: 2 }));
    backend.free("weight", await backend.upload(weightOf("w", randomTensor([2, 2], 1))));
    const x = randomTensor([ROWS, 2], 2);
    expectClose(await all(put(x)), x);
  });

  it("says when there is no room, and for what", () => {
    const { backend } = setUp();
    const error = (() => {
      try {
        backend.alloc("far too large", 2 ** 30, 2 ** 20);
        return undefined;
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(BackendError);
    expect(error).toMatchObject({ kind: "memory", label: "far too large" });
  });

  it("takes a dtype of its list, or refuses it by name", async () => {
    const { backend } = setUp();
    const bytes = new Uint8Array(4);
    const rows = async () => bytes;
    const uploading = backend.upload({ name: "w", dtype: "bfloat16", shape: [1, 2], rows });
    if (backend.info.weightTypes?.includes("bfloat16") ?? true) await uploading;
    else await expect(uploading).rejects.toThrow(UnsupportedError);
  });
});

describe("a read that waits on the CPU backend", () => {
  it("rejects when the backend is disposed meanwhile", async () => {
    let backend = cpuBackend();
    const components = {
      add(x: NdArray, y: NdArray, options: Parameters<typeof add>[2]) {
        backend.dispose(); // in the middle of the work
        return add(x, y, options);
      },
    };
    backend = cpuBackend({ components });
    const x = backend.alloc("x", 1, 1);
    backend.ops.add(x, x, x, { from: 0, count: 1 });
    const reading = backend.read(x, { from: 0, count: 1 });
    await expect(reading).rejects.toThrow(/"backend" expected a backend in use/);
  });

  it("says which error a component threw, and serves the next one", async () => {
    const broken = new TypeError("x is not iterable");
    let isBroken = true;
    const backend = cpuBackend({
      components: {
        add(x, y, options) {
          if (isBroken) throw broken;
          return add(x, y, options);
        },
      },
    });
    const x = backend.alloc("x", 1, 1);
    const rows = { from: 0, count: 1 };
    backend.ops.add(x, x, x, rows);
    const error = await backend.read(x, rows).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(BackendError);
    expect(error).toMatchObject({ kind: "kernel", cause: broken });
    isBroken = false;
    backend.ops.add(x, x, x, rows);
    expect([...(await backend.read(x, rows))]).toEqual([0]);
  });
});
