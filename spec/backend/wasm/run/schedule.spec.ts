import { describe, expect, it } from "vitest";
import type { Command, Phase } from "../../../../src/backend/wasm/run/command.ts";
import { Schedule } from "../../../../src/backend/wasm/run/schedule.ts";

/** A command that is known by its name. */
function named(name: string, chunks = 4): Command {
  return { kind: "read", name, chunks, perChunk: 1 } as unknown as Command;
}

/** The phases as names: parts side by side, commands of a part behind one another. */
function names(phases: readonly Phase[]): string[] {
  return phases.map(({ parts }) =>
    parts
      .map(({ commands }) =>
        commands.map((one) => (one as unknown as { name: string }).name).join("→"),
      )
      .join(" "),
  );
}

const [x, q, k, v, y] = ["x", "q", "k", "v", "y"].map((name) => ({ name }));

describe("the schedule", () => {
  it("puts side by side what does not depend on each other", () => {
    const schedule = new Schedule();
    expect(schedule.isEmpty).toBe(true);
    schedule.add(named("q"), { reads: [x], writes: [q] });
    schedule.add(named("k", 2), { reads: [x], writes: [k] });
    schedule.add(named("v", 3), { reads: [x], writes: [v] });
    schedule.add(named("y"), { reads: [q, k], writes: [y] });
    expect(schedule.isEmpty).toBe(false);
    const phases = schedule.take();
    expect(names(phases)).toEqual(["q k v", "y"]);
    expect(phases.map(({ chunks }) => chunks)).toEqual([9, 4]);
    expect(schedule.isEmpty).toBe(true);
    expect(schedule.take()).toEqual([]);
  });

  it.each([
    ["reads what was written", { reads: [x], writes: [] }],
    ["writes what was read", { reads: [], writes: [q] }],
    ["writes what was written", { reads: [], writes: [x] }],
  ])("makes wait what %s", (_, touched) => {
    const schedule = new Schedule();
    schedule.add(named("a"), { reads: [q], writes: [x] });
    schedule.add(named("other"), { reads: [k], writes: [v] });
    schedule.add(named("b"), touched);
    expect(names(schedule.take())).toEqual(["a other", "b"]);
  });

  it("never moves a command to a phase before the last", () => {
    const schedule = new Schedule();
    schedule.add(named("a"), { reads: [], writes: [x] });
    schedule.add(named("b"), { reads: [x], writes: [y] });
    schedule.add(named("c"), { reads: [], writes: [q] }); // could have been beside a
    schedule.add(named("d"), { reads: [y], writes: [x] });
    expect(names(schedule.take())).toEqual(["a", "b c", "d"]);
  });

  it("strings small commands together, so that threads wait once for all of them", () => {
    const schedule = new Schedule();
    schedule.add(named("a", 1), { reads: [], writes: [x] });
    schedule.add(named("b", 1), { reads: [x], writes: [x] });
    schedule.add(named("c", 1), { reads: [x], writes: [y] });
    schedule.add(named("large"), { reads: [y], writes: [q] });
    schedule.add(named("d", 1), { reads: [q], writes: [k] });
    const phases = schedule.take();
    expect(names(phases)).toEqual(["a→b→c", "large", "d"]);
    expect(phases.map(({ chunks }) => chunks)).toEqual([1, 4, 1]);
  });

  it("strings nothing to one of several that go side by side", () => {
    const schedule = new Schedule();
    schedule.add(named("a", 1), { reads: [], writes: [x] });
    schedule.add(named("b", 1), { reads: [], writes: [y] });
    schedule.add(named("c", 1), { reads: [y], writes: [q] });
    expect(names(schedule.take())).toEqual(["a b", "c"]);
  });

  it("knows what a string of small commands touches", () => {
    const schedule = new Schedule();
    schedule.add(named("a", 1), { reads: [], writes: [x] });
    schedule.add(named("b", 1), { reads: [x], writes: [y] });
    schedule.add(named("reads y"), { reads: [y], writes: [q] });
    schedule.add(named("free"), { reads: [k], writes: [v] });
    schedule.add(named("reads x"), { reads: [x], writes: [k] });
    expect(names(schedule.take())).toEqual(["a→b", "reads y free", "reads x"]);
  });

  it("puts side by side parts of a matmul, which write other columns", () => {
    const schedule = new Schedule();
    const matmul = { name: "one call" };
    for (const part of ["0", "1", "2"])
      schedule.add(named(part), { reads: [x], writes: [y] }, matmul);
    expect(names(schedule.take())).toEqual(["0 1 2"]);
  });

  it("makes parts wait for all that wrote there before, in parts or not", () => {
    const schedule = new Schedule();
    const [first, second] = [{ name: "one call" }, { name: "another" }];
    schedule.add(named("write"), { reads: [], writes: [y] });
    schedule.add(named("0"), { reads: [x], writes: [y] }, first);
    schedule.add(named("1"), { reads: [x], writes: [y] }, first);
    schedule.add(named("again 0"), { reads: [x], writes: [y] }, second);
    schedule.add(named("again 1"), { reads: [x], writes: [y] }, second);
    schedule.add(named("write again"), { reads: [], writes: [y] });
    expect(names(schedule.take())).toEqual(["write", "0 1", "again 0 again 1", "write again"]);
  });

  it("makes parts wait for a string that one of them is in", () => {
    const schedule = new Schedule();
    const matmul = { name: "one call" };
    schedule.add(named("write", 1), { reads: [], writes: [y] });
    schedule.add(named("0", 1), { reads: [x], writes: [y] }, matmul);
    schedule.add(named("1", 4), { reads: [x], writes: [y] }, matmul);
    expect(names(schedule.take())).toEqual(["write→0", "1"]);
  });
});
