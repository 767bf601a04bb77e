/**
 * Values within a template: those of JSON, functions, and what is missing. They behave as in Python.
 * @module
 */
import { length, slice } from "../../python/text.ts";

/** A name or field that is not there. Whatever uses it fails, as with Jinja's `StrictUndefined`; it can be asked for, though. */
export class Undefined {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A function or method of a template: its arguments by place, then those by name. */
export type Callable = (
  positional: readonly unknown[],
  named: Readonly<Record<string, unknown>>,
) => unknown;

/** A template that cannot be followed. It becomes an error that names the template. */
export class TemplateProblem extends Error {
  /** Whether Jinja could do it, and this reader cannot. */
  readonly isUnsupported: boolean;

  constructor(message: string, isUnsupported = false) {
    super(message);
    this.isUnsupported = isUnsupported;
  }
}

export function isDict(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Undefined)
  );
}

/** The value, which must be there. */
export function defined(value: unknown): unknown {
  if (!(value instanceof Undefined)) return value;
  throw new TemplateProblem(`${value.name} is not there`);
}

/** `bool(value)`. */
export function truth(value: unknown): boolean {
  const known = defined(value);
  if (Array.isArray(known)) return known.length > 0;
  if (isDict(known)) return Object.keys(known).length > 0;
  return Boolean(known);
}

/** `a == b`: 1 and True are equal, keys have no order. */
export function equal(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  }
  if (isDict(a) && isDict(b)) {
    const keys = Object.keys(a);
    const isSame = keys.length === Object.keys(b).length;
    return isSame && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
  }
  const plain = (value: unknown) => (typeof value === "boolean" ? Number(value) : value);
  return plain(a) === plain(b);
}

/** What a loop goes through: items, characters, or keys. */
export function items(value: unknown): readonly unknown[] {
  const known = defined(value);
  if (Array.isArray(known)) return known;
  if (typeof known === "string") return [...known];
  if (isDict(known)) return Object.keys(known);
  throw new TemplateProblem("a value that has no items");
}

/** `len(value)`. */
export function size(value: unknown): number {
  return typeof value === "string" ? length(value) : items(value).length;
}

/** `value[key]`; undefined where there is no such item. */
export function item(value: unknown, key: unknown): unknown {
  if (isDict(value))
    return typeof key === "string" && Object.hasOwn(value, key) ? value[key] : undefined;
  if (typeof key !== "number") return undefined;
  if (Array.isArray(value)) return value.at(key);
  return typeof value === "string" ? [...value].at(key) : undefined;
}

/** `value[start:stop:step]`. */
export function sliced(value: unknown, start: unknown, stop: unknown, step: unknown): unknown {
  const [from, to] = [start, stop].map((bound) => (typeof bound === "number" ? bound : undefined));
  if (step === undefined || step === 1) {
    if (typeof value === "string") return slice(value, from, to);
    if (Array.isArray(value)) return value.slice(from, to);
  }
  if (step === -1 && from === undefined && to === undefined) {
    if (typeof value === "string") return [...value].reverse().join("");
    if (Array.isArray(value)) return [...value].reverse();
  }
  throw new TemplateProblem("a slice with steps", true);
}
