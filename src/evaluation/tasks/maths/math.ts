/**
 * MATH (Hendrycks et al. 2021, arXiv:2103.03874): problems of competitions in seven subjects, asked as Minerva was (Lewkowycz et al. 2022, arXiv:2206.14858).
 * @module
 */
import { insideBox, lastBoxed } from "../../math/boxed.ts";
import { mathEquivalence } from "../../math/equivalence.ts";
import { minervaFinalAnswer, minervaNormalized } from "../../math/minerva.ts";
import type { Continued } from "../../requests/request.ts";
import type { TaskDocument, TaskSpec } from "../../task/spec.ts";

/** Decides whether two normalised answers are the same number, set or formula. What it is called stands in the results. */
export interface Equivalence {
  /** What results call it. */
  readonly name: string;
  /** Undefined: it cannot tell. */
  isSame(answer: string, gold: string): boolean | undefined;
}

/** Equal only where they are written alike, once normalised: too strict where a fraction is given as a decimal. */
export const WRITTEN_ALIKE: Equivalence = {
  name: "normalised texts",
  isSame: (answer, gold) => answer.trim() === gold.trim(),
};

/** Compared as formulas, without SymPy: {@link mathEquivalence}. */
export const SAME_FORMULA: Equivalence = {
  name: "formulas compared without SymPy",
  isSame(answer, gold) {
    const { verdict } = mathEquivalence(answer, gold);
    return verdict === "unknown" ? undefined : verdict === "same";
  },
};

/** The subjects, as the data names them. */
export const MATH_SUBJECTS: readonly string[] = [
  ...["algebra", "counting_and_probability", "geometry", "intermediate_algebra"],
  ...["number_theory", "prealgebra", "precalculus"],
];

/** Adds the answer that is in the solution's box. */
export function minervaDocument(document: TaskDocument): TaskDocument {
  const boxed = lastBoxed(String(document.solution));
  const answer = boxed === undefined ? undefined : insideBox(boxed);
  return { ...document, answer: minervaNormalized(answer ?? "") };
}

/** What stands before a solution. */
export function minervaQuestion({ problem }: TaskDocument): string {
  return `Problem:\n${problem}\n\nSolution:`;
}

/**
 * One subject. The four shots are the paper's (its appendix D.2), `{ problem, solution }`: give them as the split `shots`.
 * @param equivalence decides what is the same; its verdicts, not SymPy's, are what the figure rests on. Default {@link SAME_FORMULA}.
 */
export function minervaMath(subject: string, equivalence: Equivalence = SAME_FORMULA): TaskSpec {
  return {
    name: `minerva_math_${subject}`,
    kind: "generate",
    splits: { test: "test", shots: "shots" },
    prepare: minervaDocument,
    text: minervaQuestion,
    target: "{{answer}}",
    shots: { count: 4, sampler: "first", target: "{{solution}}" },
    generation: { until: ["Problem:"] },
    metrics: [{ metric: "exact_match" }, { metric: "undecided", higherIsBetter: false }],
    score({ answer }, [{ responses }]) {
      const [{ text }] = responses as readonly Continued[];
      const given = minervaNormalized(minervaFinalAnswer(text));
      const verdict = equivalence.isSame(given, String(answer));
      return { exact_match: Number(verdict === true), undecided: Number(verdict === undefined) };
    },
    source: {
      dataset: "EleutherAI/hendrycks_math",
      subset: subject,
      fields: ["problem", "solution"],
      licence: "MIT; the original copy was withdrawn",
      paper: "arXiv:2103.03874",
    },
    report: "MATH",
    differsFromReport: "4 shots as here. The harness decides by sympy, within 5 seconds.",
    judgedBy: equivalence.name,
    version: 3,
  };
}
