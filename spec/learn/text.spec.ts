/** What the script of the road does with a text (docs/learn/build/text): markers, regions, formulas, rules. */
import { describe, expect, it } from "vitest";
import { explorerFaults, formFaults, wordFaults } from "../../docs/learn/build/text/form.ts";
import { fill } from "../../docs/learn/build/text/markers.ts";
import { digits, fixed, power } from "../../docs/learn/build/text/numbers.ts";
import { regionOf } from "../../docs/learn/build/text/regions.ts";
import { texToMathml } from "../../docs/learn/build/text/tex.ts";
import { parseXml } from "../support/xml.ts";

const FILLING = {
  figure: (name: string) => `[${name}]`,
  block: (kind: string, name: string) => `${kind} ${name}`,
};

describe("markers", () => {
  it("are filled, again and again", () => {
    const page = "a <!--=b-->old<!--/--> c\n\n<!-- code: f#g -->\nold\n\nold\n<!-- /code -->\n";
    const filled = "a <!--=b-->[b]<!--/--> c\n\n<!-- code: f#g -->\ncode f#g\n<!-- /code -->\n";
    expect(fill(page, FILLING)).toBe(filled);
    expect(fill(filled, FILLING)).toBe(filled);
  });

  it("do not begin a line, where Markdown would take it for HTML", () => {
    expect(fill("a word\n<!--=b--><!--/-->", FILLING)).toBe("a\nword <!--=b-->[b]<!--/-->");
    expect(() => fill("<!--=b--><!--/-->", FILLING)).toThrow(/begins with a figure/);
  });

  it.each([
    "<!--=b-->1",
    "<!-- code: a -->\n",
    "<!-- picutre: a -->\n<!-- /picutre -->",
    "1<!--/-->",
  ])("without a partner, or unknown, are an error: %s", (page) => {
    expect(() => fill(`a ${page}`, FILLING)).toThrow(/without its partner/);
  });
});

describe("a region", () => {
  const source = "a\n  // #region x\n  b\n    c\n  // #endregion\nd";

  it("is moved to the left margin", () => {
    expect(regionOf(source, "x", "f.ts")).toBe("b\n  c");
  });

  it("that is missing, open, doubled or too long is an error", () => {
    expect(() => regionOf(source, "y", "f.ts")).toThrow('f.ts: 0 regions "y"');
    expect(() => regionOf("// #region x\n", "x", "f.ts")).toThrow("does not end");
    expect(() => regionOf(`${source}\n${source}`, "x", "f.ts")).toThrow("2 regions");
    const long = `// #region x\n${"a\n".repeat(26)}// #endregion`;
    expect(() => regionOf(long, "x", "f.ts")).toThrow("26 lines, more than 25");
  });
});

describe("a formula", () => {
  it("becomes MathML", () => {
    const mathml = texToMathml(
      "y_d = \\frac{x_d}{\\sqrt{\\sum_i x_i^2 + \\varepsilon}} \\cdot (1 + w_d)",
    );
    expect(mathml).toContain("<mfrac><msub><mi>x</mi><mi>d</mi></msub><msqrt>");
    expect(mathml).toContain("<munder><mo>∑</mo><mi>i</mi></munder>");
    expect(mathml).toContain("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>");
    expect(() => parseXml(mathml)).not.toThrow();
  });

  it("of several lines is aligned", () => {
    const mathml = texToMathml("\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}");
    expect(mathml.match(/<mtr>/g)).toHaveLength(2);
  });

  it("with an unknown command, or that ends too early, is an error", () => {
    expect(() => texToMathml("\\oint x")).toThrow("\\oint is not known");
    expect(() => texToMathml("\\frac{a}")).toThrow("ends too early");
    expect(() => texToMathml("{a")).toThrow("ends too early");
  });
});

describe("numbers", () => {
  it("have a minus, and the digits that count", () => {
    expect([fixed(-0.32421), fixed(-0.00001), fixed(-176.55, 1)]).toEqual([
      "−0.3242",
      "0.0000",
      "−176.6",
    ]);
    expect([digits(197.34), digits(4.7318), digits(0.0123)]).toEqual(["197", "4.73", "0.0123"]);
    expect([power(4.8e-6), power(-3.9e-14)]).toEqual(["4.8 · 10⁻⁶", "−3.9 · 10⁻¹⁴"]);
  });
});

describe("the rules of a page", () => {
  it("find what is missing", () => {
    expect(formFaults(3, "# 3 · RMSNorm\n\ntext").length).toBeGreaterThan(5);
  });

  it("find a word that comes too early, and one that nobody introduces", () => {
    const faults = wordFaults(1, "A **[token](glossary.md#token)** goes through the softmax.");
    expect(faults).toEqual([
      "0 introductions of BOS",
      '"softmax" is used before page 5 introduces Softmax',
    ]);
  });

  it("find what the explorer does not know", () => {
    expect(explorerFaults("../explorer/#p=Mira&panel=rmsnorm")).toEqual([]);
    expect(explorerFaults("../explorer/#p=Mira")).toEqual(["no panel is opened"]);
    expect(explorerFaults("../explorer/#panel=rmsnorn&pso=1")).toHaveLength(3);
  });
});
