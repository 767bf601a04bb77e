/**
 * Expressions, as they are read.
 * @module
 */
import type { Rational } from "../exact/rational.ts";

/** An expression. A difference is a sum with a factor −1, a quotient a product with a power −1. */
export type Expression =
  | { readonly kind: "number"; readonly value: Rational }
  | { readonly kind: "symbol"; readonly name: string }
  | { readonly kind: "infinity" }
  | { readonly kind: "sum" | "product"; readonly parts: readonly Expression[] }
  | { readonly kind: "power"; readonly base: Expression; readonly exponent: Expression }
  /** `sin`, `log`, `abs`, ..., or `apply f`, a function that only has a name. */
  | { readonly kind: "call"; readonly name: string; readonly inputs: readonly Expression[] }
  | { readonly kind: "relation"; readonly parts: readonly Expression[] };

export function sum(...parts: Expression[]): Expression {
  return { kind: "sum", parts };
}

export function product(...parts: Expression[]): Expression {
  return { kind: "product", parts };
}

export function power(base: Expression, exponent: Expression): Expression {
  return { kind: "power", base, exponent };
}

export function call(name: string, ...inputs: Expression[]): Expression {
  return { kind: "call", name, inputs };
}

/** A text that equal expressions have in common, if nothing but the order of sums and products differs. */
export function keyOf(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return `${expression.value.over}/${expression.value.under}`;
    case "symbol":
      return expression.name;
    case "infinity":
      return "∞";
    case "power":
      return `(${keyOf(expression.base)}^${keyOf(expression.exponent)})`;
    case "call":
      return `${expression.name}(${expression.inputs.map(keyOf).join()})`;
    case "relation":
      return `relation(${expression.parts.map(keyOf).join()})`;
    default:
      return `${expression.kind}(${expression.parts.map(keyOf).sort().join()})`;
  }
}

/** Whether `isSo` holds for a part of it. */
export function hasPart(expression: Expression, isSo: (part: Expression) => boolean): boolean {
  if (isSo(expression)) return true;
  return partsOf(expression).some((part) => hasPart(part, isSo));
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "sum":
    case "product":
    case "relation":
      return expression.parts;
    case "power":
      return [expression.base, expression.exponent];
    case "call":
      return expression.inputs;
    default:
      return [];
  }
}
