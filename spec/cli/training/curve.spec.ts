import { describe, expect, it } from "vitest";
import type { Io } from "../../../src/cli/io.ts";
import { curveLines } from "../../../src/cli/training/curve.ts";
import { LossDisplay, reportLine } from "../../../src/cli/training/display.ts";
import { fewPoints } from "../../../src/training/report/points.ts";

const report = (step: number, steps: number, loss: number) => ({
  ...{ step, steps, loss, targets: 1234, gradientNorm: 1.234, lr: 1e-3 },
  ...{ tokensPerSecond: 2001.4, secondsLeft: 125 },
});

describe("curveLines", () => {
  it("by hand: a fall and a plain, in two columns and four rows of dots a character", () => {
    // Steps 1 to 4 in the columns 0 to 3: rows 0, 7, 7, 7 of eight. The line down has rows 0 to 3 in column 0, the rest in column 1.
    const points = [4, 2, 2, 2].map((loss, i) => ({ step: i + 1, loss }));
    const lines = curveLines(points, 4, { columns: 10, lines: 2 });
    expect(lines).toEqual(["  4.000 \u2847\u2800", "  2.000 \u28b8\u28c0"]);
  });

  it("grows to the right: half a run takes half the columns", () => {
    const points = Array.from({ length: 50 }, (_, i) => ({ step: i + 1, loss: 5 - i / 50 }));
    const [first, , last] = curveLines(points, 100, { columns: 28, lines: 3 });
    expect([...first.slice(8)].slice(10).every((c) => c === "\u2800")).toBe(true);
    expect([...last.slice(8)][9]).not.toBe("\u2800");
  });

  it("leaves out what is no number, and draws nothing of nothing", () => {
    expect(curveLines([], 10, { columns: 20, lines: 2 })).toEqual([]);
    const points = [1, Number.NaN, Number.POSITIVE_INFINITY].map((loss, i) => ({
      step: i + 1,
      loss,
    }));
    expect(curveLines(points, 3, { columns: 20, lines: 2 })).toHaveLength(2);
  });
});

it("fewPoints has means of steps side by side, where they lie", () => {
  const points = [8, 6, 4, 2].map((loss, i) => ({ step: i + 1, loss }));
  expect(fewPoints(points, 4, 2)).toEqual([
    { bucket: 0, step: 1.5, loss: 7 },
    { bucket: 1, step: 3.5, loss: 3 },
  ]);
});

it("a step is one line", () => {
  expect(reportLine({ ...report(25, 150, 0.94), validLoss: 1.01 })).toBe(
    "step 25/150  loss 0.9400  valid 1.0100  1,234 targets  norm 1.23  lr 0.0010  2,001 tokens/s  2 min left",
  );
  expect(reportLine({ ...report(2, 2, 1), skipped: "the norm is NaN" })).toBe(
    "step 2/2  loss 1.0000  1,234 targets  norm 1.23  lr 0.0010  2,001 tokens/s  skipped: the norm is NaN",
  );
});

describe("LossDisplay", () => {
  /** What is written on a stderr of so many columns; undefined is no terminal. */
  async function shown(columns: number | undefined, TERM?: string): Promise<string> {
    let text = "";
    const write = async (some: string) => {
      text += some;
    };
    const stderr = { isTerminal: columns !== undefined, columns, write };
    const display = new LossDisplay({ stderr, env: { TERM } } as unknown as Io);
    for (let step = 1; step <= 200; step++) await display.show(report(step, 200, 5 / step));
    await display.end();
    return text;
  }

  it("draws over what it drew on a terminal, and leaves the last picture", async () => {
    const text = await shown(80);
    const pictures = text.split("\u001b[J").slice(1);
    // The mean of the two steps that share the first column of dots.
    expect(pictures.at(-1)).toMatch(/^ {2}3\.750 [\u2800-\u28ff]+\n(.*\n){7}step 200\/200 .*\n$/);
    expect(text).toContain("\u001b[9A"); // up over eight lines of the curve and one of figures
    for (const line of pictures.at(-1)?.split("\n") ?? []) expect(line.length).toBeLessThan(80);
  });

  it("has a line alone where a curve has no room", async () => {
    const pictures = (await shown(30)).split("\u001b[J").slice(1);
    expect(pictures.at(-1)).toMatch(/^step 200\/200 .*…\n$/);
  });

  it("says every so often how it goes where nothing can be drawn again", async () => {
    for (const text of [await shown(undefined), await shown(80, "dumb")]) {
      const lines = text.trimEnd().split("\n");
      expect(text).not.toContain("\u001b");
      expect([lines[0], lines.at(-1)].map((line) => line?.split("  ")[0])).toEqual([
        "step 1/200",
        "step 200/200",
      ]);
      expect(lines).toHaveLength(51);
    }
  });
});
