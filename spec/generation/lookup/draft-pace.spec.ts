/** What drafts may cost, whatever becomes of them, by a clock that the specification holds. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DraftPace } from "../../../src/generation/lookup/draft-pace.ts";

/** Milliseconds of a pass of so many rows, as wasm has them: tiles of four. */
const cost = (rows: number) => (rows === 1 ? 1 : 1 + 0.65 * Math.ceil(rows / 4));

/** Feeds `tokens` tokens, of whose drafts `rightOf` says how many are right. → milliseconds. */
function run(pace: DraftPace, tokens: number, rightOf: (draft: number) => number): number {
  let [left, time] = [tokens, 0];
  while (left > 0) {
    const drafted = pace.length;
    const accepted = Math.min(drafted, rightOf(drafted));
    const ms = cost(1 + drafted);
    pace.passed(ms, drafted, accepted);
    time += ms;
    left -= 1 + accepted;
  }
  return time;
}

describe("DraftPace", () => {
  it("knows a pass of one row before it drafts", () => {
    const pace = new DraftPace(31);
    expect(pace.length).toBe(0);
    pace.passed(1, 0, 0);
    expect(pace.length).toBe(3);
  });

  it("loses 3 % of 100 tokens at most, where every draft is wrong", () => {
    for (const tokens of [100, 200, 1000]) {
      const time = run(new DraftPace(31), tokens, () => 0);
      expect(time / tokens).toBeLessThan(1 / 0.97);
    }
  });

  it("loses 8 % of 100 tokens at most, however right and wrong drafts follow one another", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), (rights) => {
        let at = 0;
        const time = run(new DraftPace(31), 100, (n) => (rights[at++ % rights.length] ? n : 0));
        expect(time / 100).toBeLessThan(1.08);
      }),
    );
  });

  it("lengthens drafts that are right, shortens those that are wrong, and keeps to the most", () => {
    const pace = new DraftPace(10);
    pace.passed(1, 0, 0);
    const lengths = [true, true, true, false, false, false].map((isRight) => {
      const { length } = pace;
      pace.passed(1.2, length, isRight ? length : 0);
      return length;
    });
    expect(lengths).toEqual([3, 7, 10, 10, 7, 3]);
  });

  it("gives several times the speed where all drafts are right, and none where a draft costs as much as its rows", () => {
    expect(run(new DraftPace(31), 200, (n) => n)).toBeLessThan(200 / 3);
    const dear = new DraftPace(31);
    dear.passed(1, 0, 0);
    dear.passed(4.2, 3, 3);
    expect(dear.length).toBe(0);
  });
});
