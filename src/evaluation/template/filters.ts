/**
 * Filters and tests of templates: Jinja's own that benchmarks use, and the harness's `regex_replace`.
 * @module
 */
import { pythonStr } from "../../python/literal.ts";
import { pythonRegex } from "../../python/regex/regex.ts";
import { capitalize, lower, split, strip, upper } from "../../python/text.ts";
import {
  type Callable,
  defined,
  equal,
  isDict,
  item,
  items,
  size,
  TemplateProblem,
  Undefined,
} from "./value.ts";

/** Arguments by place, and by name. */
export type Arguments = Parameters<Callable>;
/** A filter: what stands before the bar, then what is in its brackets. */
export type Filter = (value: unknown, positional: Arguments[0], named: Arguments[1]) => unknown;

const otherwise: Filter = (value, [fallback = "", wholly], named) => {
  const isEmpty = (wholly ?? named.boolean) === true && !value;
  return value instanceof Undefined || isEmpty ? (named.default_value ?? fallback) : value;
};

function joined(value: unknown, [separator = ""]: Arguments[0], named: Arguments[1]): string {
  const { attribute, d } = named;
  const parts = items(value).map((one) => (attribute === undefined ? one : field(one, attribute)));
  return parts.map((part) => pythonStr(defined(part))).join(pythonStr(d ?? separator));
}

function field(value: unknown, name: unknown): unknown {
  return item(value, name) ?? new Undefined(pythonStr(name));
}

function mapped(value: unknown, [name]: Arguments[0], { attribute }: Arguments[1]): unknown {
  if (attribute !== undefined) return items(value).map((one) => field(one, attribute));
  return items(value).map((one) => filterNamed(pythonStr(name))(one, [], {}));
}

/** `int(value)`, or of its float, or the default. */
function integer(value: unknown, [fallback = 0]: Arguments[0]): unknown {
  const text = strip(pythonStr(typeof value === "boolean" ? Number(value) : value));
  const number = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text)
    ? Number(text)
    : Number.NaN;
  return Number.isFinite(number) ? Math.trunc(number) : fallback;
}

function replaced(value: unknown, [from, to, most]: Arguments[0]): string {
  const times = typeof most === "number" ? most : undefined;
  return split(pythonStr(value), pythonStr(from), times).join(pythonStr(to));
}

const numbers = (value: unknown) => items(value) as readonly number[];

const FILTERS: Readonly<Record<string, Filter>> = {
  default: otherwise,
  d: otherwise,
  join: joined,
  map: mapped,
  int: integer,
  replace: replaced,
  string: (value) => pythonStr(value),
  trim: (value, [characters]) => strip(pythonStr(value), characters as string | undefined),
  lower: (value) => lower(pythonStr(value)),
  upper: (value) => upper(pythonStr(value)),
  capitalize: (value) => capitalize(pythonStr(value)),
  length: size,
  count: size,
  list: items,
  first: (value) => items(value)[0] ?? new Undefined("first"),
  last: (value) => items(value).at(-1) ?? new Undefined("last"),
  reverse: (value) => {
    const reversed = [...items(value)].reverse();
    return typeof value === "string" ? reversed.join("") : reversed;
  },
  abs: (value) => Math.abs(value as number),
  sum: (value) => numbers(value).reduce((a, b) => a + b, 0),
  min: (value) => Math.min(...numbers(value)),
  max: (value) => Math.max(...numbers(value)),
  regex_replace: (value, [pattern, to]) =>
    pythonRegex(pythonStr(pattern)).sub(pythonStr(to), pythonStr(value)),
};

/** @throws {TemplateProblem} naming a filter that is not among them. */
export function filterNamed(name: string): Filter {
  if (!Object.hasOwn(FILTERS, name)) throw new TemplateProblem(`the filter ${name}`, true);
  const filter = FILTERS[name];
  return filter === otherwise ? filter : (value, ...rest) => filter(defined(value), ...rest);
}

const TESTS: Readonly<Record<string, (value: unknown) => boolean>> = {
  none: (value) => value === null,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  true: (value) => value === true,
  false: (value) => value === false,
  mapping: isDict,
  sequence: (value) => Array.isArray(value) || typeof value === "string" || isDict(value),
  iterable: (value) => Array.isArray(value) || typeof value === "string" || isDict(value),
  odd: (value) => equal(Math.abs(value as number) % 2, 1),
  even: (value) => equal(Math.abs(value as number) % 2, 0),
};

/** `value is NAME`. @throws {TemplateProblem} naming a test that is not among them. */
export function passes(name: string, value: unknown): boolean {
  if (name === "defined") return !(value instanceof Undefined);
  if (name === "undefined") return value instanceof Undefined;
  if (!Object.hasOwn(TESTS, name)) throw new TemplateProblem(`the test ${name}`, true);
  return TESTS[name](defined(value));
}
