import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Allocator } from "../../../../src/backend/wasm/memory/allocator.ts";

const [BEGIN, END] = [64, 64 * 65];

/** Takes some bytes, or frees the one of those taken that comes at that place. */
const step = fc.oneof(
  fc.record({ take: fc.integer({ min: 0, max: 700 }) }),
  fc.record({ free: fc.nat(20) }),
);

describe("the allocator", () => {
  it("never gives a byte twice, and gets everything back", () => {
    const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const room = new Allocator(BEGIN, END);
      const taken: { begin: number; end: number }[] = [];
      for (const one of steps) {
        if ("free" in one) {
          if (taken.length === 0) continue;
          const [{ begin }] = taken.splice(one.free % taken.length, 1);
          room.free(begin);
          continue;
        }
        const { largest } = room;
        const begin = room.take(one.take);
        // Stretches are whole lines of 64 bytes, so what is free is, too.
        expect(begin !== undefined).toBe(Math.max(1, one.take) <= largest);
        if (begin === undefined) continue;
        const mine = { begin, end: begin + one.take };
        expect(begin % 64).toBe(0);
        expect(begin).toBeGreaterThanOrEqual(BEGIN);
        expect(mine.end).toBeLessThanOrEqual(END);
        for (const other of taken) {
          expect(mine.begin >= other.end || mine.end <= other.begin).toBe(true);
          expect(begin).not.toBe(other.begin); // not even where nothing was asked for
        }
        taken.push(mine);
        expect(room.used).toBeGreaterThanOrEqual(Math.max(...taken.map(({ end }) => end)));
      }
      expect(room.isEmpty).toBe(taken.length === 0);
      for (const { begin } of taken) room.free(begin);
      expect([room.isEmpty, room.used, room.largest]).toEqual([true, 0, END - BEGIN]);
      expect(room.take(END - BEGIN)).toBe(BEGIN);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it("leaves alone what is freed and was not taken", () => {
    const room = new Allocator(BEGIN, END);
    const at = room.take(100) as number;
    room.free(at + 64);
    room.free(0);
    expect(room.largest).toBe(END - BEGIN - 128);
    room.free(at);
    room.free(at);
    expect(room.largest).toBe(END - BEGIN);
  });
});
