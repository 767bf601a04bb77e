/** CPython's random.Random: draws made by CPython 3.11, fixtures/evaluation/README.md. */
import { describe, expect, it } from "vitest";
import { PythonRandom } from "../../src/python/random.ts";
import { readJson } from "../support/goldens.ts";

interface Draw {
  readonly n: number;
  readonly k: number;
  readonly result: readonly number[];
}

const { cases } = readJson<{
  cases: readonly {
    readonly seed: number;
    readonly getrandbits32: readonly number[];
    readonly random: readonly number[];
    readonly sample: readonly Draw[];
    readonly choices: readonly Draw[];
    readonly shuffle12: readonly number[];
    readonly randbelow: readonly number[];
  }[];
}>("evaluation/python-random.json");

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

describe("PythonRandom", () => {
  it.each(cases)("draws what CPython draws, from seed $seed", (golden) => {
    const random = new PythonRandom(golden.seed);
    expect(golden.getrandbits32.map(() => random.getrandbits(32))).toEqual(golden.getrandbits32);
    expect(golden.random.map(() => random.random())).toEqual(golden.random);
    for (const { n, k, result } of golden.sample)
      expect(random.sample(range(n), k)).toEqual(result);
    for (const { n, k, result } of golden.choices) {
      expect(random.choices(range(n), k)).toEqual(result);
    }
    const list = range(12);
    random.shuffle(list);
    expect(list).toEqual(golden.shuffle12);
    const bounds = [1, 2, 3, 10, 2 ** 31, 2 ** 32, 2 ** 40];
    expect(bounds.map((n) => random.randbelow(n))).toEqual(golden.randbelow);
  });

  it("takes the absolute value of a seed, and long ones", () => {
    expect(new PythonRandom(-1234).random()).toBe(new PythonRandom(1234).random());
    // CPython 3.11.7: random.Random(2**100 + 7).random(), .getrandbits(53), .choice(range(1000))
    const random = new PythonRandom(2n ** 100n + 7n);
    const draws = [random.random(), random.getrandbits(53), random.choice(range(1000))];
    expect(draws).toEqual([0.41604161323913513, 4818641176944310, 570]);
  });

  it("refuses what it cannot draw from", () => {
    expect(() => new PythonRandom(0.5)).toThrow('"seed" expected an integer, got 0.5');
    const random = new PythonRandom(0);
    expect(() => random.sample([1], 2)).toThrow('"k" expected an integer from 0 to 1, got 2');
    expect(() => random.choices([], 2)).toThrow('"population"');
    expect(() => random.choice([])).toThrow('"population"');
    expect(() => random.randbelow(0)).toThrow('"n"');
  });
});
