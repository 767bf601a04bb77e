/**
 * Operators of templates, as Python's. Division by `/` gives a float there, of which JavaScript has no kind of its own: it is
 * refused.
 * @module
 */
import { pythonStr } from "../../python/literal.ts";
import { defined, equal, items, TemplateProblem } from "./value.ts";

type Operator = (left: unknown, right: unknown) => unknown;

function contains(whole: unknown, part: unknown): boolean {
  if (typeof whole === "string") return whole.includes(pythonStr(part));
  return items(whole).some((one) => equal(one, part));
}

const number =
  (compute: (a: number, b: number) => number): Operator =>
  (left, right) => {
    const [a, b] = [left, right].map((one) => (typeof one === "boolean" ? Number(one) : one));
    if (typeof a === "number" && typeof b === "number") return compute(a, b);
    throw new TemplateProblem("arithmetic with something that is no number");
  };

const added: Operator = (left, right) => {
  if (typeof left === "string" && typeof right === "string") return left + right;
  if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
  return number((a, b) => a + b)(left, right);
};

const times: Operator = (left, right) => {
  if (typeof left === "string" && typeof right === "number") {
    // No prompt is longer; a template from elsewhere shall not fill the memory.
    if (left.length * right > 1e6) throw new TemplateProblem("a text repeated very often");
    return left.repeat(Math.max(0, Math.trunc(right)));
  }
  return number((a, b) => a * b)(left, right);
};

const ordered =
  (test: (order: number) => boolean): Operator =>
  (left, right) => {
    if (typeof left === "string" && typeof right === "string") {
      const [a, b] = [left, right].map((one) => [...one].map((point) => point.codePointAt(0) ?? 0));
      const at = a.findIndex((point, i) => point !== b[i]);
      return test(at < 0 ? a.length - b.length : a[at] - (b[at] ?? -1));
    }
    return test(number((a, b) => a - b)(left, right) as number);
  };

const OPERATORS: Readonly<Record<string, Operator>> = {
  "==": equal,
  "!=": (left, right) => !equal(left, right),
  in: (left, right) => contains(right, left),
  "not in": (left, right) => !contains(right, left),
  "~": (left, right) => pythonStr(left) + pythonStr(right),
  "+": added,
  "*": times,
  "-": number((a, b) => a - b),
  "//": number((a, b) => Math.floor(a / b)),
  "%": number((a, b) => a - b * Math.floor(a / b)),
  "**": number((a, b) => a ** b),
  "<": ordered((order) => order < 0),
  ">": ordered((order) => order > 0),
  "<=": ordered((order) => order <= 0),
  ">=": ordered((order) => order >= 0),
};

/** `left OPERATOR right`, both known. */
export function operate(operator: string, left: unknown, right: unknown): unknown {
  if (!Object.hasOwn(OPERATORS, operator)) {
    throw new TemplateProblem(`the operator ${operator}`, true);
  }
  return OPERATORS[operator](defined(left), defined(right));
}
