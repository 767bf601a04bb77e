/**
 * Activations of int8: formats/int8, kernels/int8 and what puts them together, against the same rounding in plain
 * JavaScript.
 */
import { afterAll, describe, expect, it } from "vitest";
import { PRODUCTS } from "../../../src/backend/wasm/formats/int8/products.ts";
import { quantizeRow } from "../../../src/backend/wasm/kernels/int8/quantize-rows.ts";
import { simdOfThisMachine } from "../../../src/backend/wasm/machine.ts";
import type { MemorySizes } from "../../../src/backend/wasm/memory/memories.ts";
import { wasmBackend, wasmBackendWith } from "../../../src/backend/wasm/wasm.ts";
import { Gemma } from "../../../src/gemma.ts";
import { embed } from "../../../src/nn/embedding.ts";
import { float16ToFloat32 } from "../../../src/tensor/float16.ts";
import { quantizeQ8_0 } from "../../../src/tensor/quantized.ts";
import { type Stored, storedFromBytes, widenRow } from "../../../src/tensor/stored.ts";
import { checkpoint } from "../../support/goldens.ts";
import { answerOf, greedyGoldens, questionOf } from "../../support/greedy.ts";
import { randomTensor } from "../../support/random.ts";
import { blank, put, rowsOf, withBackend } from "../../support/wasm-backend.ts";
import { compiled } from "../../support/wasm-module.ts";
import { bytesOf, randomStored, setScale, sourceOf } from "../../support/wasm-weights.ts";
import { HAS_THREADS } from "../../support/workers.ts";

/** Where no memory can be shared, one thread has to do. */
const threads = HAS_THREADS ? 2 : 1;

const BLOCK = 32;
const TYPES = ["q8_0", "q4_0"] as const;

interface Blocks {
  readonly scales: readonly number[];
  readonly integers: readonly number[];
}

/** Scales and integers of q8_0 or q4_0, block by block. */
function blocksOf(dtype: (typeof TYPES)[number], bytes: Uint8Array): Blocks {
  const size = { q8_0: 34, q4_0: 18 }[dtype];
  const [scales, integers]: [number[], number[]] = [[], []];
  for (let at = 0; at < bytes.length; at += size) {
    scales.push(float16ToFloat32(bytes[at] | (bytes[at + 1] << 8)));
    const quants = bytes.subarray(at + 2, at + size);
    if (dtype === "q8_0") integers.push(...Int8Array.from(quants));
    else integers.push(...quants.map((q) => q & 15), ...quants.map((q) => q >> 4));
  }
  return { scales, integers: dtype === "q8_0" ? integers : integers.map((q) => q - 8) };
}

/**
 * y[l] = W · x[l]: of each block the sum of integers, times both scales; blocks added in order, in float32. With
 * `isFused` a block's number is not rounded before it is added.
 */
function product(x: Float32Array, { dtype, shape, ...stored }: Stored, isFused = false) {
  const [F, D] = shape;
  const perRow = D / BLOCK;
  const w = blocksOf(dtype as "q8_0", bytesOf({ dtype, shape, ...stored }));
  const q = blocksOf("q8_0", quantizeQ8_0(x));
  const y = new Float32Array((x.length / D) * F);
  const round = isFused ? (number: number) => number : Math.fround;
  y.forEach((_, i) => {
    const [l, f] = [Math.floor(i / F), i % F];
    for (let b = 0; b < perRow; b++) {
      const [ofW, ofX] = [f * perRow + b, l * perRow + b];
      let sum = 0;
      for (let j = 0; j < BLOCK; j++) {
        sum += w.integers[BLOCK * ofW + j] * q.integers[BLOCK * ofX + j];
      }
      y[i] += round(sum * (w.scales[ofW] * q.scales[ofX])); // both scales have 11 bits, so their product is exact
    }
  });
  return y;
}

