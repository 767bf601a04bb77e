/**
 * Why a result is what it is, in a sentence, whatever report it stands in.
 * @module
 */
import type { Result } from "../run/result.ts";

/** The reason of a result; empty for one that passed without a word. */
export function reasonOf(result: Result): string {
  const said = reason(result);
  if (!result.beyondGemma1 || result.status === "pass" || result.status === "tie") return said;
  return said === "" ? "beyond Gemma 1" : `beyond Gemma 1: ${said}`;
}

function reason({ status, message, listed }: Result): string {
  switch (status) {
    case "pass":
    case "tie":
      return message ?? "";
    case "xpass":
      return `passes, though ${listed?.at ?? "the expectations"} says that it fails; take it off the list`;
    case "xfail":
      return [listed?.reason, message].filter(Boolean).join(": ") || "no reason was given";
    default: {
      const own = message || "no reason was given";
      if (!listed) return own;
      return `${own} (${listed.at} expects it to fail otherwise: ${listed.message})`;
    }
  }
}
