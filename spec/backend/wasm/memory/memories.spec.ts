import { describe, expect, it } from "vitest";
import { BackendError } from "../../../../src/backend/backend.ts";
import { Memories } from "../../../../src/backend/wasm/memory/memories.ts";

const KB = 1024;
const SIZES = { home: 512 * KB, keptAtHome: 64 * KB, area: 128 * KB, beside: 64 * KB };

function setUp() {
  const told: string[] = [];
  const memories = new Memories(
    false,
    {
      add: (index, memory) => told.push(`add ${index}, ${memory.buffer.byteLength / KB} KB`),
      drop: (index) => told.push(`drop ${index}`),
    },
    SIZES,
  );
  return { memories, told, weight: (bytes: number) => memories.anywhere("w", bytes) };
}

describe("memories", () => {
  it("keep small weights at home, and others in memories that are filled one by one", () => {
    const { memories, told, weight } = setUp();
    const sizes = [40, 30, 20, 100, 28, 200, 1].map((kb) => kb * KB);
    const places = sizes.map(weight);
    // 40 + 20 at home; 30 begins memory 1, which takes no 100; 200 gets a memory of its own size.
    expect(places.map(({ memory }) => memory)).toEqual([0, 1, 0, 2, 1, 3, 0]);
    expect(memories.kept).toBe(sizes.reduce((a, b) => a + b));
    expect(told).toEqual([0, 1, 2, 3].map((index) => `add ${index}, 64 KB`));
    for (const [i, place] of places.entries()) memories.bytes(place, sizes[i]).fill(i + 1);
    for (const [i, place] of places.entries()) {
      expect(memories.bytes(place, sizes[i]).every((byte) => byte === i + 1)).toBe(true);
    }
  });

  it("drop a memory with its last weight, and give its number to the next", () => {
    const { memories, told, weight } = setUp();
    const [a, b, c] = [100, 20, 100].map((kb) => weight(kb * KB));
    expect([a.memory, b.memory, c.memory]).toEqual([1, 0, 2]);
    const scratch = memories.beside(1, "scratch", 10 * KB);
    memories.free(b);
    expect(told.filter((one) => one.startsWith("drop"))).toEqual([]); // home stays
    memories.free(a);
    memories.free(scratch); // there is no such memory any more
    expect(told.at(-1)).toBe("drop 1");
    expect(weight(90 * KB).memory).toBe(1);
    expect(weight(30 * KB).memory).toBe(0);
    expect(memories.kept).toBe(220 * KB);
  });

  it("say how much to ask for, so that memories are filled", () => {
    const { memories, weight } = setUp();
    expect(memories.piece).toBe(64 * KB);
    weight(63 * KB);
    expect(memories.piece).toBe(128 * KB); // 1 KB is not worth a part
    weight(28 * KB);
    expect(memories.piece).toBe(100 * KB);
    weight(memories.piece);
    expect(memories.piece).toBe(128 * KB);
  });

  it("have room besides in a memory full of weights", () => {
    const { memories, weight } = setUp();
    const { memory } = weight(128 * KB);
    expect(memory).toBe(1);
    expect(memories.beside(memory, "scratch", 60 * KB).memory).toBe(1);
    expect(() => memories.beside(memory, "scratch", 8 * KB)).toThrow(BackendError);
  });

  it("refuse what is too large by name, and are as before", () => {
    const { memories, told, weight } = setUp();
    const refused = (work: () => unknown) => {
      try {
        work();
        return undefined;
      } catch (error) {
        return error;
      }
    };
    const error = refused(() => memories.atHome("logits", 600 * KB));
    expect(error).toBeInstanceOf(BackendError);
    expect(error).toMatchObject({ kind: "memory", label: "logits" });
    const large = refused(() => memories.anywhere("embedding", 5 * 2 ** 30));
    expect(large).toMatchObject({ kind: "memory", label: "embedding" });
    expect(told.slice(1).every((one, i) => i % 2 === 0 || one === "drop 1")).toBe(true);
    expect(memories.kept).toBe(0);
    expect(memories.atHome("logits", 500 * KB).memory).toBe(0);
    expect(weight(128 * KB).memory).toBe(1);
  });
});
