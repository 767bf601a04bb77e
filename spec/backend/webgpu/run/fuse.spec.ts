/** Calls that go together are one dispatch, others are not; and either way all tensors have what they should. */
import { describe, expect, it } from "vitest";
import type { Backend } from "../../../../src/backend/backend.ts";
import { type WebgpuHandles, webgpuBackend } from "../../../../src/backend/webgpu/webgpu.ts";
import { GEMMA_2B } from "../../../../src/config.ts";
import { xoshiro128 } from "../../../../src/random.ts";
import { emptyDevice } from "../../../support/empty-device.ts";
import { GPU_HERE } from "../../../support/webgpu.ts";

const [D, N, K, H, F, POSITIONS] = [64, 4, 1, 32, 96, 200];
const config = { ...GEMMA_2B, numHiddenLayers: 1, numKeyValueHeads: K, headDim: H };
const row = { from: 1, count: 1 };

/** Tensors and weights of a block, of random numbers. */
async function blockOn(backend: Backend<WebgpuHandles>) {
  const random = xoshiro128(1);
  const numbers = (count: number) => Float32Array.from({ length: count }, () => 2 * random() - 1);
  const weight = (...shape: number[]) => {
    const stored = numbers(shape.reduce((a, b) => a * b, 1));
    const rowBytes = 4 * (shape[1] ?? 1);
    const rows = async (from: number, to: number) =>
      new Uint8Array(stored.buffer.slice(from * rowBytes, to * rowBytes));
    return backend.upload({ name: "w", dtype: "float32", shape, rows });
  };
  const tensor = (name: string, columns: number) => {
    const made = backend.alloc(name, 3, columns);
    backend.write(made, numbers(3 * columns));
    return made;
  };
  const tensors = {
    ...{ x: tensor("x", D), y: tensor("y", D), normed: tensor("normed", D) },
    ...{ q: tensor("q", N * H), k: tensor("k", K * H), v: tensor("v", K * H) },
    ...{ gate: tensor("gate", F), up: tensor("up", F), gated: tensor("gated", F) },
    z: tensor("z", N * H),
  };
  const weights = {
    ...{ q: await weight(N * H, D), k: await weight(K * H, D), v: await weight(K * H, D) },
    ...{ gate: await weight(F, D), up: await weight(F, D), gain: await weight(D) },
  };
  return { tensors, weights, kv: backend.createKV(config, { positions: POSITIONS }) };
}

type Block = Awaited<ReturnType<typeof blockOn>>;

/** The calls of a block that may go together, with `between` after each. */
async function run(
  { ops }: Backend<WebgpuHandles>,
  { tensors: t, weights: w, kv }: Block,
  between: () => Promise<unknown> | undefined,
): Promise<void> {
  const spans = [{ ...row, pos: 5, kv }];
  const calls = [
    () => ops.add(t.x, t.x, t.y, row),
    () => ops.rmsNorm(t.normed, t.x, w.gain, row, 1e-6),
    () => ops.matmul(t.q, t.normed, w.q, row),
    () => ops.matmul(t.k, t.normed, w.k, row),
    () => ops.matmul(t.v, t.normed, w.v, row),
    () => ops.rope(t.q, t.q, spans, N, H, 1e4),
    () => ops.rope(t.k, t.k, spans, K, H, 1e4),
    () => ops.kvWrite(0, t.k, t.v, spans),
    () => ops.attention(t.z, t.q, 0, spans, 1),
    () => ops.matmul(t.gate, t.normed, w.gate, row),
    () => ops.matmul(t.up, t.normed, w.up, row),
    () => ops.geglu(t.gated, t.gate, t.up, row),
  ];
  for (const call of calls) {
    call();
    await between();
  }
}

/** A backend that computes nothing, and the kernels that it was asked for. */
async function watched() {
  const kernels: string[] = [];
  const pass = {
    setPipeline: ({ label }: GPUComputePipeline) => kernels.push(label),
    setBindGroup() {},
    dispatchWorkgroups() {},
    end() {},
  };
  const encoder = { beginComputePass: () => pass, finish: () => ({}) };
  const queue = { onSubmittedWorkDone: async () => {} };
  const device = emptyDevice({ queue, createCommandEncoder: () => encoder });
  const backend = await webgpuBackend({ device, subgroups: false });
  const block = await blockOn(backend);
  const wait = (tensor: WebgpuHandles["tensor"]) => backend.read(tensor, { from: 0, count: 0 });
  return { backend, kernels, block, wait };
}

