/** What a token costs beside its arithmetic, and what becomes of weights and tensors that are larger than a binding. */
import { describe, expect, it } from "vitest";
import { webgpuBackend } from "../../../src/backend/webgpu/webgpu.ts";
import { GEMMA_2B } from "../../../src/config.ts";
import { Gemma } from "../../../src/gemma.ts";
import { fixtureFolder } from "../../support/files.ts";
import { deviceForSpec, GPU_HERE, IN_PAGE } from "../../support/webgpu.ts";

/**
 * The device, how often each of its `create…` was called, and the bytes of each buffer that was mapped. An encoder is what
 * commands are recorded in.
 */
function counted(device: GPUDevice) {
  const made = new Map<string, number>();
  const read: number[] = [];
  const counting = new Proxy(device, {
    get(target, name) {
      const member = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        const isMade = `${String(name)}`.startsWith("create") && name !== "createCommandEncoder";
        if (isMade) made.set(`${String(name)}`, (made.get(`${String(name)}`) ?? 0) + 1);
        const result = (member as (...args: unknown[]) => unknown).apply(target, args);
        if (name === "createBuffer") {
          const buffer = result as GPUBuffer;
          const mapAsync = buffer.mapAsync.bind(buffer);
          buffer.mapAsync = (mode, offset, size = buffer.size) => {
            read.push(size);
            return mapAsync(mode, offset, size);
          };
        }
        return result;
      };
    },
  });
  return { device: counting, made: () => Object.fromEntries(made), read };
}

describe.skipIf(!GPU_HERE)("on WebGPU", { timeout: 300_000 }, () => {
  it("a greedy token makes nothing new, and reads 16 bytes once", async () => {
    const { device, made, read } = counted(await deviceForSpec());
    const backend = await webgpuBackend({ device });
    const gemma = await Gemma.load(fixtureFolder("tiny-stories-it"), { backend });
    const seen: Record<string, number>[] = [];
    for await (const _ of gemma.generate("Once", { maxTokens: 12 })) seen.push(made());
    expect(seen).toHaveLength(12);
    expect(seen[2].createBuffer).toBeGreaterThan(10);
    expect(seen[2].createBindGroup).toBeGreaterThan(10);
    // The first makes what a prompt needs, the second what a row alone does.
    expect(seen[11]).toEqual(seen[2]);
    expect(read).toEqual(new Array(12).fill(16));
    await gemma.dispose();
    backend.dispose();
    device.destroy();
  });

  it("takes passes of as many rows as it is told", async () => {
    const backend = await webgpuBackend({ maxRows: 7 });
    expect(backend.info).toMatchObject({ name: "webgpu", maxRows: 7, accuracy: "float32-relaxed" });
    backend.dispose();
  });

  it.skipIf(IN_PAGE).each([2 ** 22, 2 ** 27])(
    "a table and logits that are larger than a binding of %i bytes come in parts",
    async (maxBindingSize) => {
      const [V, D, rows] = [70_000, 32, 18]; // 9 MB of table, 5 MB of logits
      const backend = await webgpuBackend({ maxBindingSize, subgroups: false });
      const number = (row: number, d: number) => ((row * 31 + d * 17) % 64) / 64 - 0.5;
      const table = Float32Array.from({ length: V * D }, (_, i) =>
        number(Math.floor(i / D), i % D),
      );
      const weight = await backend.upload({
        name: "table",
        dtype: "float32",
        shape: [V, D],
        rows: async (begin, end) => new Uint8Array(table.slice(begin * D, end * D).buffer),
      });
      if (weight.kind !== "matrix") return expect.fail("no matrix");
      expect(weight.chunks).toHaveLength(maxBindingSize === 2 ** 22 ? 3 : 1);
      // Ids on both sides of each seam.
      const seams = weight.chunks.flatMap(({ begin, rows: held }) => [begin, begin + held - 1]);
      const tokens = Array.from({ length: rows }, (_, i) => seams[i] ?? 977 * i);
      const ids = backend.allocIds(rows);
      const [x, logits] = [backend.alloc("x", rows, D), backend.alloc("logits", rows, V)];
      backend.setIds(ids, tokens);
      backend.ops.embed(x, weight, ids, { from: 0, count: rows }, 2);
      backend.ops.matmul(logits, x, weight, { from: 0, count: rows });
      const embedded = await backend.read(x, { from: 0, count: rows });
      expect([...embedded]).toEqual(
        tokens.flatMap((id) => Array.from({ length: D }, (_, d) => 2 * number(id, d))),
      );
      for (const row of [0, rows - 1]) {
        const got = await backend.read(logits, { from: row, count: 1 });
        // Multiples of 2^-12 below 32: exact in float32, in any order.
        const off = got.findIndex((value, f) => {
          let sum = 0;
          for (let d = 0; d < D; d++) sum += 2 * number(tokens[row], d) * number(f, d);
          return value !== sum;
        });
        expect([row, off]).toEqual([row, -1]);
      }
      backend.dispose();
    },
  );

  it.skipIf(IN_PAGE)(
    "rows that are more than a binding are rotated, cached and attended to as others",
    async () => {
      // 5 MB of queries and 9 MB of angles. Keys of 96 numbers are padded to 128: 4.6 MB of them go into 3.5 MB of cache.
      const [N, H, rows, late] = [128, 256, 40, 4090];
      const [narrow, positions] = [96, 9000];
      const results = [];
      for (const maxBindingSize of [2 ** 22, 2 ** 27]) {
        const backend = await webgpuBackend({ maxBindingSize, subgroups: false });
        const filled = (count: number, columns: number) => {
          const tensor = backend.alloc("filled", count, columns);
          const numbers = new Float32Array(count * columns);
          backend.write(
            tensor,
            numbers.map((_, i) => ((i * 7919) % 257) / 257),
          );
          return tensor;
        };
        const cacheOf = (headDim: number, positions: number) =>
          backend.createKV({ ...GEMMA_2B, numHiddenLayers: 1, headDim }, { positions });
        const q = filled(rows, N * H);
        const [rotated, out] = [
          backend.alloc("rotated", rows, N * H),
          backend.alloc("out", rows, N * H),
        ];
        const kv = cacheOf(H, 64);
        const part = { from: 3, count: rows - 3, kv };
        backend.ops.kvWrite(0, filled(rows, H), filled(rows, H), [{ ...part, from: 0, pos: 0 }]);
        backend.ops.rope(rotated, q, [{ ...part, into: 0, pos: late }], N, H, 1e4);
        backend.ops.rope(q, q, [{ ...part, pos: late }], N, H, 1e4);
        backend.ops.attention(out, q, 0, [{ ...part, pos: 0 }], 1 / 16);

        const long = { from: 0, pos: 0, kv: cacheOf(narrow, positions) };
        const keys = filled(positions, narrow);
        backend.ops.kvWrite(0, keys, keys, [{ ...long, count: positions }]);
        const last = backend.alloc("last", positions, narrow);
        const query = { ...long, from: positions - 1, count: 1, pos: positions - 1 };
        backend.ops.attention(last, keys, 0, [query], 0.1);

        const some = { from: 3, count: rows - 3 };
        const reads = [rotated, q, out].map((tensor) => backend.read(tensor, some));
        results.push(await Promise.all([...reads, backend.read(last, query)]));
        backend.dispose();
      }
      const [parts, wholes] = results;
      const differ = parts.map((values, i) => values.findIndex((x, at) => x !== wholes[i][at]));
      expect(differ).toEqual([-1, -1, -1, -1]);
      for (const values of wholes) expect(new Set(values).size).toBeGreaterThan(narrow - 3);
    },
  );
});
