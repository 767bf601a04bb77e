/** No dispatch binds more than it may, however many rows there are. The numbers: spec/backend/webgpu/discipline.spec.ts. */
import { afterEach, describe, expect, it } from "vitest";
import type { Backend } from "../../../../src/backend/backend.ts";
import { type WebgpuHandles, webgpuBackend } from "../../../../src/backend/webgpu/webgpu.ts";
import { GEMMA_2B } from "../../../../src/config.ts";
import { emptyDevice } from "../../../support/empty-device.ts";

const MOST = 2 ** 22;
const config = { ...GEMMA_2B, numHiddenLayers: 1 };
const { headDim: H, numAttentionHeads: N, numKeyValueHeads: K } = config;
const ROWS = 5000; // a row of 256 numbers is enough for more than 4 MiB

/** A backend, and for each dispatch its kernel and the largest of its bindings. */
async function watched() {
  const dispatches: { readonly kernel: string; readonly most: number }[] = [];
  let kernel = "";
  let most = 0;
  const pass = {
    setPipeline({ label }: GPUComputePipeline) {
      kernel = label;
    },
    setBindGroup(_: number, group: { readonly most: number }) {
      most = group.most;
    },
    dispatchWorkgroups: () => dispatches.push({ kernel, most }),
    end() {},
  };
  const device = emptyDevice({
    createBindGroup: ({ entries }) => {
      const sizes = [...entries].map(({ resource }) => {
        const { buffer, offset = 0, size = buffer.size - offset } = resource as GPUBufferBinding;
        expect(offset % 256).toBe(0);
        expect(offset + size).toBeLessThanOrEqual(buffer.size);
        return size;
      });
      return { most: Math.max(...sizes) };
    },
    createCommandEncoder: () => ({ beginComputePass: () => pass, finish: () => ({}) }),
  });
  const backend = await webgpuBackend({ device, subgroups: false, maxBindingSize: MOST });
  return { backend, dispatches };
}

describe("rows that are more than a binding", () => {
  let backend: Backend<WebgpuHandles>;
  let dispatches: readonly { readonly kernel: string; readonly most: number }[];
  const begin = async () => {
    ({ backend, dispatches } = await watched());
    return { backend, alloc: (columns: number) => backend.alloc("t", ROWS, columns) };
  };
  afterEach(() => {
    expect(dispatches.length).toBeGreaterThan(0);
    for (const { kernel, most } of dispatches)
      expect([kernel, most <= MOST]).toEqual([kernel, true]);
    backend.dispose();
  });

  it("are rotated in parts, with the angles of late positions", async () => {
    const { backend, alloc } = await begin();
    const kv = backend.createKV(config, { positions: 64 });
    const [q, rotated] = [alloc(N * H), alloc(N * H)];
    const spans = [{ from: 7, count: 900, pos: 4090, kv, into: 1 }];
    backend.ops.rope(rotated, q, spans, N, H, 1e4);
    expect(dispatches.length).toBe(2); // 512 rows of 2,048 numbers are a window
    backend.ops.rope(q, q, [{ from: 7, count: 900, pos: 4090, kv }], N, H, 1e4);
    expect(dispatches.map(({ kernel }) => kernel)).toEqual([
      ...["rope", "rope", "rope in place", "rope in place"],
    ]);
  });

  it("are written to a cache, and attend, in parts", async () => {
    const { backend, alloc } = await begin();
    const kv = backend.createKV(config, { positions: 4096 });
    const [q, out] = [alloc(N * H), alloc(N * H)];
    const [k, v] = [alloc(K * H), alloc(K * H)];
    const spans = [{ from: 100, count: 4096, pos: 0, kv }];
    backend.ops.kvWrite(0, k, v, spans);
    backend.ops.attention(out, q, 0, spans, 1);
    expect(dispatches).toHaveLength(1 + 8);
  });

  it("go through all other kernels in parts", async () => {
    const { backend, alloc } = await begin();
    const D = 256;
    const [x, y, z] = [alloc(D), alloc(D), alloc(D)];
    const zeros = (shape: number[]) => ({
      ...{ name: "w", dtype: "float32" as const, shape },
      rows: async (from: number, to: number) => new Uint8Array(4 * (to - from) * (shape[1] ?? 1)),
    });
    const [matrix, gain] = [await backend.upload(zeros([D, D])), await backend.upload(zeros([D]))];
    const rows = { from: 0, count: ROWS };
    backend.ops.embed(x, matrix, backend.allocIds(ROWS), rows, 1);
    backend.ops.rmsNorm(y, x, gain, rows, 1e-6);
    backend.ops.matmul(z, y, matrix, rows);
    backend.ops.geglu(x, y, z, rows);
    backend.ops.add(x, y, z, rows);
    backend.ops.add(x, x, z, rows);
    expect(dispatches).toHaveLength(12);
  });
});

describe("what has no room in a binding", () => {
  it("is refused when it is made, and the error says how to do with less", async () => {
    const { backend } = await watched();
    const way = "ask for a shorter context or fewer rows (maxRows), or choose another backend";
    expect(() => backend.createKV(config, { positions: 4097 })).toThrow(
      `webgpuBackend: "keys of layer 0" expected a buffer of at most 4194304 bytes, which the device has room for, got 4195328; ${way}`,
    );
    const kv = backend.createKV(config, { positions: 64 });
    expect(() => backend.reserve?.(kv, { positions: 4097 })).toThrow(`got 4195328; ${way}`);
    expect(() => backend.alloc("logits", 1, 2 ** 20 + 1)).toThrow(
      `webgpuBackend: "logits" expected a row of at most 4194304 bytes, which the device has room for, got 4194560; ${way}`,
    );
    backend.dispose();
    expect(() => backend.createKV({ ...config, headDim: 1024 }, { positions: 1 })).toThrow(
      'createKV: "headDim" expected a head of at most 512, got 1024; backend "wasm" has no limit',
    );
    await expect(webgpuBackend({ maxRows: 65_536 })).rejects.toThrow(
      /"maxRows".* 65535, got 65536/,
    );
  });
});
