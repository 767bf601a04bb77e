import { describe, expect, it } from "vitest";
import type { Io } from "../../../src/cli/io.ts";
import { curveLines } from "../../../src/cli/training/curve.ts";
import { RunDisplay, reportLine } from "../../../src/cli/training/display.ts";
import { fewPoints } from "../../../src/training/report/points.ts";
import { LOSS_VIEW, type RunView } from "../../../src/training/report/view.ts";

const report = (step: number, steps: number, loss: number) => ({
  ...{ step, steps, loss, targets: 1234, gradientNorm: 1.234, lr: 1e-3 },
  ...{ tokensPerSecond: 2001.4, secondsLeft: 125 },
});

describe("curveLines", () => {
  it("by hand: a fall and a plain, in two columns and four rows of dots a character", () => {
    // Steps 1 to 4 in the columns 0 to 3: rows 0, 7, 7, 7 of eight. The line down has rows 0 to 3 in column 0, the rest in column 1.
    const points = [4, 2, 2, 2].map((value, i) => ({ step: i + 1, value }));
    const lines = curveLines(points, 4, { columns: 10, lines: 2 });
    expect(lines).toEqual(["  4.000 \u2847\u2800", "  2.000 \u28b8\u28c0"]);
  });

  it("grows to the right: half a run takes half the columns", () => {
    const points = Array.from({ length: 50 }, (_, i) => ({ step: i + 1, value: 5 - i / 50 }));
    const [first, , last] = curveLines(points, 100, { columns: 28, lines: 3 });
    expect([...first.slice(8)].slice(10).every((c) => c === "\u2800")).toBe(true);
    expect([...last.slice(8)][9]).not.toBe("\u2800");
  });

  it("leaves out what is no number, and draws nothing of nothing", () => {
    expect(curveLines([], 10, { columns: 20, lines: 2 })).toEqual([]);
    const points = [1, Number.NaN, Number.POSITIVE_INFINITY].map((value, i) => ({
      step: i + 1,
      value,
    }));
    expect(curveLines(points, 3, { columns: 20, lines: 2 })).toHaveLength(2);
  });
});

it("fewPoints has means of steps side by side, where they lie", () => {
  const points = [8, 6, 4, 2].map((value, i) => ({ step: i + 1, value }));
  expect(fewPoints(points, 4, 2)).toEqual([
    { bucket: 0, step: 1.5, value: 7 },
    { bucket: 1, step: 3.5, value: 3 },
  ]);
});

it("a step is one line", () => {
  expect(reportLine({ ...report(25, 150, 0.94), validLoss: 1.01 }, LOSS_VIEW)).toBe(
    "step 25/150  loss 0.9400  valid 1.0100  1,234 targets  norm 1.23  lr 0.0010  2,001 tokens/s  2 min left",
  );
  expect(reportLine({ ...report(2, 2, 1), skipped: "the norm is NaN" }, LOSS_VIEW)).toBe(
    "step 2/2  loss 1.0000  1,234 targets  norm 1.23  lr 0.0010  2,001 tokens/s  skipped: the norm is NaN",
  );
});

describe("RunDisplay", () => {
  /** What is written on a stderr of so many columns; undefined is no terminal. */
  async function shown(columns: number | undefined, TERM?: string): Promise<string> {
    let text = "";
    const write = async (some: string) => {
      text += some;
    };
    const stderr = { isTerminal: columns !== undefined, columns, write };
    const display = new RunDisplay({ stderr, env: { TERM } } as unknown as Io, LOSS_VIEW);
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

  it("draws what each step has below one another, with names, and leaves what few have to the line", async () => {
    type Step = ReturnType<typeof report> & { rule?: number };
    const line = { name: "reward", value: ({ loss }: Step) => -loss, digits: 2 };
    const rule = { name: "rule", value: (step: Step) => step.rule, legend: "" };
    const rare = { name: "rare", value: ({ step }: Step) => (step === 2 ? 1 : undefined) };
    const view: RunView<Step> = {
      curves: [
        { title: "", line, legend: "", beside: rule, text: "" },
        { title: "", line: rare, legend: "", text: "" },
      ],
      figures: [line, rule, rare],
      counted: "answers",
      warnings: ({ step }) => (step === 1 ? ["they part"] : []),
    };
    let text = "";
    const write = async (some: string) => {
      text = some;
    };
    const stderr = { isTerminal: true, columns: 120, write };
    const display = new RunDisplay({ stderr, env: {} } as unknown as Io, view);
    for (const step of [1, 2]) await display.show({ ...report(step, 2, 4 / step), rule: step });
    await display.end();
    const lines = text.split("\u001b[J").at(-1)?.split("\n") ?? [];
    expect(lines.slice(0, 8).map((one) => one.slice(0, 8).trim())).toEqual(
      ["-2.000", "", "reward", "-4.000"].concat("2.000", "", "rule", "1.000"),
    );
    expect(lines[8]).toMatch(
      /^step 2\/2 {2}reward -2.00 {2}rule 2.0000 {2}rare 1.0000 {2}1,234 answers/,
    );
    expect(lines[9]).toBe("step 1: Warning: they part.");
  });
});
