import { describe, expect, it } from "vitest";
import { limitsModule, SWEEP_STEP } from "../../../src/bench/limits/kernels.ts";
import { LimitsMeter, sweepSizes } from "../../../src/bench/limits/limits.ts";
import { ThreadTeam } from "../../../src/bench/limits/threads.ts";

async function loops(memory: WebAssembly.Memory) {
  const { instance } = await WebAssembly.instantiate(limitsModule("sweep and mulAdd"), {
    env: { memory },
  });
  return instance.exports as {
    sweep(at: number, bytes: number): number;
    mulAdd(rounds: number): number;
  };
}

describe("the loops", () => {
  it("sweep over every vector of their range, once", async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    const { sweep } = await loops(memory);
    const lanes = new Uint32Array(memory.buffer);
    const bytes = 3 * SWEEP_STEP;
    const all = new Set<number>();
    for (let at = 0; at < bytes; at += 16) {
      lanes[at / 4] = 1;
      all.add(sweep(0, bytes));
      lanes[at / 4] = 0;
    }
    expect([...all]).toEqual([1]);
    lanes[bytes / 4] = 1;
    expect(sweep(0, bytes)).toBe(0);
    expect(sweep(SWEEP_STEP, bytes)).toBe(1);
  });

  it("compute x · 0.999 + 0.001, again and again", async () => {
    const { mulAdd } = await loops(new WebAssembly.Memory({ initial: 0, maximum: 0 }));
    const bits = (x: number) => new Uint32Array(Float32Array.of(x).buffer)[0];
    // A sum that begins at k comes to 1 + (k − 1) · 0.999⁴ after a round of four.
    const once = Array.from({ length: 13 }, (_, k) => {
      const [x, y] = [Math.fround(0.999), Math.fround(0.001)];
      let sum = k;
      for (let i = 0; i < 4; i++) sum = Math.fround(Math.fround(sum * x) + y);
      return bits(sum);
    });
    expect(mulAdd(1)).toBe(once.reduce((a, b) => (a + b) | 0, 0));
  });
});

describe("sweepSizes", () => {
  it("gives every thread as much, in memories of at most 1 GiB and whole steps", () => {
    expect(sweepSizes(10_000, 2)).toEqual([[4864], [4864]]);
    expect(sweepSizes(1, 3)).toEqual([[SWEEP_STEP], [SWEEP_STEP], [SWEEP_STEP]]);
    const [first, second] = sweepSizes(5e9, 2);
    expect(first).toEqual([2 ** 30, 2 ** 30, 352516352]);
    expect(second).toEqual(first);
  });
});

describe("LimitsMeter", () => {
  it("measures on threads of its own", async () => {
    const meter = await LimitsMeter.start({ threads: 2, bytes: 2 ** 20 });
    try {
      await meter.round();
      const first = meter.best;
      await meter.round();
      const { best, rounds } = meter;
      expect(rounds).toBe(2);
      expect(best).toMatchObject({ threads: 2, sweepBytes: 2 ** 20 });
      expect(first.sweepGigabytesPerSecond).toBeGreaterThan(0);
      expect(best.sweepGigabytesPerSecond).toBeGreaterThanOrEqual(first.sweepGigabytesPerSecond);
      expect(best.mulAddGigaflops).toBeGreaterThanOrEqual(first.mulAddGigaflops);
      const hasFma = WebAssembly.validate(limitsModule("fma"));
      expect(best.fmaGigaflops === null).toBe(!hasFma);
    } finally {
      meter.end();
    }
  });

  it("fails as its threads do", async () => {
    const plain = await WebAssembly.compile(limitsModule("sweep and mulAdd"));
    const starting = ThreadTeam.start({ plain }, [[SWEEP_STEP], [2 ** 33]]); // no memory has 8 GiB
    await expect(starting).rejects.toThrow("initial");
  });
});
