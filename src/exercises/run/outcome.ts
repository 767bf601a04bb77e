/**
 * What became of a call: its value, or why there is none that numbers could be compared with.
 * @module
 */
import type { Call, Value } from "../exercise.ts";
import type { PartName, Parts } from "../parts.ts";

/** What a call gave, or why it gave nothing that numbers could be compared with. */
export interface Outcome {
  readonly value?: Value;
  /** A sentence or two, to the learner. */
  readonly trouble?: string;
  /** What was thrown, if that is the trouble. */
  readonly thrown?: unknown;
}

/** Calls a function, and looks at what comes back before any number is compared. */
export function outcomeOf(
  call: Call,
  fns: Partial<Parts>,
  name: PartName,
  parameters: readonly string[],
): Outcome {
  const args = call.args();
  const before = args.map((arg) => (isFunctions(arg) ? arg : structuredClone(arg)));
  let returned: unknown;
  try {
    const fn = fns[name] as (...args: readonly unknown[]) => unknown;
    returned = call.calls ? call.calls(fn) : fn(...args);
  } catch (thrown) {
    return { trouble: `${name} throws: ${messageOf(thrown)}`, thrown };
  }
  if (!call.changes) {
    const changed = args.findIndex((arg, i) => !isFunctions(arg) && !isSame(arg, before[i]));
    if (changed >= 0) {
      return {
        trouble: `The argument ${parameters[changed]} was changed. Others still read it: write into a new array.`,
      };
    }
    const alias = args.findIndex((arg) => shares(arg, returned));
    if (alias >= 0) {
      return {
        trouble: `What came back is ${parameters[alias]} itself, or a part of it. Whoever writes into the one changes the other: give back a new array.`,
      };
    }
  }
  let result: unknown;
  try {
    result = call.result ? call.result(returned, args) : returned;
  } catch {
    result = undefined;
  }
  const trouble = unlike(result, call.expected);
  return { value: trouble === undefined ? (result as Value) : undefined, trouble };
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
}

/** A function, or what has functions in it. */
function isFunctions(arg: unknown): boolean {
  if (typeof arg === "function") return true;
  if (typeof arg !== "object" || arg === null || ArrayBuffer.isView(arg)) return false;
  return Object.values(arg).some(isFunctions);
}

function isSame(x: unknown, y: unknown): boolean {
  if (typeof x !== "object" || typeof y !== "object" || x === null || y === null) {
    return Object.is(x, y);
  }
  const [a, b] = [x as Record<string, unknown>, y as Record<string, unknown>];
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => isSame(a[key], b[key]));
}

/** Whether a result is an array of the arguments, or looks at the same memory. */
function shares(arg: unknown, result: unknown): boolean {
  const memory = (value: unknown): unknown[] => {
    if (ArrayBuffer.isView(value)) return [value.buffer];
    return Array.isArray(value) ? [value, ...value.flatMap(memory)] : [];
  };
  const held = new Set(memory(arg));
  return memory(result).some((one) => held.has(one));
}

/** What is wrong with the kind of a result, in a sentence; undefined if it is of the kind of what is expected. */
function unlike(result: unknown, expected: Value): string | undefined {
  if (result === undefined) return "Nothing came back. Is there a return?";
  if (result instanceof Promise) {
    return "A Promise came back. No part of Gemma waits for anything: leave out async.";
  }
  if (typeof expected === "number" || typeof expected === "string") {
    if (typeof result === typeof expected) {
      if (typeof result !== "number" || Number.isFinite(result)) return undefined;
      return `${result} came back. ${NOT_FINITE}`;
    }
    return `Expected ${kindOf(expected)}, got ${kindOf(result)}.`;
  }
  if (result instanceof Float32Array) {
    return "A Float32Array keeps 24 bits of each number. The road computes in float64: use a Float64Array.";
  }
  if (!Array.isArray(result) && !(result instanceof Float64Array)) {
    return `Expected ${kindOf(expected)}, got ${kindOf(result)}.`;
  }
  const { length } = expected;
  const isTexts = typeof expected[0] === "string";
  // As many pieces, or calls, as somebody takes: what they are says more than their number.
  if (isTexts && result.length > 0) {
    return result.every((one) => typeof one === "string") ? undefined : "Expected a list of texts.";
  }
  if (result.length !== length) {
    return `Expected ${kindOf(expected)}, got ${kindOf(result)}.`;
  }
  for (let i = 0; i < length; i++) {
    if (result[i] === undefined) return `Nothing is at [${i}]. Is every place written?`;
    const trouble = unlike(result[i], expected[i] as Value);
    if (trouble !== undefined) return `At [${i}]: ${trouble}`;
  }
  return undefined;
}

const NOT_FINITE =
  "An index beyond the end of an array gives undefined, and a sum with it NaN. So do 0 / 0, and the root of a negative number.";

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number") return "a number";
  if (typeof value === "string") return "a text";
  if (typeof value !== "object") return `a ${typeof value}`;
  const list = value as ArrayLike<unknown>;
  if (!Number.isInteger(list.length)) return "an object";
  if (list.length === 0) return "an empty list";
  const rows = typeof list[0] === "object" && list[0] !== null;
  if (rows) return `${list.length} rows`;
  return typeof list[0] === "string" ? "a list of texts" : `${list.length} numbers`;
}
