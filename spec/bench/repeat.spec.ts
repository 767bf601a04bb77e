import { describe, expect, it } from "vitest";
import { longEnough } from "../../src/bench/repeat.ts";

/** Work of so many seconds each, and how often it was asked for. */
function work(seconds: number) {
  const asked: number[] = [];
  return {
    asked,
    async run(times: number) {
      asked.push(times);
      return times * seconds;
    },
  };
}

describe("longEnough", () => {
  it("repeats until it takes 50 ms, meaning 100", async () => {
    const { run, asked } = work(0.004);
    expect(await longEnough(run, { most: 1000 })).toEqual({ times: 16, seconds: 0.064 });
    expect(asked).toEqual([1, 16]); // 25 would do: the first seconds may be those of a start
    expect(await longEnough(run, { from: 10, most: 1000 })).toEqual({ times: 25, seconds: 0.1 });
  });

  it("does once what is long enough", async () => {
    const { run, asked } = work(0.05);
    await longEnough(run, { most: 1000 });
    expect(asked).toEqual([1]);
  });

  it("ends with the most, also where nothing takes any time", async () => {
    const { run, asked } = work(0);
    expect(await longEnough(run, { most: 300 })).toEqual({ times: 300, seconds: 0 });
    expect(asked).toEqual([1, 16, 256, 300]);
  });
});