describe.each(PRODUCTS.map((products) => [products.name, products] as const))(
  "x as %s",
  (name, products) => {
    const { bytes, floats, call } = compiled((module) => {
      for (const rows of [1, 4]) quantizeRow(module, products, rows);
    });
    const [X, TO] = [64, 8192];
    /** A row as the kernel rounds it; as row `row` of `rows`. */
    function rounded(x: Float32Array, rows: number, row: number): Blocks {
      floats.set(x, X / 4);
      bytes.fill(0, TO);
      call(`quantizeRow_${name}_${rows}`, X, TO + 4 * row, x.length / BLOCK);
      const [scales, integers]: [number[], number[]] = [[], []];
      const { columns, vectors, rowBytes } = products;
      for (let b = 0; b < x.length / columns; b++) {
        const part = (i: number) => TO + b * rows * rowBytes + 4 * (rows * i + row);
        const block: number[] = [];
        for (let i = 0; i < vectors; i++) {
          if (name === "pairs") block.push(...new Int16Array(bytes.buffer, part(i), 2));
          else {
            const order = i % 2 === 0 ? [0, 4, 1, 5] : [2, 6, 3, 7];
            for (const [j, q] of new Int8Array(bytes.buffer, part(i), 4).entries()) {
              block[8 * Math.floor(i / 2) + order[j]] = q;
            }
          }
        }
        const scale = floats[part(vectors) / 4];
        const sum = block.reduce((sum, q) => sum + q, 0);
        if (name === "quads") {
          expect(new Int32Array(bytes.buffer, part(vectors + 1), 1)[0] + 8 * sum).toBe(0);
        }
        if (name === "offsetQuads" || name === "largeQuads")
          expect(floats[part(vectors + 1) / 4]).toBe(scale * sum);
        integers.push(...block);
        // Two blocks of 16 columns have the scale of their 32.
        if ((b * columns) % BLOCK === 0) scales.push(scale);
        else expect(scale).toBe(scales.at(-1));
      }
      return { scales, integers };
    }
    const block = (...numbers: number[]) =>
      Float32Array.from({ length: BLOCK }, (_, i) => numbers[i] ?? 0);

    it.each([
      ["random numbers", randomTensor([1, 320], 1).data as Float32Array],
      ["nothing but zeros", block()],
      ["halves, which go away from 0", block(127, 0.5, -0.5, 1.5, -1.5, 126.5, -126.5, 0.49999997)],
      ["numbers so small that d is a subnormal float16", block(3e-4, -1e-4, 2e-5)],
      ["numbers whose d is 0 as a float16", block(1e-7, 3e-6, -1e-6)],
      ["numbers whose d is between two float16", block(127 * (1 + 2 ** -11), 127 * 0.3)],
      ["numbers whose d is more than float16 holds", block(9e6, -4e6, 1)],
    ])("are rounded as llama.cpp's reference does, to the bit: %s", (_, x) => {
      const wanted = blocksOf("q8_0", quantizeQ8_0(x));
      expect(rounded(x, 1, 0)).toEqual(wanted);
      expect(rounded(x, 4, 2)).toEqual(wanted);
    });

    it("have a scale that is not a number, where one of theirs is not", () => {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
        for (let place = 0; place < BLOCK; place += 5) {
          const x = block(1, 2, 3);
          x[place] = bad;
          expect(Number.isFinite(rounded(x, 1, 0).scales[0])).toBe(false);
        }
      }
    });
  },
);

const SIMD =
  simdOfThisMachine() === "relaxed-simd"
    ? (["simd128", "relaxed-simd"] as const)
    : (["simd128"] as const);
const KINDS = TYPES.flatMap((dtype) => SIMD.map((simd) => [dtype, simd] as const));

describe.each(KINDS)("a matrix in %s, with %s", (dtype, simd) => {
  const backend = wasmBackend({ threads: 1, activations: "int8", simd });
  afterAll(() => backend.dispose());

  it.each([
    // Groups that fill tiles, one that is left over, rows that do not fill a group; several blocks of columns.
    [1, 32, 1],
    [2, 64, 8],
    [5, 96, 37],
    [11, 32 * 37, 20],
  ])("times %i rows of %i is the sum of its blocks, to the bit", async (L, D, F) => {
    const stored = randomStored(dtype, [F, D], D);
    const x = randomTensor([L, D], F);
    const [source, weight] = [put(backend, x), await backend.upload(sourceOf(stored))];
    // Relaxed SIMD fuses a product and a sum where the processor can.
    const fusings = simd === "simd128" ? [false] : [false, true];
    const allowed = fusings.map((isFused) => product(x.data as Float32Array, stored, isFused));
    const together = blank(backend, L, F);
    backend.ops.matmul(together, source, weight, rowsOf(L));
    const got = await backend.read(together, rowsOf(L));
    expect(allowed).toContainEqual(got);
    const apart = blank(backend, L, F);
    for (let l = 0; l < L; l++) backend.ops.matmul(apart, source, weight, rowsOf(1, l));
    expect(await backend.read(apart, rowsOf(L))).toEqual(got);
  });

  it("has room for the largest integers that there are", async () => {
    const lowest = storedFromBytes(
      new Uint8Array(4 * { q8_0: 34, q4_0: 18 }[dtype]).fill({ q8_0: 0x80, q4_0: 0 }[dtype]),
      dtype,
      [4, BLOCK],
    );
    for (let row = 0; row < 4; row++) {
      setScale(lowest.data as Uint8Array, (row * lowest.data.length) / 4, 1);
    }
    const x = Float32Array.from({ length: 2 * BLOCK }, () => -127);
    const source = put(backend, { ...randomTensor([2, BLOCK], 1), data: x });
    const dst = blank(backend, 2, 4);
    const weight = await backend.upload(sourceOf(lowest));
    backend.ops.matmul(dst, source, weight, rowsOf(2));
    const most = { q8_0: 128, q4_0: 8 }[dtype] * 127 * BLOCK;
    expect([...(await backend.read(dst, rowsOf(2)))]).toEqual(Array(8).fill(most));
    backend.ops.matmul(dst, source, weight, rowsOf(1));
    expect([...(await backend.read(dst, rowsOf(1)))]).toEqual(Array(4).fill(most));
  });

  it("is a table whose rows are looked up as they are", async () => {
    const table = randomStored(dtype, [9, 96], 3);
    const [weight, ids] = [await backend.upload(sourceOf(table)), backend.allocIds(5)];
    const dst = blank(backend, 5, 96);
    backend.setIds(ids, [8, 0, 3, 3, 6]);
    backend.ops.embed(dst, weight, ids, rowsOf(5), 1.7);
    expect(await backend.read(dst, rowsOf(5))).toEqual(
      embed([8, 0, 3, 3, 6], table, { scale: 1.7 }).data,
    );
  });

  it("has the same bits on several threads, in memories of their own", async () => {
    const stored = randomStored(dtype, [203, 320], 1);
    const x = randomTensor([6, 320], 2);
    const run = (make: () => ReturnType<typeof wasmBackend>) =>
      withBackend(
        {},
        async (backend) => {
          const weight = await backend.upload(sourceOf(stored));
          const [source, dst] = [put(backend, x), blank(backend, 6, 203)];
          backend.ops.matmul(dst, source, weight, rowsOf(5));
          backend.ops.matmul(dst, source, weight, rowsOf(1, 5));
          return backend.read(dst, rowsOf(6));
        },
        make,
      );
    const activations = "int8";
    const small: MemorySizes = { home: 2 ** 26, keptAtHome: 0, area: 20 * 1024, beside: 2 ** 22 };
    const wanted = await run(() => wasmBackend({ threads: 1, activations, simd }));
    const several = { threads, activations, simd } as const;
    expect(await run(() => wasmBackendWith(small, several))).toEqual(wanted);
    expect(await run(() => wasmBackend(several))).toEqual(wanted);
  });

  it("becomes float32 where a scale is not finite, and is then not rounded", async () => {
    const stored = randomStored(dtype, [5, BLOCK], 1);
    const bytes = stored.data as Uint8Array;
    setScale(bytes, (2 * bytes.length) / 5, Number.POSITIVE_INFINITY);
    const x = randomTensor([1, BLOCK], 2);
    const dst = blank(backend, 1, 5);
    const weight = await backend.upload(sourceOf(stored));
    backend.ops.matmul(dst, put(backend, x), weight, rowsOf(1));
    const [first, , third] = await backend.read(dst, rowsOf(1));
    const row = new Float64Array(BLOCK);
    widenRow(stored, 0, row);
    const exact = row.reduce((sum, w, d) => sum + w * x.data[d], 0);
    expect(first).toBeCloseTo(exact, 5); // rounded to int8 it is off by 10⁻³ or so
    expect(Number.isFinite(third)).toBe(false);
  });
});