describe("calls that go together", () => {
  it("are one dispatch, unless something comes between them", async () => {
    const { backend, kernels, block, wait } = await watched();
    await run(backend, block, () => undefined);
    await wait(block.tensors.x);
    expect(kernels).toEqual([
      "add and rmsNorm",
      "matmul of float32, 1 at once, 3 side by side",
      "rope and kvWrite",
      "attention",
      "matmul of float32, gate and up, and geglu",
    ]);
    kernels.length = 0;
    await run(backend, block, () => wait(block.tensors.x));
    expect(kernels).toHaveLength(12);
    backend.dispose();
  });

  it("are those of the same row, that write what the others do not read", async () => {
    const { backend, kernels, block, wait } = await watched();
    const { ops } = backend;
    const { tensors: t, weights: w, kv } = block;
    const spans = [{ ...row, pos: 5, kv }];
    const one = "matmul of float32, 1 at once, 1 side by side";
    const cases: [() => void, string[]][] = [
      // Other rows, another x, the x of the first as the result of the second, one result twice.
      [() => [row, { from: 0, count: 1 }].map((r) => ops.matmul(t.k, t.x, w.k, r)), [one, one]],
      [() => [t.x, t.y].map((x, i) => ops.matmul([t.k, t.v][i], x, w.k, row)), [one, one]],
      [() => [t.gate, t.gate].map((to) => ops.matmul(to, t.x, w.gate, row)), [one, one]],
      // A sum that is normed elsewhere, rows of it that were not added, a norm of something else.
      [
        () => {
          ops.add(t.x, t.x, t.y, row);
          ops.rmsNorm(t.normed, t.x, w.gain, { from: 0, count: 2 }, 1e-6);
        },
        ["add in place", "rmsNorm"],
      ],
      [
        () => {
          ops.add(t.x, t.x, t.y, row);
          ops.rmsNorm(t.normed, t.y, w.gain, row, 1e-6);
        },
        ["add in place", "rmsNorm"],
      ],
      // Keys that were not turned before.
      [
        () => {
          ops.rope(t.q, t.q, spans, N, H, 1e4);
          ops.kvWrite(0, t.k, t.v, spans);
        },
        ["rope in place", "kvWrite"],
      ],
      // The gate of another.
      [
        () => {
          ops.matmul(t.gate, t.x, w.gate, row);
          ops.matmul(t.up, t.x, w.up, row);
          ops.geglu(t.gated, t.up, t.gate, row);
        },
        ["matmul of float32, 1 at once, 2 side by side", "geglu"],
      ],
    ];
    for (const [calls, expected] of cases) {
      kernels.length = 0;
      calls();
      await wait(t.x);
      expect(kernels).toEqual(expected);
    }
    backend.dispose();
  });

  it("are recorded before what they use is freed", async () => {
    const { backend, kernels, block } = await watched();
    backend.ops.matmul(block.tensors.k, block.tensors.x, block.weights.k, row);
    backend.free("tensor", block.tensors.k);
    expect(kernels).toHaveLength(1);
    backend.dispose();
  });
});

describe.skipIf(!GPU_HERE)("on WebGPU", { timeout: 300_000 }, () => {
  it("what goes together writes what each call writes", async () => {
    const backend = await webgpuBackend();
    const read = async (together: boolean) => {
      const block = await blockOn(backend);
      const { x } = block.tensors;
      await run(backend, block, () =>
        together ? undefined : backend.read(x, { from: 0, count: 0 }),
      );
      const all: number[] = [];
      for (const tensor of Object.values(block.tensors)) {
        all.push(...(await backend.read(tensor, { from: 0, count: 3 })));
      }
      return all;
    };
    const [together, alone] = [await read(true), await read(false)];
    // The same products in the same order: but a compiler may fuse one and not the other.
    const off = together.filter((number, i) => Math.abs(number - alone[i]) > 1e-5);
    expect(off).toEqual([]);
    backend.dispose();
  });

  it("attention split over positions is that of the whole", async () => {
    const backend = await webgpuBackend();
    const { kv } = await blockOn(backend);
    const random = xoshiro128(2);
    const made = (name: string, columns: number) => {
      const tensor = backend.alloc(name, POSITIONS, columns);
      const numbers = Float32Array.from({ length: POSITIONS * columns }, () => 2 * random() - 1);
      backend.write(tensor, numbers);
      return tensor;
    };
    const [q, k, v] = [made("q", N * H), made("k", K * H), made("v", K * H)];
    const [whole, split] = [made("whole", N * H), made("split", N * H)];
    backend.ops.kvWrite(0, k, v, [{ from: 0, count: POSITIONS, pos: 0, kv }]);
    backend.ops.attention(whole, q, 0, [{ from: 0, count: POSITIONS, pos: 0, kv }], 0.3);
    for (const pos of [63, 64, 128, POSITIONS - 2]) {
      const span = { from: pos, count: 2, pos, kv };
      backend.ops.attention(split, q, 0, [span], 0.3);
      const some = { from: pos, count: 2 };
      const [a, b] = [await backend.read(whole, some), await backend.read(split, some)];
      expect(Math.max(...a.map((number, i) => Math.abs(number - b[i])))).toBeLessThan(1e-5);
    }
    backend.dispose();
  });
});
