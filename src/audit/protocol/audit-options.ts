/** How an audit is made, and the checks of it. @module */
import { brief } from "../../brief.ts";
import { assertInteger, assertOneOf, isList, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { AuditDocument } from "../documents/audit-document.ts";

/** When a continuation counts as approximately the document's. */
export interface Approximate {
  /**
   * What is edited. The report says "10% edit distance" and not of what (arXiv:2403.08295, §7); later Gemma reports compare tokens.
   * Default "tokens".
   */
  readonly level?: "tokens" | "characters";
  /** Most edits as a share of the document's own tokens or characters. That share is within. Default 0.1. */
  readonly share?: number;
}

/** Options of an `Audit`. */
export interface AuditOptions {
  /** Tokens of a document that the model is given; several lengths are several audits. Default [50], the report's. */
  readonly prompts?: readonly number[];
  /** Tokens behind them that are compared. Default 50, the report's. */
  readonly suffix?: number;
  /** When a continuation counts as approximately the document's. Default: within 10 % of its tokens. */
  readonly approximate?: Approximate;
  /** Tokens that a sampler would draw from, for `topLogprob`. Default 40. */
  readonly topK?: number;
  /** Documents that were certainly not in the training data: what any model of this kind would "repeat". */
  readonly control?: readonly AuditDocument[];
}

const NAMES: OptionNames<AuditOptions> = {
  prompts: true,
  suffix: true,
  approximate: true,
  topK: true,
  control: true,
};

/** The options with what they are by default. */
export interface AuditSettings {
  /** Tokens of a document that the model is given, ascending. */
  readonly prompts: readonly number[];
  /** Tokens behind them that are compared. */
  readonly suffix: number;
  /** What is edited. */
  readonly level: "tokens" | "characters";
  /** Most edits, as a share. */
  readonly share: number;
  /** Tokens that a sampler would draw from. */
  readonly topK: number;
}

/** @throws {ArgumentError} unless the options are what they should be, and prompt and suffix fit into the context. */
export function auditSettings(
  op: string,
  options: AuditOptions,
  contextLength: number,
): AuditSettings {
  assertOptions(op, options, NAMES);
  const { prompts = [50], suffix = 50, approximate = {}, topK = 40 } = options;
  assertOptions(`${op}: approximate`, approximate, { level: true, share: true });
  const { level = "tokens", share = 0.1 } = approximate;
  const refuse = refusals(op);
  assertInteger(op, "suffix", suffix, POSITIVE);
  assertInteger(op, "topK", topK, POSITIVE);
  assertOneOf(op, "approximate.level", level, ["tokens", "characters"]);
  if (!(share >= 0 && share < 1)) {
    throw refuse.argument(
      "approximate.share",
      "a number from 0 to below 1",
      brief(share),
      "10 % is 0.1",
    );
  }
  if (!isList(prompts) || prompts.length === 0) {
    throw refuse.argument("prompts", "a list of at least one number of tokens", brief(prompts));
  }
  const to = contextLength - 1 - suffix;
  const as = `an integer from 1 to ${to}, so that BOS, the prompt and ${suffix} tokens fit into ${contextLength}`;
  for (const [i, prompt] of prompts.entries()) {
    assertInteger(op, `prompts[${i}]`, prompt, { from: 1, to, as });
  }
  if (new Set(prompts).size < prompts.length) {
    throw refuse.argument("prompts", "each length once", brief(prompts));
  }
  return { prompts: [...prompts].sort((a, b) => a - b), suffix, level, share, topK };
}