describe("the option", () => {
  it("puts the backend into class q8, and is refused if it has another value", () => {
    const accuracy = wasmBackend({ activations: "int8" }).info.accuracy;
    expect(accuracy).toBe("q8");
    expect(wasmBackend({ activations: "float32" }).info.accuracy).not.toBe("q8");
    expect(() => wasmBackend({ activations: "int4" as never })).toThrow(
      'wasmBackend: "activations" expected "float32" or "int8", got "int4"',
    );
  });

  it("leaves weights of other dtypes, and x with them, as they are", async () => {
    const stored = randomStored("bfloat16", [5, 64], 1);
    const x = randomTensor([3, 64], 2);
    const results = ["float32", "int8"] as const;
    const [plain, int8] = await Promise.all(
      results.map((activations) =>
        withBackend({ threads: 1, activations }, async (backend) => {
          const dst = blank(backend, 3, 5);
          const weight = await backend.upload(sourceOf(stored));
          backend.ops.matmul(dst, put(backend, x), weight, rowsOf(3));
          return backend.read(dst, rowsOf(3));
        }),
      ),
    );
    expect(int8).toEqual(plain);
  });
});

it("tells the stories of a model in Q8_0 that float64 tells, word for word", async () => {
  const { tensors, ...opened } = await checkpoint("tiny-stories-it");
  const quantised = [...tensors].map(([name, source]) => {
    const { dtype, shape } = source;
    if (shape.length === 1 || dtype === undefined) return [name, source] as const;
    const rows = async (begin: number, end: number) => {
      const stored = storedFromBytes(await source.rows(begin, end), dtype, [end - begin, shape[1]]);
      const wide = new Float64Array(shape[1]);
      const blocks = Array.from({ length: end - begin }, (_, r) => {
        widenRow(stored, r, wide);
        return [...quantizeQ8_0(wide)];
      });
      return Uint8Array.from(blocks.flat());
    };
    return [name, { ...source, dtype: "q8_0" as const, rows, rowsInto: undefined }] as const;
  });
  const backend = wasmBackend({ threads: 1, activations: "int8" });
  // Other specs go on reading it.
  const close = async () => {};
  const source = { ...opened, tensors: new Map(quantised), close };
  const gemma = await Gemma.load(source, { backend });
  for (const golden of greedyGoldens("tiny-stories-it")) {
    expect(await gemma.chat().send(questionOf(golden)).text()).toBe(answerOf(golden));
  }
  await gemma.dispose();
  backend.dispose();
});
