/** How the rows of a pass are shared: whatever waits, and however much. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Feed, shares } from "../../../src/model/turns/shares.ts";

const feed = fc.integer({ min: 1, max: 60 }).map((left): Feed => ({ left, isAnswer: false }));
const answer = fc.constant<Feed>({ left: 1, isAnswer: true });
const waiting = fc.array(fc.oneof(feed, answer), { minLength: 1, maxLength: 20 });
const maxRows = fc.integer({ min: 1, max: 40 });
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

describe("shares", () => {
  it("leave nobody out while there is a row, and give nobody more than it has", () => {
    fc.assert(
      fc.property(waiting, maxRows, (given, most) => {
        const rows = shares(given, most);
        expect(sum(rows)).toBeLessThanOrEqual(most);
        for (const [i, count] of rows.entries()) {
          expect(count).toBeLessThanOrEqual(given[i].left);
          expect(count).toBeGreaterThanOrEqual(i < most ? 1 : 0);
        }
      }),
    );
  });

  it("fill the pass, but where answers wait beside prompts: then a quarter of it, and a row of each", () => {
    fc.assert(
      fc.property(waiting, maxRows, (given, most) => {
        const isMixed =
          given.some(({ isAnswer }) => isAnswer) && given.some(({ left }) => left > 1);
        const limit = isMixed ? Math.max(given.length, Math.ceil(most / 4)) : most;
        const left = sum(given.map((one) => one.left));
        expect(sum(shares(given, most))).toBe(Math.min(left, limit, most));
      }),
    );
  });

  it("give what is left over to those that are done soonest", () => {
    const prompts = (...left: number[]) => left.map((n) => ({ left: n, isAnswer: false }));
    expect(shares(prompts(100, 100), 16)).toEqual([8, 8]);
    expect(shares(prompts(100, 12), 16)).toEqual([8, 8]);
    expect(shares(prompts(100, 2), 16)).toEqual([14, 2]);
    expect(shares(prompts(50, 4, 7), 17)).toEqual([6, 4, 7]);
    expect(shares(prompts(100, 9, 9, 9), 27)).toEqual([6, 9, 6, 6]);
    expect(shares([...prompts(100), { left: 1, isAnswer: true }], 64)).toEqual([15, 1]);
  });

  it("in turns serve all soon: who waits has a row within as many passes as it takes for all", () => {
    fc.assert(
      fc.property(waiting, maxRows, (given, most) => {
        let queue = given.map((one, i) => ({ ...one, i }));
        const since = given.map(() => 0);
        for (let pass = 0; queue.length > 0 && pass < 2000; pass++) {
          const rows = shares(queue, most);
          const bound = Math.ceil(given.length / most);
          for (const [at, one] of queue.entries()) {
            since[one.i] = rows[at] > 0 ? 0 : since[one.i] + 1;
            expect(since[one.i]).toBeLessThanOrEqual(bound);
          }
          const served = queue
            .filter((_, at) => rows[at] > 0)
            .map((one) => ({ ...one, left: one.left - rows[queue.indexOf(one)] }));
          const unserved = queue.filter((_, at) => rows[at] === 0);
          queue = [...unserved, ...served.filter(({ left }) => left > 0)];
        }
        expect(queue).toEqual([]);
      }),
    );
  });
});
