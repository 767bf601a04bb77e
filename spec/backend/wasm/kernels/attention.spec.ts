/** Attention in blocks of keys, four queries at a time or one, against nn/attention. */
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type WasmHandles, wasmBackend } from "../../../../src/backend/wasm/wasm.ts";
import { GEMMA_2B } from "../../../../src/config.ts";
import { attention } from "../../../../src/nn/attention.ts";
import { float64 } from "../../../../src/tensor/precision.ts";
import { type NdArray, tensor } from "../../../../src/tensor/tensor.ts";
import { randomTensor } from "../../../support/random.ts";
import { blank, put, rowsOf, worst } from "../../../support/wasm-backend.ts";

const backend = wasmBackend({ threads: 1, maxRows: 2048 });
afterAll(() => backend.dispose());

interface Heads {
  readonly N: number;
  readonly K: number;
  readonly H: number;
}

function cacheFor({ N, K, H }: Heads, positions: number): WasmHandles["kv"] {
  const heads = { numAttentionHeads: N, numKeyValueHeads: K, headDim: H };
  return backend.createKV({ ...GEMMA_2B, ...heads, numHiddenLayers: 1 }, { positions });
}

/** Writes keys and values [S, K·H] at positions 0 …. */
function fill(kv: WasmHandles["kv"], k: NdArray, v: NdArray): void {
  const [S] = k.shape;
  const sources = [put(backend, k), put(backend, v)];
  backend.ops.kvWrite(0, sources[0], sources[1], [{ ...rowsOf(S), pos: 0, kv }]);
  for (const one of sources) backend.free("tensor", one);
}

/** Rows `from` … of `q` at their positions: the last row of all stands at the last position. */
async function attend(
  kv: WasmHandles["kv"],
  q: NdArray,
  { pos, scale, each = q.shape[0] }: { pos: number; scale: number; each?: number },
): Promise<Float32Array> {
  const [L, D] = q.shape;
  const [source, dst] = [put(backend, q), blank(backend, L, D)];
  for (let from = 0; from < L; from += each) {
    const count = Math.min(each, L - from);
    backend.ops.attention(dst, source, 0, [{ from, count, pos: pos + from, kv }], scale);
  }
  const result = await backend.read(dst, rowsOf(L));
  for (const one of [source, dst]) backend.free("tensor", one);
  return result as Float32Array;
}

