/** Which logits are asked for, checked. @module */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import type { WantedLogits } from "./passes.ts";

/** @throws {ArgumentError} unless it is "last", "all", "none", undefined, or a number of last tokens. */
export function assertWantedLogits(op: string, logits: WantedLogits | undefined): void {
  const isNumber = Number.isInteger(logits) && (logits as number) >= 0;
  if (isNumber || logits === undefined || ["last", "all", "none"].includes(logits as string))
    return;
  const expected = '"last", "all", "none", or a number of last tokens';
  throw refusals(op).argument("logits", expected, brief(logits));
}
