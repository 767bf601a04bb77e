/**
 * The answers of AGIEval's `math` (Zhong et al. 2023, arXiv:2304.06364): found in a text by boxes, dollars, equals signs and
 * numbers, in this order; compared as texts once their spelling is the same (`./plain-latex.ts`). As the harness does it
 * (`lm_eval/tasks/agieval/utils.py`).
 * @module
 */
import { pythonRegex } from "../../python/regex/regex.ts";
import { lstrip, rstrip } from "../../python/text.ts";
import { insideBox, throughClosingBrace } from "./boxed.ts";
import { plainLatex } from "./plain-latex.ts";

const DOLLARS = pythonRegex(String.raw`\$(.*)\$`);
const NUMBER = pythonRegex(String.raw`(?:\$)?\d+(?:\.\d+)?(?![\w\d])`);

/** The answer in a text; undefined where there is nothing that looks like an answer. */
export function agievalAnswer(text: string): string | undefined {
  const box = text.lastIndexOf("\\boxed");
  if (box >= 0) {
    const boxed = throughClosingBrace(text, box);
    // "\boxed {3}", with a space, is not an answer here.
    const inside = boxed?.startsWith("\\boxed{") ? insideBox(boxed) : undefined;
    return inside === undefined ? undefined : afterEquals(inside);
  }
  const [inDollars] = DOLLARS.findall(text).slice(-1) as string[];
  if (inDollars) {
    const answer = afterEquals(inDollars);
    if (answer !== "") return answer;
  }
  if (!text.includes("=")) return NUMBER.findall(text).pop() as string | undefined;
  // A backslash and an n: a line break that somebody has escaped.
  return rstrip(afterEquals(text), ".").split("\\n")[0];
}

/** Whether two texts have the same answer. Two texts without an answer have. */
export function agievalEquivalent(first: string, second: string): boolean {
  const [a, b] = [agievalAnswer(first), agievalAnswer(second)];
  const [plainA, plainB] = [a, b].map((answer) =>
    answer === undefined ? undefined : plainLatex(answer),
  );
  return plainA === undefined || plainB === undefined ? a === b : plainA === plainB;
}

function afterEquals(text: string): string {
  return text.includes("=") ? lstrip(text.split("=").pop() ?? "", " ") : text;
}
