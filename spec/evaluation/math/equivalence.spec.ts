/** Answers compared, held against SymPy's verdicts on the same pairs: fixtures/evaluation/README.md. */
import { describe, expect, it } from "vitest";
import { mathEquivalence } from "../../../src/evaluation/math/equivalence.ts";
import { minervaMath } from "../../../src/evaluation/tasks/maths/math.ts";
import { readJson } from "../../support/goldens.ts";

type Pair = readonly [kind: string, a: string, b: string, isSame: boolean];

const pairs = readJson<Pair[]>("evaluation/math-equivalence.json");

/** Where SymPy says otherwise, and why. It is right about the sums and the like, which are not computed here. */
const DIFFER: Readonly<Record<string, readonly string[]>> = {
  // SymPy computes decimals in binary, and a little is left of the difference.
  "equal, with decimals": [
    ...["0.1+0.2 | 0.3", "0.1x+0.2x | 0.3x", "2^{0.5} | \\sqrt{2}"],
    "6.02\\times 10^{23} | 602\\times10^{21}",
  ],
  "equal, and not seen by simplify": ["\\lceil x\\rceil | -\\lfloor -x\\rfloor"],
  "unknown: sums, limits, integrals, derivatives": [
    "\\frac{d}{dx}x^2 | 2x",
    ...["\\int x dx | \\frac{x^2}{2}", "\\int_0^1 x dx | \\frac12"],
    "\\lim_{x\\to 0}\\frac{\\sin x}{x} | 1",
    ...["\\prod_{k=1}^{3}k | 6", "\\sum_{k=1}^{3}k | 6"],
  ],
};

const verdict = (a: string, b: string): string => {
  const { verdict, by } = mathEquivalence(a, b);
  return `${verdict}: ${by}`;
};

describe("two answers are the same", () => {
  it("where SymPy says so, but for the pairs that are listed", () => {
    const differ = pairs
      .filter(([, a, b, isSame]) => (mathEquivalence(a, b).verdict === "same") !== isSame)
      .map(([, a, b]) => `${a} | ${b}`);
    expect(differ.sort()).toEqual(Object.values(DIFFER).flat().sort());
  });

  it("whichever comes first", () => {
    for (const [, a, b] of pairs) {
      expect(mathEquivalence(b, a).verdict, `${a} | ${b}`).toBe(mathEquivalence(a, b).verdict);
    }
  });

  it("for a reason", () => {
    expect(verdict("\\frac{1}{\\sqrt{2}}", "\\frac{\\sqrt2}{2}".replace("t2", "t{2}"))).toBe(
      "same: algebra",
    );
    expect(verdict("\\sqrt{2}", "1.41421356237309505")).toBe("different: algebra");
    expect(verdict("10^{20}+1", "10^{20}")).toBe("different: algebra");
    expect(verdict("\\sqrt{3+2\\sqrt{2}}", "1+\\sqrt{2}")).toBe("same: numbers");
    expect(verdict("\\sqrt{x^2}", "x")).toBe("different: numbers");
    expect(verdict("(1,2)", "(1,2)")).toBe("unknown: unreadable");
    expect(verdict("x<3", "x<3")).toBe("unknown: relation");
    expect(verdict("\\frac{1}{0}", "\\frac10")).toBe("unknown: undefined");
  });

  it("as far as they are read, and it says how far that is", () => {
    expect(mathEquivalence("3,4", "3")).toEqual({ verdict: "same", by: "algebra", isWhole: false });
    expect(mathEquivalence("3", "3").isWhole).toBe(true);
    expect(mathEquivalence("x^(2)", "x").isWhole).toBe(false);
    expect(mathEquivalence("3)\\%", "3").isWhole).toBe(false);
  });

  it.each([
    ..."( | { f( |x \\frac{ \\log_{2 \\sin - ! x! ^ x^ x^{ x_ x+ x* x/ x< 1, 9^{9^{9}}".split(" "),
    "(a+b+c+d)^{60}",
  ])("or not, and never more: %s, again and again", (part) => {
    for (const times of [1, 20, 200, 5000]) {
      const text = part.repeat(times);
      for (const other of ["1", text]) mathEquivalence(text, other);
    }
  });
});

describe("a task of MATH", () => {
  it("is scored by it, and says what is undecided", async () => {
    const { prepare, score } = minervaMath("algebra");
    const solution = "it is $\\boxed{\\frac{1}{2}}$? No: $\\boxed{\\dfrac{3}{4}}$";
    const document = prepare?.({ problem: "", solution }) ?? {};
    const scored = (answer: string) => {
      const text = `Final Answer: The final answer is $${answer}$. I hope it is correct.`;
      return score?.(document, [{ responses: [{ text }] }] as never);
    };
    expect(await scored("0.75")).toEqual({ exact_match: 1, undecided: 0 });
    expect(await scored("0.7")).toEqual({ exact_match: 0, undecided: 0 });
    expect(await scored("(3,4)")).toEqual({ exact_match: 0, undecided: 1 });
  });
});
