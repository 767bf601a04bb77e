import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { GEMMA_2B } from "../../../src/config.ts";
import { ArgumentError } from "../../../src/errors.ts";
import { attention } from "../../../src/nn/attention.ts";
import { geglu } from "../../../src/nn/geglu.ts";
import { roundToBfloat16 } from "../../../src/tensor/bfloat16.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { randomTensor } from "../../support/random.ts";

describe("the CPU backend", () => {
  it("computes attention over a long context head by head, with the bits of nn/attention", async () => {
    const config = { ...GEMMA_2B, numHiddenLayers: 1, numAttentionHeads: 6, numKeyValueHeads: 2 };
    const [N, K, H, L, pos] = [6, 2, config.headDim, 3, 1500];
    const contextLength = pos + L;
    const backend = cpuBackend();
    const kv = backend.createKV(config, { positions: contextLength });
    const keys = randomTensor([contextLength, K, H], 1);
    const values = randomTensor([contextLength, K, H], 2);
    kv.keys[0].data.set(keys.data);
    kv.values[0].data.set(values.data);
    const q = backend.alloc("q", L + 1, N * H);
    const z = backend.alloc("z", L + 1, N * H);
    const queries = randomTensor([L, N, H], 3);
    q.data.set(queries.data, N * H);

    backend.ops.attention(z, q, 0, [{ from: 1, count: L, pos, kv, into: 0 }], 1 / 16);
    const computed = await backend.read(z, { from: 0, count: L });
    expect(computed).toEqual(attention(queries, keys, values, { pos, scale: 1 / 16 }).data);
  });

  it("computes a large geglu in portions, with the bits of nn/geglu", async () => {
    const [L, F] = [17, 16384]; // a portion is 16 rows
    const backend = cpuBackend();
    const [gate, up, out] = ["gate", "up", "out"].map((name) => backend.alloc(name, L + 2, F));
    const [g, u] = [randomTensor([L, F], 1), randomTensor([L, F], 2)];
    gate.data.set(g.data, 2 * F);
    up.data.set(u.data, 2 * F);
    backend.ops.geglu(out, gate, up, { from: 2, count: L, into: 1 });
    expect(await backend.read(out, { from: 1, count: L })).toEqual(geglu(g, u).data);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses to take %s rows at a time", (maxRows) => {
    expect(() => cpuBackend({ maxRows })).toThrow(ArgumentError);
  });

  it("rounds what is written to its precision, and reads in the arrays it promises", async () => {
    const [wide, narrow] = [
      cpuBackend({ precision: "float64" }),
      cpuBackend({ precision: "bfloat16" }),
    ];
    for (const backend of [wide, narrow]) {
      const x = backend.alloc("x", 1, 1);
      backend.write(x, Float64Array.of(Math.PI));
      const [value] = await backend.read(x, { from: 0, count: 1 });
      expect(value).toBe(backend === wide ? Math.PI : roundToBfloat16(Math.PI));
    }
    const x = wide.alloc("x", 2, 3);
    expect(await wide.read(x, { from: 0, count: 2 })).toBeInstanceOf(Float64Array);
    expect(await narrow.read(narrow.alloc("x", 1, 1), { from: 0, count: 0 })).toHaveLength(0);
  });

  it("takes ids and data when they are recorded: the caller may reuse the array", async () => {
    const backend = cpuBackend();
    const table = await backend.upload({
      name: "table",
      dtype: "float32",
      shape: [3, 1],
      rows: async () => new Uint8Array(Float32Array.of(10, 20, 30).buffer),
    });
    const ids = backend.allocIds(1);
    const x = backend.alloc("x", 1, 1);
    const mine = [2];
    backend.setIds(ids, mine);
    backend.ops.embed(x, table, ids, { from: 0, count: 1 }, 1);
    mine[0] = 0;
    expect([...(await backend.read(x, { from: 0, count: 1 }))]).toEqual([30]);
    const data = Float32Array.of(7);
    backend.write(x, data);
    data[0] = 0;
    expect([...(await backend.read(x, { from: 0, count: 1 }))]).toEqual([7]);
  });

  it("runs a component of one's own in place of its own", async () => {
    let called = 0;
    const backend = cpuBackend({
      components: {
        add(x, y, options) {
          called++;
          return geglu(x, y, options);
        },
      },
    });
    const [x, y] = [backend.alloc("x", 1, 1), backend.alloc("y", 1, 1)];
    backend.ops.add(x, x, y, { from: 0, count: 1 });
    expect(called).toBe(0); // recorded, not done
    await backend.read(x, { from: 0, count: 1 });
    expect(called).toBe(1);
    expect(tensor(x.data, [1, 1]).get(0, 0)).toBe(0);
  });
});
