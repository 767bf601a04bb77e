/**
 * Total memorization: what of a whole corpus would be repeated, from samples of its sources. The report estimates it ("total
 * memorization", arXiv:2403.08295, §7) and gives no formula; this is the mean of strata:
 *
 *     rate = Σ share · r      standard error = √(Σ share² · r (1 − r) / n)
 *
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { type Interval, wilson } from "../../judge/statistics/intervals.ts";
import { type Rate, Z } from "./rate.ts";

/** The share of each source in a corpus. They add up to 1. */
export type Shares = ReadonlyMap<string, number>;

/** What of a whole corpus is repeated. */
export interface Total {
  /** Σ share · r. */
  readonly rate: number;
  /** √(Σ share² · r (1 − r) / n): 0 where each source's rate is 0 or 1, which does not mean that nothing is unsure. */
  readonly standardError: number;
  /** 95 %: Wilson's, of as many documents as have this standard error. */
  readonly interval: Interval;
}

/**
 * The shares of sources in tokens. A document counts as often as it was repeated; where that is not known, once.
 * @throws {ArgumentError} if that comes to no token.
 */
export function sharesByTokens(
  documents: Iterable<{
    readonly source: string;
    readonly tokens: number;
    readonly repeats?: number;
  }>,
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { source, tokens, repeats = 1 } of documents) {
    sums.set(source, (sums.get(source) ?? 0) + tokens * repeats);
  }
  const all = [...sums.values()].reduce((a, b) => a + b, 0);
  if (!(all > 0)) {
    throw refusals("sharesByTokens").argument(
      "documents",
      "a document with tokens that was in the training data",
      "documents of 0 tokens or 0 repeats alone",
      "give shares, or call documents that were never trained on the control",
    );
  }
  return new Map([...sums].map(([source, own]) => [source, own / all]));
}

/** @throws {ArgumentError} unless they are shares of exactly these sources, and add up to 1. */
export function assertShares(op: string, shares: Shares, sources: Iterable<string>): void {
  const refuse = refusals(op);
  const known = new Set(sources);
  for (const source of known) {
    if (shares.has(source)) continue;
    const got = [...shares.keys()].join(", ") || "no share at all";
    throw refuse.argument("shares", `a share of the source ${brief(source)}`, got);
  }
  let sum = 0;
  for (const [source, share] of shares) {
    if (!(share >= 0 && share <= 1)) {
      throw refuse.argument("shares", `a share from 0 to 1 of ${brief(source)}`, brief(share));
    }
    if (share > 0 && !known.has(source)) {
      const hint = "audit some of its documents, or give shares of what is audited";
      throw refuse.argument(
        "shares",
        "sources with documents",
        `${brief(source)} without any`,
        hint,
      );
    }
    sum += share;
  }
  // Shares that were written with three digits, for ten sources.
  if (Math.abs(sum - 1) <= 0.005) return;
  throw refuse.argument("shares", "shares that add up to 1", brief(sum));
}

/** The total of the rates of sources. Shares that add up to 0.997, by how they were rounded, are taken as shares of that. */
export function totalOf(rates: ReadonlyMap<string, Rate>, shares: Shares): Total {
  const sum = [...shares.values()].reduce((a, b) => a + b, 0);
  let [rate, variance, likeOne] = [0, 0, 0];
  for (const [source, { rate: r, documents: n }] of rates) {
    const share = (shares.get(source) ?? 0) / sum;
    rate += share * r;
    variance += (share * share * r * (1 - r)) / n;
    likeOne += (share * share) / n;
  }
  const worth = variance > 0 ? (rate * (1 - rate)) / variance : 1 / likeOne;
  // Shares that add up to 1 + 2e-16 would make a rate of as much.
  const share = Math.min(1, rate);
  return { rate: share, standardError: Math.sqrt(variance), interval: wilson(share, worth, Z) };
}