describe("attention", () => {
  const shapes = fc.record({
    K: fc.integer({ min: 1, max: 3 }),
    group: fc.integer({ min: 1, max: 9 }),
    half: fc.integer({ min: 1, max: 12 }),
    L: fc.integer({ min: 1, max: 9 }),
    pos: fc.constantFrom(0, 1, 5, 62, 63, 64, 130),
    seed: fc.nat(1000),
  });

  it("is as close to the truth as its sums allow, whatever the heads and positions", async () => {
    const property = fc.asyncProperty(shapes, async ({ K, group, half, L, pos, seed }) => {
      const heads = { N: K * group, K, H: 2 * half };
      const { N, H } = heads;
      const S = pos + L;
      const [k, v] = [randomTensor([S, K * H], seed), randomTensor([S, K * H], seed + 1)];
      const q = randomTensor([L, N * H], seed + 2);
      const kv = cacheFor(heads, S);
      fill(kv, k, v);
      const scale = 0.7;
      const got = await attend(kv, q, { pos, scale });
      const shaped = (t: NdArray, rows: number, of: number) => tensor(t.data, [rows, of, H]);
      const options = { pos, scale, precision: float64 };
      const [queries, keys, values] = [shaped(q, L, N), shaped(k, S, K), shaped(v, S, K)];
      const wanted = attention(queries, keys, values, options).data;
      // A score of H products, none above 0.7, is off by at most (H/4 + 6) · 2⁻²⁴ · 0.7 · H; so is its exponential, in
      // relation, by as much and a unit. A weighted sum of values within ±1 is off by twice that (weights and their
      // sum), and by its own roundings, one for each position.
      const ofScore = (H / 4 + 6) * 0.7 * H + 3;
      const limit = (2 * ofScore + 2 * S + 4) * 2 ** -24;
      expect(worst(got, wanted, () => limit)).toBeLessThanOrEqual(1);
      backend.free("kv", kv);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it("gives a query the same bits with others and alone", async () => {
    // One head: rows are taken four at a time, and those that are left one by one. Eight: heads of a row go together.
    for (const heads of [
      { N: 1, K: 1, H: 20 },
      { N: 8, K: 1, H: 16 },
      { N: 6, K: 2, H: 34 },
    ]) {
      const [pos, L] = [61, 11]; // across the end of a block of keys
      const { N, K, H } = heads;
      const S = pos + L;
      const kv = cacheFor(heads, S);
      fill(kv, randomTensor([S, K * H], 1), randomTensor([S, K * H], 2));
      const q = randomTensor([L, N * H], 3);
      const together = await attend(kv, q, { pos, scale: 0.5 });
      for (const each of [1, 2, 3, 4, 5]) {
        expect(await attend(kv, q, { pos, scale: 0.5, each })).toEqual(together);
      }
    }
  });

  it("does not touch what lies beyond the positions it sees, nor other sequences'", async () => {
    const heads = { N: 4, K: 2, H: 6 };
    const { N, K, H } = heads;
    const [pos, L, S] = [3, 5, 24];
    const nan = (from: number) => {
      const { shape, data } = randomTensor([S, K * H], 4);
      (data as Float32Array).fill(Number.NaN, from * K * H);
      return tensor(data, shape);
    };
    const q = randomTensor([L, N * H], 3);
    const [clean, dirty] = [cacheFor(heads, S), cacheFor(heads, S)];
    fill(clean, nan(S), nan(S));
    fill(dirty, nan(pos + L), nan(pos + L));
    const wanted = await attend(clean, q, { pos, scale: 1 });
    expect(wanted.every(Number.isFinite)).toBe(true);
    expect(await attend(dirty, q, { pos, scale: 1 })).toEqual(wanted);
    // A NaN that only the last row sees, is in no other.
    fill(dirty, nan(pos + L - 1), nan(pos + L - 1));
    const last = await attend(dirty, q, { pos, scale: 1 });
    expect(last.subarray(0, (L - 1) * N * H)).toEqual(wanted.subarray(0, (L - 1) * N * H));
    expect(last.subarray((L - 1) * N * H).every(Number.isNaN)).toBe(true);
  });

  it("is not touched by what filled up the heads before", async () => {
    const wide = { N: 1, K: 1, H: 16 };
    const dirty = cacheFor(wide, 8);
    const nan = tensor(new Float32Array(128).fill(Number.NaN), [8, 16]);
    fill(dirty, nan, nan);
    await attend(dirty, randomTensor([1, 16], 1), { pos: 7, scale: 1 });
    backend.free("kv", dirty);
    const narrow = { N: 1, K: 1, H: 6 }; // ten numbers more in each head
    const kv = cacheFor(narrow, 8);
    expect(kv.layers[0].place).toEqual(dirty.layers[0].place);
    fill(kv, randomTensor([8, 6], 2), randomTensor([8, 6], 3));
    const got = await attend(kv, randomTensor([1, 6], 4), { pos: 7, scale: 1 });
    expect(got.every(Number.isFinite)).toBe(true);
  });

  it("keeps scores of several hundred apart: no weight overflows", async () => {
    const heads = { N: 1, K: 1, H: 16 };
    const kv = cacheFor(heads, 3);
    const keys = tensor(new Float32Array(48).fill(1, 0, 16).fill(2, 16, 32), [3, 16]);
    fill(kv, keys, tensor(new Float32Array(48).fill(5, 0, 16).fill(7, 16, 32), [3, 16]));
    const q = tensor(new Float32Array(16).fill(40), [1, 16]);
    const got = await attend(kv, q, { pos: 2, scale: 1 }); // scores 640, 1280, 0
    expect([...got]).toEqual(new Array(16).fill(7));
  });

  it("sees far positions", async () => {
    const heads = { N: 2, K: 1, H: 16 };
    const S = 8192;
    const kv = cacheFor(heads, S);
    const [k, v] = [randomTensor([S, 16], 1), randomTensor([S, 16], 2)];
    for (let at = 0; at < S; at += 2048) {
      const part = (t: NdArray) =>
        tensor((t.data as Float32Array).slice(at * 16, (at + 2048) * 16), [2048, 16]);
      const sources = [put(backend, part(k)), put(backend, part(v))];
      backend.ops.kvWrite(0, sources[0], sources[1], [{ ...rowsOf(2048), pos: at, kv }]);
    }
    const q = randomTensor([5, 32], 3);
    const got = await attend(kv, q, { pos: S - 5, scale: 1 });
    const [queries, keys, values] = [
      tensor(q.data, [5, 2, 16]),
      tensor(k.data, [S, 1, 16]),
      tensor(v.data, [S, 1, 16]),
    ];
    const wanted = attention(queries, keys, values, {
      pos: S - 5,
      scale: 1,
      precision: float64,
    }).data;
    // As above; the roundings of a sum of 8,192 even out, and are well below the largest.
    expect(worst(got, wanted, () => 256 * 2 ** -24)).toBeLessThanOrEqual(1);
    for (const each of [1, 4])
      expect(await attend(kv, q, { pos: S - 5, scale: 1, each })).toEqual(got);
  });
});
