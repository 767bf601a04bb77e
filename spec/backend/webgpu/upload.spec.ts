/** Weights that arrive side by side: what goes wrong with one of them is told by its own upload, and by nothing else. */
import { describe, expect, it } from "vitest";
import { Memory } from "../../../src/backend/webgpu/run/memory.ts";
import { Troubles } from "../../../src/backend/webgpu/run/troubles.ts";
import { uploadWeight } from "../../../src/backend/webgpu/upload.ts";
import type { WeightSource } from "../../../src/tensor/stored.ts";

/** A device with no room for buffers of that label, nor for what is written to those of the other. */
function fullDevice(full: string, unwritable: string) {
  const scopes: { filter: GPUErrorFilter; message?: string }[] = [];
  const live = new Set<string>();
  const fail = (message: string) => {
    for (const scope of scopes) if (scope.filter === "out-of-memory") scope.message = message;
  };
  const device = {
    pushErrorScope: (filter: GPUErrorFilter) => scopes.push({ filter }),
    async popErrorScope() {
      const { message } = scopes.pop() as (typeof scopes)[number];
      return message === undefined ? null : { message };
    },
    createBuffer({ label = "" }: GPUBufferDescriptor) {
      if (label === full) fail("no room");
      live.add(label);
      return { label, destroy: () => live.delete(label) };
    },
    queue: {
      writeBuffer({ label }: GPUBuffer) {
        if (label === unwritable) fail("no room to write");
      },
    },
  };
  return { device: device as unknown as GPUDevice, live };
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
