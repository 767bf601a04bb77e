/** Weights that are used before they have arrived, where that is harder than elsewhere. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { wasmBackend } from "../../../src/backend/wasm/wasm.ts";
import { turnOfTheEventLoop } from "../../../src/event-loop.ts";
import type { WeightSource } from "../../../src/tensor/stored.ts";

type Backend = ReturnType<typeof wasmBackend>;

/** A table [rows, 1] of float16 bits. */
function column(bits: readonly number[], before: () => Promise<unknown>): WeightSource {
  const data = Uint16Array.from(bits);
  const rows = async (begin: number, end: number) => {
    await before();
    return new Uint8Array(data.slice(begin, end).buffer);
  };
  return { name: "column", dtype: "float16", shape: [bits.length, 1], rows };
}

function lookUp(backend: Backend, weight: Parameters<Backend["ops"]["embed"]>[1], id: number) {
  const [ids, dst] = [backend.allocIds(1), backend.alloc("dst", 1, 1)];
  backend.setIds(ids, [id]);
  backend.ops.embed(dst, weight, ids, { from: 0, count: 1 }, 1);
  return backend.read(dst, { from: 0, count: 1 });
}

afterEach(() => vi.unstubAllGlobals());

describe("a weight that arrives after its kernels were recorded", () => {
  it("may turn out to need another format: float16 with an infinity", async () => {
    const backend = wasmBackend({ threads: 1 });
    const source = column([0x3c00, 0x7c00, 0xfc00], turnOfTheEventLoop);
    const { weight, arrived } = backend.uploadLater?.(source) ?? expect.fail();
    const reads = [0, 1, 2].map((id) => lookUp(backend, weight, id));
    const values = (await Promise.all(reads)).map(([value]) => value);
    expect(values).toEqual([1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    await arrived;
    backend.dispose();
  });

  it("is freed as soon as it has, and its room used again", async () => {
    const backend = wasmBackend({ threads: 1 });
    const one = () => {
      const { weight, arrived } =
        backend.uploadLater?.(column([0x3c00], turnOfTheEventLoop)) ?? expect.fail();
      return { weight, arrived, at: "parts" in weight ? weight.parts[0].at : -1 };
    };
    const first = one();
    backend.free("weight", first.weight);
    expect(one().at).not.toBe(first.at);
    await first.arrived;
    expect(one().at).toBe(first.at);
    backend.dispose();
  });

  it("rejects if the backend is disposed meanwhile", async () => {
    const backend = wasmBackend({ threads: 1 });
    const { weight, arrived } =
      backend.uploadLater?.(column([0x3c00], turnOfTheEventLoop)) ?? expect.fail();
    const reading = lookUp(backend, weight, 0);
    backend.dispose();
    await expect(reading).rejects.toThrow('"backend" expected a backend in use');
    await expect(arrived).rejects.toThrow('"backend" expected a backend in use');
  });
});

it("arrives whole in a memory that is not shared, and grows while it is read", async () => {
  vi.stubGlobal("SharedArrayBuffer", undefined);
  const backend = wasmBackend();
  const rows = 8;
  const numbers = Float32Array.from({ length: rows * 4 }, (_, i) => i);
  const read = async (begin: number, end: number) => {
    await turnOfTheEventLoop();
    backend.alloc("something large", 1, 2 ** 20); // grows the memory
    return new Uint8Array(numbers.slice(begin * 4, end * 4).buffer);
  };
  const weight = await backend.upload({
    name: "w",
    dtype: "float32",
    shape: [rows, 4],
    rows: read,
    async rowsInto(begin, end, into) {
      const bytes = await read(begin, end);
      into.set(bytes);
    },
  });
  const [ids, dst] = [backend.allocIds(rows), backend.alloc("dst", rows, 4)];
  backend.setIds(
    ids,
    Array.from({ length: rows }, (_, i) => i),
  );
  backend.ops.embed(dst, weight, ids, { from: 0, count: rows }, 1);
  expect(await backend.read(dst, { from: 0, count: rows })).toEqual(numbers);
  backend.dispose();
});
