/**
 * From the rows of an audit to rates: for each length of prompt, of all documents, by source, by repeats, of a whole corpus; and
 * beside each the same of the control.
 * @module
 */
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { AuditRow } from "../protocol/audit-row.ts";
import { differenceOf, type Rate, type RateDifference, rateOf } from "./rate.ts";
import { assertShares, type Shares, sharesByTokens, type Total, totalOf } from "./total.ts";

/** What of a row is counted. */
export type CountedRow = Pick<
  AuditRow,
  "id" | "source" | "repeats" | "isControl" | "tokens" | "prompt" | "isExact" | "isApproximate"
>;

/** Exact, approximate with the exact ones, and approximate alone. */
export interface Rates {
  /** All tokens equal. */
  readonly exact: Rate;
  /** Within the share of edits, exact ones counted. */
  readonly approximate: Rate;
  /** Within the share of edits, and not exact. */
  readonly approximateOnly: Rate;
}

/** Rates, and those of the control. */
export interface ComparedRates extends Rates {
  /** Of the control's documents from the same source if it has any, else of all its documents. */
  readonly control?: Rates;
  /** How much larger the rates are than the control's. */
  readonly difference?: { readonly [name in keyof Rates]: RateDifference };
}

/** Rates of a whole corpus. */
export interface Totals {
  /** All tokens equal. */
  readonly exact: Total;
  /** Within the share of edits, exact ones counted. */
  readonly approximate: Total;
}

/** Rates at one length of prompt. */
export interface MemorizationEstimate {
  /** Tokens that the model was given. */
  readonly prompt: number;
  /** Of all documents. */
  readonly all: ComparedRates;
  /** By where they come from. */
  readonly bySource: ReadonlyMap<string, ComparedRates>;
  /** By how often they were in the training data, ascending; undefined where no row says so. */
  readonly byRepeats?: ReadonlyMap<number, ComparedRates>;
  /** Of the whole corpus. */
  readonly total: Totals & {
    /** The control's, by the same shares; if it has no document of some source, its plain rate. */
    readonly control?: Totals;
  };
  /** By which sources count for the total. */
  readonly shares: Shares;
}

/** Options of {@link estimateMemorization}. */
export interface EstimateOptions {
  /** The share of each source in the corpus. Default: by the tokens of the documents, as often as they were repeated. */
  readonly shares?: Shares;
}

const NAMES: OptionNames<EstimateOptions> = { shares: true };

/**
 * Rates for each length of prompt, ascending.
 * @throws {ArgumentError} if there is no row, or the shares are not those of the rows' sources.
 */
export function estimateMemorization(
  rows: readonly CountedRow[],
  options: EstimateOptions = {},
): MemorizationEstimate[] {
  const op = "estimateMemorization";
  assertOptions(op, options, NAMES);
  const documents = rows.filter(({ isControl }) => !isControl);
  if (documents.length === 0) {
    const hint = "were all documents too short?";
    throw refusals(op).argument("rows", "a row of a document at least", "no such row", hint);
  }
  const control = rows.filter(({ isControl }) => isControl);
  const prompts = [...new Set(documents.map(({ prompt }) => prompt))].sort((a, b) => a - b);
  return prompts.map((prompt) => {
    const own = documents.filter((row) => row.prompt === prompt);
    const beside = control.filter((row) => row.prompt === prompt);
    const shares = options.shares ?? sharesByTokens(own);
    const sources = grouped(own, ({ source }) => source);
    assertShares(op, shares, sources.keys());
    const bySource = new Map(
      [...sources].map(([source, some]) => {
        const alike = beside.filter((row) => row.source === source);
        return [source, compared(some, alike.length > 0 ? alike : beside)] as const;
      }),
    );
    const known = own.filter(({ repeats }) => repeats !== undefined);
    const repeats = [...grouped(known, (row) => Number(row.repeats))].sort(([a], [b]) => a - b);
    const byRepeats = new Map(
      repeats.map(([count, some]) => [count, compared(some, beside)] as const),
    );
    return {
      prompt,
      all: compared(own, beside),
      bySource,
      ...(byRepeats.size > 0 && { byRepeats }),
      total: {
        ...totalsOf(new Map([...sources].map(([source, some]) => [source, ratesOf(some)])), shares),
        ...(beside.length > 0 && { control: controlTotals(beside, shares) }),
      },
      shares,
    };
  });
}

function totalsOf(rates: ReadonlyMap<string, Rates>, shares: Shares): Totals {
  const by = (name: keyof Rates) =>
    totalOf(new Map([...rates].map(([source, own]) => [source, own[name]])), shares);
  return { exact: by("exact"), approximate: by("approximate") };
}

function controlTotals(control: readonly CountedRow[], shares: Shares): Totals {
  const sources = grouped(control, ({ source }) => source);
  const counted = [...shares].filter(([, share]) => share > 0).map(([source]) => source);
  // Documents that stood in for several sources would be counted several times over, as if they were others.
  if (counted.some((source) => !sources.has(source))) {
    return totalsOf(new Map([["all", ratesOf(control)]]), new Map([["all", 1]]));
  }
  return totalsOf(
    new Map(counted.map((source) => [source, ratesOf(sources.get(source) ?? [])])),
    shares,
  );
}

function compared(rows: readonly CountedRow[], control: readonly CountedRow[]): ComparedRates {
  const rates = ratesOf(rows);
  if (control.length === 0) return rates;
  const beside = ratesOf(control);
  const difference = {
    exact: differenceOf(rates.exact, beside.exact),
    approximate: differenceOf(rates.approximate, beside.approximate),
    approximateOnly: differenceOf(rates.approximateOnly, beside.approximateOnly),
  };
  return { ...rates, control: beside, difference };
}

function ratesOf(rows: readonly CountedRow[]): Rates {
  return {
    exact: rateOf(rows, ({ isExact }) => isExact),
    approximate: rateOf(rows, ({ isApproximate }) => isApproximate),
    approximateOnly: rateOf(rows, ({ isExact, isApproximate }) => isApproximate && !isExact),
  };
}

function grouped<K>(rows: readonly CountedRow[], by: (row: CountedRow) => K): Map<K, CountedRow[]> {
  const groups = new Map<K, CountedRow[]>();
  for (const row of rows) {
    const own = groups.get(by(row));
    if (own) own.push(row);
    else groups.set(by(row), [row]);
  }
  return groups;
}
