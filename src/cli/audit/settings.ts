/**
 * What the options of `audit` say, checked before a model is loaded.
 * @module
 */
import type { AuditOptions } from "../../audit/protocol/audit-options.ts";
import {
  type COMMON_OPTIONS,
  choiceOption,
  idsOption,
  integerOption,
  numberOption,
  UsageError,
  type Values,
} from "../command.ts";
import type { MODEL_OPTIONS } from "../options/model.ts";
import { type AUDIT_OPTIONS, CANARY_NAMES } from "./options.ts";

export type AuditValues = Values<
  typeof AUDIT_OPTIONS & typeof MODEL_OPTIONS & typeof COMMON_OPTIONS
>;

/** What is audited, and how. */
export interface AuditPlan {
  readonly options: Omit<AuditOptions, "control">;
  readonly shares: ReadonlyMap<string, number> | undefined;
  readonly words: readonly string[];
  readonly limit: number | undefined;
  readonly seed: number;
}

/** @throws {UsageError} if a value is out of range, or an option does nothing beside the others. */
export function auditPlan(values: AuditValues): AuditPlan {
  const idle = CANARY_NAMES.find((name) => values[name] !== undefined);
  if (idle) throw new UsageError(`--${idle} belongs to audit canaries, which draws some`);
  if (values.smaller !== undefined && !values.membership) {
    throw new UsageError("--smaller is of --membership: give that, too");
  }
  if (values.seed !== undefined && values.limit === undefined && values.divergence === undefined) {
    throw new UsageError("--seed is of --limit or --divergence: nothing else is drawn");
  }
  const { personal, json, html, out } = values;
  if (values["show-values"] && !personal && !json && html === undefined && out === undefined) {
    throw new UsageError(
      "--show-values is of --personal, --json, --html and --out: the table has no texts",
    );
  }
  const level = choiceOption("level", values.level, ["tokens", "characters"]);
  const share = numberOption("approximate", asShare(values.approximate), {
    as: "a share from 0 to below 1, such as 0.1, or 10%",
    includes: (x) => x >= 0 && x < 1,
  });
  const prompts = idsOption("prompts", values.prompts);
  const suffix = integerOption("suffix", values.suffix, 1);
  const topK = integerOption("top-k", values["top-k"], 1);
  return {
    options: {
      ...(prompts && { prompts }),
      ...(suffix === undefined ? {} : { suffix }),
      ...(topK === undefined ? {} : { topK }),
      approximate: {
        ...(level === undefined ? {} : { level }),
        ...(share === undefined ? {} : { share }),
      },
    },
    shares: sharesOf(values.shares),
    words: values.divergence === undefined ? [] : wordsOf(values.divergence),
    limit: integerOption("limit", values.limit, 1),
    seed: integerOption("seed", values.seed, 0, 2 ** 32 - 1) ?? 0,
  };
}

/** `10%` → `0.1`. */
function asShare(text: string | undefined): string | undefined {
  const [, percent] = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text ?? "") ?? [];
  return percent === undefined ? text : `${Number(percent) / 100}`;
}

function sharesOf(text: string | undefined): Map<string, number> | undefined {
  if (text === undefined) return undefined;
  return new Map(
    text.split(",").map((part) => {
      const [, source, share] = /^\s*(.+?)\s*=\s*([\d.]+)\s*$/.exec(part) ?? [];
      if (source !== undefined && Number.isFinite(Number(share))) return [source, Number(share)];
      throw new UsageError(`--shares expects SOURCE=SHARE,…, got ${part}`);
    }),
  );
}

function wordsOf(text: string): string[] {
  const words = text.split(",").map((word) => word.trim());
  if (words.every((word) => word !== "")) return words;
  throw new UsageError(`--divergence expects words with commas between, got ${text}`);
}
