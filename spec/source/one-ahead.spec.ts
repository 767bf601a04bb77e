/** A stream that is one item ahead of its reader. */
import { describe, expect, it } from "vitest";
import { oneAhead } from "../../src/source/one-ahead.ts";

/** 0, 1, 2, …; `log` has what was asked for, and whether it was ended. */
async function* counting(log: string[], failAt = Number.POSITIVE_INFINITY) {
  try {
    for (let i = 0; i < 5; i++) {
      log.push(`make ${i}`);
      if (i === failAt) throw new Error(`at ${i}`);
      yield i;
    }
  } finally {
    log.push("end");
  }
}

async function all(items: AsyncIterable<number>): Promise<number[]> {
  const found: number[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe("oneAhead", () => {
  it("gives all items in order", async () => {
    expect(await all(oneAhead(counting([])))).toEqual([0, 1, 2, 3, 4]);
  });

  it("has asked for the next item when one is given, and for no more", async () => {
    const log: string[] = [];
    for await (const i of oneAhead(counting(log))) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(log.filter((line) => line.startsWith("make"))).toHaveLength(Math.min(i + 2, 5));
    }
  });

  it("throws where the item that fails would come", async () => {
    const log: string[] = [];
    const seen: number[] = [];
    const reading = (async () => {
      for await (const i of oneAhead(counting(log, 2))) {
        seen.push(i);
        await new Promise((resolve) => setTimeout(resolve, 1)); // a rejection that nobody awaits would end Node
      }
    })();
    await expect(reading).rejects.toThrow("at 2");
    expect(seen).toEqual([0, 1]);
  });

  it("ends what it reads from when its reader stops, also where the item ahead fails", async () => {
    for (const failAt of [1, 4]) {
      const log: string[] = [];
      for await (const _ of oneAhead(counting(log, failAt))) break;
      expect(log).toEqual(["make 0", "make 1", "end"]);
    }
  });
});
