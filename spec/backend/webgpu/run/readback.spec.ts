/** Buffers that results are read through: used again, and the large ones given back. */
import { describe, expect, it } from "vitest";
import type { Commands } from "../../../../src/backend/webgpu/run/commands.ts";
import type { Allocation, Memory } from "../../../../src/backend/webgpu/run/memory.ts";
import { Readback } from "../../../../src/backend/webgpu/run/readback.ts";

const [SMALL, LARGE] = [1000, 2 ** 24];

/** Reads of zeros, and the buffers that are there for them; mapping one may fail. */
function reads() {
  const live = new Set<Allocation>();
  let made = 0;
  let isBroken = false;
  const memory = {
    staging(asked: number) {
      const bytes = 2 ** Math.ceil(Math.log2(asked));
      made++;
      const buffer = {
        mapAsync: async () => {
          if (isBroken) throw new Error("no mapping");
        },
        getMappedRange: (_: number, size: number) => new ArrayBuffer(Math.min(size, 1024)),
        unmap() {},
      };
      const allocation = { bytes, buffer } as unknown as Allocation;
      live.add(allocation);
      return allocation;
    },
    free: (allocation: Allocation) => live.delete(allocation),
  };
  const commands = { copy() {}, submit() {} };
  const readback = new Readback(memory as unknown as Memory, commands as unknown as Commands);
  return {
    read: (bytes: number) => readback.read({} as Allocation, 0, bytes),
    sizes: () => [...live].map(({ bytes }) => bytes),
    made: () => made,
    fail: (is: boolean) => {
      isBroken = is;
    },
  };
}

describe("the buffers of reads", () => {
  it("are used again, by reads that come one after the other", async () => {
    const { read, made, sizes } = reads();
    for (let i = 0; i < 10; i++) await read(SMALL - 4 * i);
    expect([made(), sizes()]).toEqual([1, [1024]]);
    await Promise.all([read(SMALL), read(SMALL)]);
    await Promise.all([read(SMALL), read(SMALL)]);
    expect([made(), sizes()]).toEqual([2, [1024, 1024]]);
  });

  it("are kept while large reads come, even among small ones", async () => {
    const { read, made, sizes } = reads();
    for (let i = 0; i < 40; i++) await read(i % 8 === 0 ? LARGE : SMALL);
    expect([made(), sizes()]).toEqual([2, [LARGE, 1024]]);
  });

  it("are given back where they are large, and small reads follow", async () => {
    const { read, made, sizes } = reads();
    await read(LARGE);
    for (let i = 0; i < 40; i++) await read(SMALL);
    expect([made(), sizes()]).toEqual([2, [1024]]);
  });

  it("are given back where reads fail", async () => {
    const { read, sizes, fail } = reads();
    fail(true);
    await expect(read(SMALL)).rejects.toThrow("no mapping");
    expect(sizes()).toEqual([]);
    fail(false);
    expect(await read(SMALL)).toHaveLength(250);
  });
});
