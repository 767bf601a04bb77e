import { describe, expect, it } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { withChecks } from "../../src/backend/checks.ts";
import { type CpuHandles, cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { GuardError } from "../../src/backend/row-watch.ts";
import { ArgumentError, ShapeError } from "../../src/errors.ts";
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
        kv: backend.createKV(config, { contextLength: 3 }),
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
  });
});
