/**
 * Options of a call. TypeScript refuses a name that the call does not know, but only where it is written down
 * in the call itself; in plain JavaScript, in a spread or in JSON nobody would notice that it does nothing.
 * @module
 */
import { brief } from "./brief.ts";
import { NO_CALLBACK } from "./check.ts";
import { type Refusals, refusals } from "./errors.ts";
import { hintFor } from "./option-hints.ts";

/** What stands behind a name: anything, which the call checks itself, or a value of that type. */
export type OptionKind = true | "boolean" | "function";

/** The names of the options `T`. The compiler wants each of them, so that none can be forgotten here. */
export type OptionNames<T> = Readonly<Record<keyof T & string, OptionKind>>;

/**
 * Refuses names that are not among `names`. It does not matter what stands behind such a name, `undefined` not
 * excepted: or the mistake would show only on the day when there is a value.
 *
 * @throws {ArgumentError} naming the option, unless all are known, and a signal among them is one.
 */
export function assertOptions<T extends object>(
  op: string,
  options: T,
  names: OptionNames<NoInfer<T>>,
): void {
  const refuse = refusals(op);
  if (typeof options !== "object" || options === null || Symbol.iterator in options) {
    const hint = hintForOptions(options, names);
    throw refuse.argument("options", "an object, or nothing", brief(options), hint);
  }
  if ("throwIfAborted" in options) {
    const hint = "put it into an object: { signal }";
    throw refuse.argument("options", "an object, or nothing", "an AbortSignal", hint);
  }
  if (options instanceof Date || "then" in options) {
    const hint = "then" in options ? "await it" : undefined;
    throw refuse.argument("options", "an object, or nothing", brief(options), hint);
  }
  if ("rewind" in options && Object.hasOwn(names, "cache")) {
    const hint = "put it into an object: { cache }";
    throw refuse.argument("options", "an object, or nothing", "a cache", hint);
  }
  assertNames(refuse, options, names);
  const values = options as Readonly<Record<string, unknown>>;
  for (const [name, kind] of kindsOf(names)) {
    const value = values[name];
    if (value === undefined || typeof value === kind) continue;
    // "false" would count as true.
    const expected = kind === "boolean" ? "true or false" : "a function";
    throw refuse.argument(name, expected, brief(value));
  }
  if (Object.hasOwn(names, "signal")) assertSignal(op, values.signal);
}

/** The names whose values have one type, by the object that has them: some calls come with every token. */
const KINDS = new WeakMap<object, readonly (readonly [name: string, kind: OptionKind])[]>();

function kindsOf(
  names: Readonly<Record<string, OptionKind>>,
): readonly (readonly [string, OptionKind])[] {
  let kinds = KINDS.get(names);
  if (!kinds) {
    kinds = Object.entries(names).filter(([, kind]) => kind !== true);
    KINDS.set(names, kinds);
  }
  return kinds;
}

/**
 * As {@link assertOptions}, of any object.
 * @param kind what its names are, in messages.
 * @param within where it is: `messages[0].`
 */
export function assertNames(
  refuse: Refusals,
  value: object,
  names: Readonly<Record<string, OptionKind>>,
  kind = "an option",
  within = "",
): void {
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(names, name)) continue;
    const known = Object.keys(names);
    const hint = hintFor(name, known, (value as Readonly<Record<string, unknown>>)[name]);
    // A long list would stand before the hint.
    const expected = hint === undefined ? `${kind} (${known.join(", ")})` : kind;
    throw refuse.argument(`${within}${name}`, expected, "an unknown name", hint);
  }
}

/** The option that is probably meant by a value in the place of all options: the first that the call knows. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  function: ["onProgress", "names"],
  list: ["messages", "names"],
  string: ["given", "precision"],
  number: ["maxTokens", "temperature", "contextLength"],
};

function hintForOptions(
  value: unknown,
  names: Readonly<Record<string, OptionKind>>,
): string | undefined {
  const kind = Array.isArray(value) ? "list" : typeof value;
  const knows = (name: string) => Object.hasOwn(names, name);
  if (kind === "function" && knows("maxTokens")) return NO_CALLBACK;
  if (kind === "string" && knows("messages")) return "begin with gemma.chat().send(text)";
  const name = MEANT[kind]?.find(knows);
  return name && `put it into an object: { ${name}: ... }`;
}

/**
 * `null` stands for no signal, as for fetch.
 * @throws {ArgumentError} unless it is a signal, or none.
 */
export function assertSignal(op: string, signal: unknown): void {
  if (signal === undefined || signal === null) return;
  if (typeof (signal as Partial<AbortSignal>).throwIfAborted === "function") return;
  const hint =
    "abort" in Object(signal)
      ? "give the signal of an AbortController, not the controller"
      : "give the signal of an AbortController, without an object around it";
  throw refusals(op).argument("signal", "an AbortSignal", typeof signal, hint);
}
