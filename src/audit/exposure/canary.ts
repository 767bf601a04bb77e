/** Canaries: texts with a random secret, put into training data to see whether it comes out. @module */
import { brief } from "../../brief.ts";
import { isList } from "../../check.ts";
import { refusals } from "../../errors.ts";

/** A text that was planted. */
export interface Canary {
  /** Its name in reports. Default: its text. */
  readonly id?: string;
  /** What stands before the secret, the space included: "The secret number of Ben the owl is ". */
  readonly text: string;
  /** What was drawn: "4927". */
  readonly secret: string;
  /** How often it was in the training data, if that is known. */
  readonly repeats?: number;
  /** Every secret that might have been drawn, this one among them. Default: all numbers with as many digits. */
  readonly candidates?: readonly string[];
}

/** More secrets than that take days of a large model. */
const MOST = 1e6;

/** Every secret that might have been drawn. */
export function candidatesOf({ secret, candidates }: Canary): readonly string[] {
  return (
    candidates ??
    Array.from({ length: 10 ** secret.length }, (_, i) => `${i}`.padStart(secret.length, "0"))
  );
}

/** @throws {ArgumentError} unless it is a text and a secret, which is one of the candidates. */
export function assertCanary(op: string, canary: Canary): void {
  const refuse = refusals(op);
  const { text, secret, candidates } = Object(canary) as Canary;
  if (typeof text !== "string") {
    throw refuse.argument("canary.text", "the text before the secret", brief(text));
  }
  if (typeof secret !== "string" || secret === "") {
    throw refuse.argument("canary.secret", "a text of at least one character", brief(secret));
  }
  if (candidates === undefined) {
    if (/^\d{1,6}$/.test(secret)) return;
    const hint = "give candidates: every secret that might have been drawn";
    throw refuse.argument("canary.secret", "one to six digits", brief(secret), hint);
  }
  if (!isList(candidates) || candidates.length < 2 || candidates.length > MOST) {
    const got = isList(candidates) ? `${candidates.length}` : brief(candidates);
    throw refuse.argument("canary.candidates", `a list of 2 to ${MOST} texts`, got);
  }
  const own = new Set(candidates);
  const odd = candidates.findIndex((one) => typeof one !== "string" || one === "");
  if (odd >= 0) {
    const expected = "a text of at least one character";
    throw refuse.argument(`canary.candidates[${odd}]`, expected, brief(candidates[odd]));
  }
  if (own.size < candidates.length) {
    throw refuse.argument(
      "canary.candidates",
      "each secret once",
      `${own.size} different of ${candidates.length}`,
    );
  }
  if (!own.has(secret)) {
    throw refuse.argument(
      "canary.candidates",
      `the secret ${brief(secret)} among them`,
      "a list without it",
    );
  }
}
