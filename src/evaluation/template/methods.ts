/**
 * Methods that templates call, as Python's `str`, `list` and `dict` have them.
 * @module
 */
import { pythonStr, Tuple } from "../../python/literal.ts";
import {
  capitalize,
  length,
  lower,
  lstrip,
  rstrip,
  split,
  splitlines,
  strip,
  title,
  upper,
} from "../../python/text.ts";
import { type Callable, equal, isDict, TemplateProblem } from "./value.ts";

type Method<T> = (own: T, args: readonly unknown[]) => unknown;

function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new TemplateProblem("a method of texts that was given something else");
}

const optional = (value: unknown) =>
  value === undefined || value === null ? undefined : text(value);

/** The place of `part` in code points, or −1. */
function find(own: string, part: string): number {
  const at = own.indexOf(part);
  return at < 0 ? -1 : length(own.slice(0, at));
}

function replaced(own: string, [from, to, most]: readonly unknown[]): string {
  const pieces = split(own, text(from), typeof most === "number" && most >= 0 ? most : undefined);
  return pieces.join(text(to));
}

const any = (parts: unknown, test: (part: string) => boolean) =>
  Array.isArray(parts) ? parts.some((part) => test(text(part))) : test(text(parts));

function index(list: readonly unknown[], wanted: unknown): number {
  const at = list.findIndex((one) => equal(one, wanted));
  if (at >= 0) return at;
  throw new TemplateProblem(`${pythonStr(wanted)} is not in the list`);
}

const STR: Readonly<Record<string, Method<string>>> = {
  strip: (own, [characters]) => strip(own, optional(characters)),
  lstrip: (own, [characters]) => lstrip(own, optional(characters)),
  rstrip: (own, [characters]) => rstrip(own, optional(characters)),
  split: (own, [separator, most]) =>
    split(own, optional(separator), typeof most === "number" && most >= 0 ? most : undefined),
  splitlines: (own) => splitlines(own),
  join: (own, [list]) => (list as unknown[]).map(text).join(own),
  replace: replaced,
  lower,
  upper,
  capitalize,
  title,
  startswith: (own, [parts]) => any(parts, (part) => own.startsWith(part)),
  endswith: (own, [parts]) => any(parts, (part) => own.endsWith(part)),
  find: (own, [part]) => find(own, text(part)),
  index: (own, [part]) => {
    const at = find(own, text(part));
    if (at < 0) throw new TemplateProblem("a text that is not in the other");
    return at;
  },
  count: (own, [part]) => split(own, text(part)).length - 1,
  isdigit: (own) => /^\d+$/.test(own),
  removeprefix: (own, [part]) => (own.startsWith(text(part)) ? own.slice(text(part).length) : own),
  removesuffix: (own, [part]) =>
    own.endsWith(text(part)) && part !== "" ? own.slice(0, -text(part).length) : own,
};

const LIST: Readonly<Record<string, Method<readonly unknown[]>>> = {
  index: (own, [wanted]) => index(own, wanted),
  count: (own, [wanted]) => own.filter((one) => equal(one, wanted)).length,
};

const DICT: Readonly<Record<string, Method<Readonly<Record<string, unknown>>>>> = {
  get: (own, [key, otherwise = null]) =>
    Object.hasOwn(own, text(key)) ? own[text(key)] : otherwise,
  items: (own) => Object.entries(own).map((entry) => Tuple.from(entry)),
  keys: (own) => Object.keys(own),
  values: (own) => Object.values(own),
};

/** The method `name` of a value; undefined if it has none of that name. */
export function methodOf(value: unknown, name: string): Callable | undefined {
  const bound = <T>(methods: Readonly<Record<string, Method<T>>>, own: T): Callable | undefined =>
    Object.hasOwn(methods, name) ? (args) => methods[name](own, args) : undefined;
  if (typeof value === "string") return bound(STR, value);
  if (Array.isArray(value)) return bound(LIST, value);
  return isDict(value) ? bound(DICT, value) : undefined;
}
