/**
 * Options of a call. TypeScript refuses a name that the call does not know, but only where it is written down
 * in the call itself; in plain JavaScript, in a spread or in JSON nobody would notice that it does nothing.
 * @module
 */
import { brief } from "./brief.ts";
import { type Refusals, refusals } from "./errors.ts";
import { hintFor } from "./option-hints.ts";

/** The names of the options `T`. The compiler wants each of them, so that none can be forgotten here. */
export type OptionNames<T> = Readonly<Record<keyof T & string, true>>;

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
    throw refuse.argument("options", "an object, or nothing", brief(options));
  }
  if ("throwIfAborted" in options) {
    const hint = "put it into an object: { signal }";
    throw refuse.argument("options", "an object, or nothing", "an AbortSignal", hint);
  }
  assertNames(refuse, options, names);
  if (Object.hasOwn(names, "signal")) assertSignal(op, (options as { signal?: unknown }).signal);
}

/**
 * As {@link assertOptions}, of any object.
 * @param kind what its names are, in messages.
 * @param within where it is: `messages[0].`
 */
export function assertNames(
  refuse: Refusals,
  value: object,
  names: Readonly<Record<string, true>>,
  kind = "an option",
  within = "",
): void {
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(names, name)) continue;
    const known = Object.keys(names);
    const expected = `${kind} (${known.join(", ")})`;
    throw refuse.argument(`${within}${name}`, expected, "an unknown name", hintFor(name, known));
  }
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
