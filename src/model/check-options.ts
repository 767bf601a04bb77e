/**
 * Checks of options, for callers without TypeScript.
 * @module
 */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";

/** @throws {ArgumentError} unless `options` are an object, and a signal among them is one. */
export function assertOptions(
  op: string,
  options: { readonly signal?: AbortSignal } | object,
): void {
  const refuse = refusals(op);
  if (typeof options !== "object" || options === null) {
    throw refuse.argument("options", "an object, or nothing", brief(options));
  }
  const { signal } = options as { readonly signal?: AbortSignal | null };
  // null stands for no signal, as for fetch
  if (signal === undefined || signal === null || typeof signal.throwIfAborted === "function")
    return;
  const hint = "give the signal of an AbortController, not the controller";
  throw refuse.argument("signal", "an AbortSignal", typeof signal, hint);
}
