import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MergeQueue } from "../../src/tokenizer/merge-queue.ts";

describe("MergeQueue", () => {
  it("gives back the smallest rank, and of equal ranks the leftmost", () => {
    const entry = fc.tuple(fc.nat(5), fc.nat(2 ** 29));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
        const queue = new MergeQueue();
        for (const [rank, left] of entries) queue.push(rank, left);
        const popped: [number, number][] = [];
        while (queue.pop()) popped.push([queue.rank, queue.left]);
        expect(popped).toEqual(entries.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]));
      }),
    );
  });

  it("keeps the largest rank and position apart", () => {
    const queue = new MergeQueue();
    queue.push(2 ** 21 - 1, 2 ** 32 - 1);
    queue.push(2 ** 21 - 1, 2 ** 32 - 2);
    queue.pop();
    expect([queue.rank, queue.left]).toEqual([2 ** 21 - 1, 2 ** 32 - 2]);
    queue.pop();
    expect([queue.rank, queue.left]).toEqual([2 ** 21 - 1, 2 ** 32 - 1]);
    expect(queue.pop()).toBe(false);
  });
});
