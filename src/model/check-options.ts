/**
 * What every method asks of its options, for callers whose compiler did not.
 * @module
 */
import { brief } from "../brief.ts";
import { ArgumentError } from "../errors.ts";

/** @throws {ArgumentError} unless `options` are an object, and a signal among them is one. */
export function assertOptions(op: string, options: { readonly signal?: AbortSignal }): void {
  const refuse = (argument: string, expected: string, got: string, hint?: string) =>
    new ArgumentError({ op, argument, expected, got, hint });
  if (typeof options !== "object" || options === null) {
    throw refuse("options", "an object, or nothing", brief(options));
  }
  const signal = options.signal ?? undefined; // null is none, as for fetch
  if (signal === undefined || typeof signal.throwIfAborted === "function") return;
  const hint = "give the signal of an AbortController, not the controller";
  throw refuse("signal", "an AbortSignal", typeof signal, hint);
}
