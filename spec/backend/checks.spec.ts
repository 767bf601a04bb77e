import { describe, expect, it } from "vitest";
import type { Backend, Rows } from "../../src/backend/backend.ts";
import { withChecks } from "../../src/backend/checks.ts";
import { type CpuHandles, type CpuTensor, cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { GuardError } from "../../src/backend/row-watch.ts";
import { GEMMA_2B } from "../../src/config.ts";
import { ArgumentError, ShapeError } from "../../src/errors.ts";
import { Model } from "../../src/model/model.ts";
import { assertDType } from "../../src/tensor/stored.ts";
import { checkpoint, load, loadOn, promptIds, promptLogits } from "../support/goldens.ts";

describe("withChecks", () => {
  it("finds nothing wrong with the reference, and changes no bit", async () => {
    const ids = promptIds("mqa", "prompt-40");
    const checked = await loadOn("mqa", withChecks(cpuBackend({ maxRows: 16 })));
    expect(await promptLogits(checked, ids)).toEqual(
      await promptLogits(await load("mqa", "float32"), ids),
    );
  });

  it("catches a kernel that writes a row too many", async () => {
    const cpu = cpuBackend();
    const careless: Backend<CpuHandles> = {
      ...cpu,
      ops: {
        ...cpu.ops,
        geglu: (dst, gate, up, rows) =>
          cpu.ops.geglu(dst, gate, up, { ...rows, count: rows.count + 1 }),
      },
    };
    const backend = withChecks(careless);
    const [x, y] = [backend.alloc("x", 2, 3), backend.alloc("y", 2, 3)];
    backend.write(x, new Float32Array(6));
    backend.ops.geglu(y, x, x, { from: 0, count: 2 });
    await expect(backend.read(y, { from: 0, count: 2 })).rejects.toThrow(GuardError);
  });

  it("does not take an aborted pass for a kernel that writes too far", async () => {
    const model = await loadOn("mqa", withChecks(cpuBackend()));
    const ids = promptIds("mqa", "prompt-7");
    const signal = AbortSignal.abort("enough");
    await expect(model.forward(ids, model.createCache(), { signal })).rejects.toBe("enough");
    const plain = await promptLogits(await load("mqa", "float32"), ids);
    expect(await promptLogits(model, ids)).toEqual(plain);
  });

  it("gives new tensors NaN, so that what is read before it is written shows", async () => {
    const backend = withChecks(cpuBackend());
    const x = backend.alloc("x", 1, 2);
    expect([...(await backend.read(x, { from: 0, count: 1 }))]).toEqual([Number.NaN, Number.NaN]);
  });

  const rowsOf = { from: 1, count: 1 };
  /** A backend with one thing wrong, checked, after it added two tensors into row 1 of a third. */
  const flawed = async (change: (cpu: Backend<CpuHandles>) => Partial<Backend<CpuHandles>>) => {
    const cpu = cpuBackend();
    const backend = withChecks({ ...cpu, ...change(cpu) });
    const [x, y, dst] = ["x", "y", "dst"].map((label) => backend.alloc(label, 3, 2));
    for (const handle of [x, y, dst]) backend.write(handle, new Float32Array(6).fill(1));
    backend.ops.add(dst, x, y, rowsOf);
    return backend.read(dst, rowsOf);
  };
  const stray = (change: (rows: Rows) => Rows) => (cpu: Backend<CpuHandles>) => ({
    ops: {
      ...cpu.ops,
      add: ((dst, x, y, rows) => cpu.ops.add(dst, x, y, change(rows))) as typeof cpu.ops.add,
    },
  });

  it("passes on what is right", async () => {
    expect([...(await flawed(() => ({})))]).toEqual([2, 2]);
  });

  it.each([
    ["writes the row before", stray((rows) => ({ ...rows, from: 0, count: 2 })), /row 0 left/],
    ["writes the row after", stray((rows) => ({ ...rows, count: 2 })), /"dst" expected row 2 left/],
    ["goes by the row of the source", stray(() => ({ from: 0, count: 1 })), /rows 1 were to be/],
    [
      "reads the wrong type",
      (cpu: Backend<CpuHandles>) => ({
        read: async (...args: Parameters<typeof cpu.read>) =>
          Float64Array.from(await cpu.read(...args)),
      }),
      /a Float32Array of \d+, as the precision is float32, got Float64Array/,
    ],
    [
      "reads too much",
      (cpu: Backend<CpuHandles>) => ({
        read: (src: CpuTensor, { from, count }: Rows) =>
          cpu.read(src, { from, count: Math.min(count + 1, src.data.length / src.columns - from) }),
      }),
      /a Float32Array of/,
    ],
    [
      "reads from the first row on",
      (cpu: Backend<CpuHandles>) => ({
        read: (src: CpuTensor, { count }: Rows) => cpu.read(src, { from: 0, count }),
      }),
      /2, 3 as of the first call/,
    ],
    [
      "copies a turn late",
      (cpu: Backend<CpuHandles>) => ({
        read: async (...args: Parameters<typeof cpu.read>) => {
          await Promise.resolve();
          return cpu.read(...args);
        },
      }),
      /2, 3 as of the first call/,
    ],
    [
      "gives a view of its memory",
      (cpu: Backend<CpuHandles>) => ({
        read: async (src: CpuTensor, rows: Rows) => {
          await cpu.read(src, rows);
          const { from, count } = rows;
          return src.data.subarray(from * src.columns, (from + count) * src.columns);
        },
      }),
      /2, 3 as of the first call|an array of its own/,
    ],
  ])("catches a backend that %s", async (_, change, message) => {
    const error = await flawed(change).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(GuardError);
    expect(error.message).toMatch(message);
  });

  it.each(["embed", "rmsNorm", "matmul", "rope", "attention", "geglu", "add"] as const)(
    "catches a stray write of %s",
    async (kernel) => {
      const cpu = cpuBackend();
      const config = { ...GEMMA_2B, numHiddenLayers: 1, headDim: 2 };
      const N = config.numAttentionHeads;
      let dst = cpu.alloc("none", 0, 0);
      const straying = {
        ...cpu,
        alloc: (...args: Parameters<typeof cpu.alloc>) => {
          const handle = cpu.alloc(...args);
          if (args[0] === "dst") dst = handle;
          return handle;
        },
        ops: new Proxy(cpu.ops, {
          get: (ops, name: typeof kernel) =>
            name !== kernel
              ? ops[name]
              : (...args: never[]) => {
                  (ops[name] as (...given: never[]) => void)(...args);
                  cpu.write(dst, new Float32Array(dst.columns).fill(7)); // row 0
                },
        }),
      };
      const backend = withChecks(straying);
      const rows = { from: 1, count: 1 };
      const put = (label: string) => {
        const handle = backend.alloc(label, 2, 2 * N);
        backend.write(handle, new Float32Array(4 * N).fill(1));
        return handle;
      };
      const [x, y, out] = [put("x"), put("y"), put("dst")];
      const bytes = async () => new Uint8Array(new Float32Array(4 * N * N).buffer);
      const weight = async (...shape: number[]) =>
        backend.upload({ name: "w", dtype: "float32", shape, rows: bytes });
      const [matrix, gain] = [await weight(2 * N, 2 * N), await weight(2 * N)];
      const ids = backend.allocIds(2);
      const kv = backend.createKV(config, { positions: 2 });
      const spans = [{ ...rows, pos: 0, kv }];
      const { ops } = backend;
      const run = {
        embed: () => ops.embed(out, matrix, ids, rows, 1),
        rmsNorm: () => ops.rmsNorm(out, x, gain, rows, 1e-6),
        matmul: () => ops.matmul(out, x, matrix, rows),
        rope: () => ops.rope(out, x, spans, N, 2, 10000),
        attention: () => ops.attention(out, x, 0, spans, 1),
        geglu: () => ops.geglu(out, x, y, rows),
        add: () => ops.add(out, x, y, rows),
      };
      backend.setIds(ids, [0, 0]);
      run[kernel]();
      await expect(backend.read(out, rows)).rejects.toThrow(/"dst" expected row 0 left alone/);
    },
  );

  it("catches a stray write beside other reads that are waiting", async () => {
    const cpu = cpuBackend();
    let isStraying = false;
    const backend = withChecks({
      ...cpu,
      ops: {
        ...cpu.ops,
        add: ((dst, x, y, rows) =>
          cpu.ops.add(dst, x, y, isStraying ? { from: 0, count: 2 } : rows)) as typeof cpu.ops.add,
      },
    });
    const [x, dst] = ["x", "dst"].map((label) => backend.alloc(label, 2, 1));
    for (const handle of [x, dst]) backend.write(handle, new Float32Array(2).fill(1));
    const row = { from: 1, count: 1 };
    backend.ops.add(dst, x, x, row);
    await Promise.all([backend.read(dst, row), backend.read(dst, row)]);
    isStraying = true;
    backend.ops.add(dst, x, x, row);
    await expect(backend.read(dst, row)).rejects.toThrow(GuardError);
  });

  it("passes on what a backend can do beyond the least: late uploads, growing, loss", async () => {
    const model = await loadOn("mqa", withChecks(cpuBackend()));
    const cache = model.createCache();
    expect(cache.capacity).toBe(64);
    const { config, tensors } = await checkpoint("mqa");
    const backend = withChecks(cpuBackend());
    const later = await Model.load({ config, tensors, backend, background: true });
    const ids = promptIds("mqa", "prompt-7");
    expect(await promptLogits(later, ids)).toEqual(await promptLogits(model, ids));
    expect(withChecks(cpuBackend())).not.toHaveProperty("lost");
    const { reserve: _, uploadLater: __, copyKV: ___, ...least } = cpuBackend();
    expect(withChecks(least)).not.toHaveProperty("reserve");
    expect(withChecks(least)).not.toHaveProperty("copyKV");
    expect(withChecks(least)).not.toHaveProperty("uploadLater");
  });

  describe("refuses", () => {
    const rows = { from: 0, count: 2 };
    const setUp = async () => {
      const backend = withChecks(cpuBackend());
      const { config, tensors } = await checkpoint("mqa");
      const source = tensors.get("model.layers.0.self_attn.q_proj.weight");
      if (!source) throw new Error("no weight");
      assertDType(source);
      return {
        backend,
        weight: await backend.upload(source),
        x: backend.alloc("x", 2, 64),
        y: backend.alloc("y", 2, 64),
        narrow: backend.alloc("narrow", 2, 16),
        kv: backend.createKV(config, { positions: 3 }),
        ids: backend.allocIds(1),
      };
    };

    it("a destination that is a source, but in rope and add", async () => {
      const { backend, weight, x, y, kv } = await setUp();
      expect(() => backend.ops.matmul(x, x, weight, rows)).toThrow(ArgumentError);
      expect(() => backend.ops.geglu(x, x, y, rows)).toThrow(/which is also a source/);
      expect(() => backend.ops.add(y, x, y, rows)).toThrow(ArgumentError);
      backend.ops.add(x, x, y, rows);
      backend.ops.rope(x, x, [{ ...rows, pos: 0, kv }], 4, 16, 10000);
    });

    it("rows outside a tensor", async () => {
      const { backend, x, y } = await setUp();
      expect(() => backend.ops.add(x, x, y, { from: 1, count: 2 })).toThrow(/rows within 0 to 1/);
      expect(() => backend.ops.add(x, x, y, { from: 0, count: 2, into: 1 })).toThrow(ArgumentError);
      await expect(backend.read(x, { from: -1, count: 1 })).rejects.toThrow(ArgumentError);
    });

    it("columns that do not fit", async () => {
      const { backend, weight, x, y, narrow, kv } = await setUp();
      const span = { ...rows, pos: 0, kv };
      expect(() => backend.ops.matmul(narrow, x, weight, rows)).toThrow(ShapeError);
      expect(() => backend.ops.matmul(x, narrow, weight, rows)).toThrow(/q_proj/);
      expect(() => backend.ops.add(x, x, narrow, rows)).toThrow(ShapeError);
      expect(() => backend.ops.kvWrite(0, x, narrow, [span])).toThrow(ShapeError);
      expect(() => backend.ops.attention(y, narrow, 0, [span], 1)).toThrow(ShapeError);
    });

    it("positions past the cache, layers there are none of, and too many ids", async () => {
      const { backend, narrow, kv, ids, x, y } = await setUp();
      const span = { ...rows, pos: 0, kv };
      const past = { ...span, pos: 2 };
      expect(() => backend.ops.kvWrite(0, narrow, narrow, [past])).toThrow(/positions 0 to 2/);
      expect(() => backend.ops.attention(y, x, 2, [span], 1)).toThrow(ArgumentError);
      expect(() => backend.setIds(ids, [1, 2])).toThrow(ArgumentError);
    });

    it("a copy of positions that there are not, of another shape, or into itself", async () => {
      const { backend, kv } = await setUp();
      const { config } = await checkpoint("gqa");
      const short = backend.createKV(kv.config, { positions: 2 });
      const copy = (dst: typeof kv, count: number) => () => backend.copyKV?.(dst, kv, count);
      for (const count of [3, -1, 1.5]) expect(copy(short, count)).toThrow(/0 to 2 positions/);
      expect(copy(kv, 1)).toThrow(/another cache than src/);
      const other = backend.createKV(config, { positions: 3 });
      expect(copy(other, 1)).toThrow(/a cache of \[2, 1, 16\] \(layers, K, H\)/);
      expect(copy(short, 2)).not.toThrow();
    });
  });
});
