/**
 * Weights on their way to a device: what goes wrong with one of them is told by its own upload, and by nothing else; and
 * kernels compile meanwhile.
 */
import { describe, expect, it } from "vitest";
import { Memory } from "../../../src/backend/webgpu/run/memory.ts";
import { Troubles } from "../../../src/backend/webgpu/run/troubles.ts";
import { uploadWeight } from "../../../src/backend/webgpu/upload.ts";
import { webgpuBackend } from "../../../src/backend/webgpu/webgpu.ts";
import type { WeightSource } from "../../../src/tensor/stored.ts";
import { emptyDevice } from "../../support/empty-device.ts";
import { until } from "../../support/until.ts";

/** A device with no room for buffers of that label, nor for what is written to those of the other. */
function fullDevice(full: string, unwritable: string) {
  const scopes: { filter: GPUErrorFilter; message?: string }[] = [];
  const live = new Set<string>();
  const fail = (message: string) => {
    for (const scope of scopes) if (scope.filter === "out-of-memory") scope.message = message;
  };
  const device = emptyDevice({
    pushErrorScope: (filter) => void scopes.push({ filter }),
    async popErrorScope() {
      const { message } = scopes.pop() as (typeof scopes)[number];
      return message === undefined ? null : { message };
    },
    createBuffer({ label = "" }) {
      if (label === full) fail("no room");
      live.add(label);
      return { label, destroy: () => live.delete(label) };
    },
    queue: {
      writeBuffer({ label }: GPUBuffer) {
        if (label === unwritable) fail("no room to write");
      },
    },
  });
  return { device, live };
}

const weight = (name: string, shape: readonly number[]): WeightSource => ({
  name,
  dtype: "float32",
  shape,
  async rows(begin, end) {
    for (let turn = 0; turn < 4; turn++) await undefined; // all are under way before the first is through
    return new Uint8Array(4 * (end - begin) * (shape[1] ?? 1));
  },
});

describe("weights that are uploaded side by side", () => {
  it("have their own errors, and give back their own memory", async () => {
    const { device, live } = fullDevice("b", "d");
    const troubles = new Troubles(device);
    const memory = new Memory(device, troubles, 2 ** 22);
    const shapes = { a: [2, 32], b: [2, 32], c: [8], d: [8], e: [2, 32] };
    const uploads = Object.entries(shapes).map(([name, shape]) =>
      uploadWeight(weight(name, shape), device, memory),
    );
    const ofRead = troubles.take();
    const results = await Promise.allSettled(uploads);
    expect(results.map(({ status }) => status)).toEqual([
      ...["fulfilled", "rejected", "fulfilled", "rejected", "fulfilled"],
    ]);
    const reasons = results.flatMap((result) =>
      result.status === "rejected" ? result.reason : [],
    );
    expect(reasons.map(({ kind, label, got }) => [kind, label, got])).toEqual([
      ["memory", "b", "no room"],
      ["memory", "d", "no room to write"],
    ]);
    expect([...live].sort()).toEqual(["a", "c", "e"]);
    expect([await ofRead, await troubles.take()]).toEqual([undefined, undefined]);
  });
});

describe("the kernels of a format", () => {
  /** A backend whose kernels of weights compile when they are told to. */
  async function slowCompiler() {
    const asked: string[] = [];
    const live = new Set<string>();
    let settle: (error?: Error) => void = () => {};
    const compiled = new Promise<unknown>((resolve, reject) => {
      settle = (error) => (error ? reject(error) : resolve({}));
    });
    const device = emptyDevice({
      createBuffer({ label = "" }) {
        live.add(label);
        return { label, destroy: () => live.delete(label) };
      },
      async createComputePipelineAsync({ label = "" }) {
        if (!label.includes("of float32")) return {};
        asked.push(label);
        return compiled;
      },
    });
    return { backend: await webgpuBackend({ device, subgroups: false }), asked, live, settle };
  }

  it("compile side by side while its first weight is read, which then waits for them", async () => {
    const { backend, asked, settle } = await slowCompiler();
    let isThere = false;
    const source = weight("w", [2, 32]);
    let rowsAsked = 0;
    const rows = async (begin: number, end: number) => {
      rowsAsked += end - begin;
      return source.rows(begin, end);
    };
    const upload = backend.upload({ ...source, rows }).then(() => {
      isThere = true;
    });
    await until(() => rowsAsked === 2 && asked.length === 8);
    await new Promise((resolve) => setTimeout(resolve));
    expect(isThere).toBe(false);
    settle();
    await upload;
  });

  it("give the weight's memory back where they do not compile", async () => {
    const { backend, live, settle } = await slowCompiler();
    const upload = backend.upload(weight("w", [2, 32]));
    await until(() => live.has("w"));
    settle(new Error("no such shader"));
    await expect(upload).rejects.toThrow(
      /matmul of float32.*no such shader|embed of float32.*no such shader/,
    );
    expect(live.has("w")).toBe(false);
  });
});
