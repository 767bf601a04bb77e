/**
 * The verdict in a judge's answer, which ends with `[[A]]`, `[[B]]` or `[[C]]` (a tie) if the judge does as it was asked.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertOneOf } from "../../check.ts";
import { refusals } from "../../errors.ts";
import type { Verdict } from "../outcome.ts";

/**
 * Which one counts where there are several: the last; `"fastchat"`: the first of A, B, C that occurs anywhere, as in FastChat's
 * `common.py`, so that "[[A]] or [[B]]? [[B]]" is A; `"strict"`: none, unless all are the same.
 */
export type VerdictRule = "last" | "fastchat" | "strict";

export const VERDICT_RULES: readonly VerdictRule[] = ["last", "fastchat", "strict"];

const VERDICTS = { A: "A", B: "B", C: "tie" } as const;

/** The verdict in `text`, `"error"` if there is none: `[a]`, `[[ A ]]` and "A" are none. */
export function parseVerdict(text: string, rule: VerdictRule = "last"): Verdict {
  const op = "parseVerdict";
  if (typeof text !== "string") throw refusals(op).argument("text", "a text", brief(text));
  assertOneOf(op, "rule", rule, VERDICT_RULES);
  const found = Array.from(text.matchAll(/\[\[([ABC])\]\]/g), ([, letter]) => {
    return VERDICTS[letter as keyof typeof VERDICTS];
  });
  if (rule === "last") return found.at(-1) ?? "error";
  if (rule === "strict") return new Set(found).size === 1 ? found[0] : "error";
  return (["A", "B", "tie"] as const).find((verdict) => found.includes(verdict)) ?? "error";
}
