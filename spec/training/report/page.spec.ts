import { describe, expect, it } from "vitest";
import { trainingPage } from "../../../src/training/report/page.ts";
import type { RunView } from "../../../src/training/report/view.ts";
import { parseXml } from "../../support/xml.ts";

const reports = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    ...{ step: i + 1, steps: count, loss: 5 / (i + 1), targets: 100, gradientNorm: 1, lr: 1e-3 },
    ...{ tokensPerSecond: 2000, secondsLeft: 1, ...(i % 50 === 49 && { validLoss: 0.75 }) },
  }));

describe("trainingPage", () => {
  it("is one file that loads nothing, and XML, whatever stands in it", () => {
    const page = trainingPage(reports(3), {
      title: 'A <script>alert("1")</script> & more',
      settings: { model: "<b>", lr: 1e-3, none: null },
    });
    parseXml(page.replace("<!DOCTYPE html>\n", ""));
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain("<dt>lr</dt><dd>0.001</dd>");
    expect(page).not.toContain("<dt>none</dt>");
  });

  it("has the curve, the losses of validation, and some of many steps in a table", () => {
    const page = trainingPage(reports(1000), { title: "t" });
    const points = /<polyline class="learnt" points="([^"]*)"/.exec(page)?.[1].split(" ") ?? [];
    expect(points).toHaveLength(400);
    expect(page.match(/<circle /g)).toHaveLength(20);
    const rows = page.match(/<tr><td>/g) ?? [];
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.length).toBeLessThan(125);
    expect(page).toContain("<tr><td>1000</td>");
    expect(page).toContain("Every 10th of 1000 steps.");
  });

  it("bears one step, and losses that are no numbers", () => {
    expect(trainingPage(reports(1))).toContain("<svg");
    const page = trainingPage(reports(2).map((report) => ({ ...report, loss: Number.NaN })));
    expect(page).toContain("No step has a finite loss.");
  });

  it("shows other curves than the loss, with a second one beside, and their figures in the table", () => {
    const view: RunView<ReturnType<typeof reports>[number]> = {
      curves: [
        {
          ...{ title: "Reward", legend: "each step", text: "More is better." },
          line: { name: "reward", value: ({ step }) => step },
          beside: { name: "rule", value: ({ step }) => -step, legend: "the rule" },
        },
      ],
      figures: [{ name: "r", head: "mean reward", value: ({ step }) => step, digits: 1 }],
      counted: "answers",
    };
    const page = trainingPage(reports(3), { view });
    expect(page).toContain('aria-label="Reward over 3 steps, from 1.000 to 3.000"');
    expect(page).toContain('<span class="valid"><b></b>the rule</span>');
    expect(page.match(/<circle /g)).toHaveLength(3);
    expect(page).toContain("<th>step</th><th>mean reward</th><th>answers</th>");
    expect(page).toContain("<td>3</td><td>3.0</td>");
    expect(page).toContain("mean reward 1.000 to 3.000");
    expect(page).not.toContain("loss");
  });

  it("refuses to show nothing", () => {
    expect(() => trainingPage([])).toThrow('"reports" expected reports of steps');
  });
});
