/**
 * The value of an expression at a point: where each letter is a complex number.
 * @module
 */
import { toNumber } from "../exact/rational.ts";
import type { Expression } from "../latex/tree.ts";
import { add, type Complex, FUNCTIONS, multiply, ONE, power, size } from "./complex.ts";

/** The numbers of letters, and of functions that only have a name. */
export type Point = (name: string) => Complex;

/** A value, and the largest one on the way to it: digits that it has lost. */
export interface Evaluated {
  readonly value: Complex;
  readonly largest: number;
}

/** The value of the expression; NaN where it has none, or where it is a function that is not known here. */
export function evaluateAt(expression: Expression, point: Point): Evaluated {
  let largest = 0;
  const valueAt = (part: Expression): Complex => {
    const value = compute(part);
    largest = Math.max(largest, size(value));
    return value;
  };
  const compute = (part: Expression): Complex => {
    switch (part.kind) {
      case "number":
        return [toNumber(part.value), 0];
      case "symbol":
        return point(part.name);
      case "sum":
        return part.parts.map(valueAt).reduce(add);
      case "product":
        return part.parts.map(valueAt).reduce(multiply, ONE);
      case "power":
        return power(valueAt(part.base), valueAt(part.exponent));
      case "call": {
        const inputs = part.inputs.map(valueAt);
        if (Object.hasOwn(FUNCTIONS, part.name)) return FUNCTIONS[part.name](...inputs);
        return part.name.startsWith("apply ") ? applied(part.name, inputs, point) : [Number.NaN, 0];
      }
      default:
        return [Number.NaN, 0];
    }
  };
  const value = valueAt(expression);
  return { value, largest };
}

/** Some function, the same wherever it has the same name: e^(c·z) + z, c by the name and the place of the argument. */
function applied(name: string, inputs: readonly Complex[], point: Point): Complex {
  return inputs
    .map((input, i) =>
      add(FUNCTIONS.exp(multiply(point(`${name} ${i} ${inputs.length}`), input)), input),
    )
    .reduce(multiply, ONE);
}
