import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { turnOfTheEventLoop } from "../../../src/event-loop.ts";
import { Places } from "../../../src/generation/batch/places.ts";

describe("places", () => {
  it("are taken in order while one is free, and all come in, whoever gives up", async () => {
    const visitor = fc.record({
      size: fc.integer({ min: 1, max: 9 }),
      stay: fc.nat(3),
      patient: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(visitor, { maxLength: 12 }),
        fc.integer({ min: 1, max: 6 }),
        async (visitors, count) => {
          const places = new Places(count);
          let taken = 0;
          const order: number[] = [];
          const visits = visitors.map(async ({ size, stay, patient }, i) => {
            const abort = new AbortController();
            if (!patient) void turnOfTheEventLoop().then(() => abort.abort("enough"));
            const leave = await places.enter(size, abort.signal);
            order.push(i);
            expect(taken).toBeLessThan(count);
            taken += size;
            for (let t = 0; t < stay; t++) await turnOfTheEventLoop();
            taken--;
            leave(1);
            taken -= size - 1;
            leave();
            leave(); // nothing is left to give back
          });
          const settled = await Promise.allSettled(visits);
          expect(order).toEqual([...order].sort((a, b) => a - b));
          for (const [i, { status }] of settled.entries()) {
            if (visitors[i].patient) expect([i, status]).toEqual([i, "fulfilled"]);
            if (status === "rejected") expect(settled[i]).toMatchObject({ reason: "enough" });
          }
          for (let i = 0; i < count; i++) await places.enter(); // all are free again
        },
      ),
      { numRuns: 60, seed: 5 },
    );
  });
});
