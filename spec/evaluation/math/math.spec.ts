/** Answers to problems in mathematics, held against lm-evaluation-harness: fixtures/evaluation/README.md. */
import { describe, expect, it } from "vitest";
import { hellaswagText } from "../../../src/evaluation/filters/hellaswag.ts";
import { agievalAnswer, agievalEquivalent } from "../../../src/evaluation/math/agieval.ts";
import { insideBox, lastBoxed } from "../../../src/evaluation/math/boxed.ts";
import { minervaFinalAnswer, minervaNormalized } from "../../../src/evaluation/math/minerva.ts";
import { plainLatex } from "../../../src/evaluation/math/plain-latex.ts";
import { readJson } from "../../support/goldens.ts";

interface Case {
  readonly text: string;
  readonly result: string;
}

const goldens = readJson<{
  hellaswag_preprocess: Case[];
  agieval_math: {
    a: string;
    b: string;
    parsed_a: string | null;
    parsed_b: string | null;
    equivalent: boolean;
  }[];
  minerva_normalize: Case[];
  minerva_final: Case[];
  minerva_boxed: { text: string; last_boxed: string | null; inside: string | null }[];
}>("evaluation/filters.json");

describe("texts are rewritten as by the harness", () => {
  it("HellaSwag's", () => {
    for (const { text, result } of goldens.hellaswag_preprocess) {
      expect(hellaswagText(text)).toBe(result);
    }
  });

  it("AGIEval's answers", () => {
    for (const { a, b, ...expected } of goldens.agieval_math) {
      const result = {
        parsed_a: agievalAnswer(a) ?? null,
        parsed_b: agievalAnswer(b) ?? null,
        equivalent: agievalEquivalent(a, b),
      };
      expect(result, `${a} | ${b}`).toEqual(expected);
    }
  });

  it("Minerva's answers", () => {
    for (const { text, result } of goldens.minerva_normalize) {
      expect(minervaNormalized(text), text).toBe(result);
    }
    for (const { text, result } of goldens.minerva_final) {
      expect(minervaFinalAnswer(text), text).toBe(result);
    }
    for (const { text, last_boxed, inside } of goldens.minerva_boxed) {
      const boxed = lastBoxed(text);
      expect([boxed ?? null, (boxed && insideBox(boxed)) ?? null], text).toEqual([
        last_boxed,
        inside,
      ]);
    }
  });
});

describe("one spelling of a formula", () => {
  it("is that of the rules", () => {
    expect(plainLatex("k = \\dfrac1{72}")).toBe("\\frac{1}{72}");
    expect(plainLatex(".5")).toBe("\\frac{1}{2}");
    expect(plainLatex("-1/2")).toBe("\\frac{-1}{2}");
    expect(plainLatex("01/2")).toBe("01/2");
    expect(plainLatex("90^\\circ\\text{ of arc}")).toBe("90");
    expect(plainLatex("\\frac3")).toBe("\\frac3");
  });

  it("is not there where the rules break", () => {
    const broken = ["\\frac", "\\sqrt", "1\\text{ a}\\text{ b}"];
    expect(broken.map(plainLatex)).toEqual([undefined, undefined, undefined]);
    expect(agievalEquivalent("$\\sqrt$", "$\\sqrt$")).toBe(true);
    expect(agievalEquivalent("$\\sqrt$", "$\\frac$")).toBe(false);
  });
});
