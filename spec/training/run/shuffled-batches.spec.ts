import { describe, expect, it } from "vitest";
import { xoshiro128 } from "../../../src/random.ts";
import type { BatchSource } from "../../../src/training/run/batch.ts";
import { shuffledBatches, shuffledOrder } from "../../../src/training/run/shuffled-batches.ts";
import { randomSequences } from "../../support/training.ts";

const sequences = randomSequences(7, 5);

async function numbers(source: BatchSource, batches: number): Promise<number[][]> {
  const found: number[][] = [];
  for (let i = 0; i < batches; i++) {
    const batch = await source.next();
    if (batch) found.push(batch.map((one) => sequences.indexOf(one)));
  }
  return found;
}

describe("shuffledBatches", () => {
  it("has each sequence once an epoch, in another order each time", async () => {
    const found = (await numbers(shuffledBatches(sequences, { batchSize: 4 }), 8)).flat();
    const epochs = [0, 1, 2, 3].map((e) => found.slice(7 * e, 7 * e + 7));
    for (const epoch of epochs) expect([...epoch].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(new Set(epochs.map(String)).size).toBe(4);
  });

  it.each([
    // As torch.utils.data.DataLoader(data, batch_size, shuffle=True, drop_last=False) gives them.
    [7, 4, 2, [4, 3, 4, 3]],
    [7, 7, 2, [7, 7]],
    [7, 16, 3, [7, 7, 7]],
    [17, 16, 3, [16, 1, 16, 1, 16, 1]],
    [8, 16, 1, [8]],
  ])(
    "ends after its epochs, with what is left of each: %i, %i a batch, %i epochs: %j",
    async (n, batchSize, epochs, lengths) => {
      const some = randomSequences(n, 5);
      const source = shuffledBatches(some, { batchSize, epochs });
      const seen = new Map<unknown, number>();
      const found: number[] = [];
      for (let batch = await source.next(); batch; batch = await source.next()) {
        found.push(batch.length);
        for (const one of batch) seen.set(one, (seen.get(one) ?? 0) + 1);
      }
      expect(found).toEqual(lengths);
      expect(some.map((one) => seen.get(one))).toEqual(some.map(() => epochs));
      expect(await source.next()).toBeUndefined();
    },
  );

  it("follows from the seed, and goes on from each state through JSON", async () => {
    const whole = await numbers(shuffledBatches(sequences, { batchSize: 3, seed: 4 }), 12);
    expect(await numbers(shuffledBatches(sequences, { batchSize: 3, seed: 5 }), 12)).not.toEqual(
      whole,
    );
    for (let stop = 0; stop < 12; stop++) {
      const first = shuffledBatches(sequences, { batchSize: 3, seed: 4 });
      const before = await numbers(first, stop);
      const then = shuffledBatches(sequences, { batchSize: 3, seed: 4 });
      await then.next();
      then.restore(JSON.parse(JSON.stringify(first.state())));
      expect([...before, ...(await numbers(then, 12 - stop))]).toEqual(whole);
    }
  });

  it("draws every order of three as often as the others", () => {
    const random = xoshiro128(1);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = shuffledOrder(3, random).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * 29); // 5σ
  });

  it("refuses what it cannot shuffle or restore", () => {
    expect(() => shuffledBatches([])).toThrow('"sequences" expected a list of one at least');
    expect(() => shuffledBatches(sequences, { batchSize: 0 })).toThrow(
      '"batchSize" expected an integer from 1 to 1048576, got 0',
    );
    expect(() => shuffledBatches(sequences, { batchSize: 2 ** 32 })).toThrow("1 to 1048576");
    expect(() => shuffledBatches(sequences, { seed: -1 })).toThrow('"seed" expected an integer');
    expect(() => shuffledBatches(sequences, { epochs: 0 })).toThrow('"epochs" expected');
    const source = shuffledBatches(sequences);
    const state = source.state() as object;
    const restoring = (change: object) => () => source.restore({ ...state, ...change });
    expect(() => source.restore(null)).toThrow("a state of this source, got null");
    expect(restoring({ at: 7 })).toThrow('"at" expected an integer from 0 to 6, got 7');
    expect(restoring({ random: [0, 0, 0, 0] })).toThrow("four words of 32 bits, not all 0");
    expect(restoring({ seed: 3 })).toThrow(
      'shuffledBatches.restore: "seed" expected 0, as here, got 3; a run goes on with the data and the options that it began with',
    );
  });
});
