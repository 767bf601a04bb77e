/** How many of so many, and how sure that is. @module */
import { type Interval, wilson } from "../../judge/statistics/intervals.ts";
import { normalQuantile } from "../../judge/statistics/normal-quantile.ts";

/** Of the normal distribution, for 95 %. */
export const Z: number = normalQuantile(0.975);

/** A share of documents. */
export interface Rate {
  /** Of how many. */
  readonly documents: number;
  /** How many of them. */
  readonly count: number;
  /** `count` by `documents`. */
  readonly rate: number;
  /** 95 %, Wilson 1927: documents that were drawn at random from many. */
  readonly interval: Interval;
}

/** How much larger a rate is than another. */
export interface RateDifference {
  /** The one less the other. */
  readonly difference: number;
  /** 95 %, from both intervals of Wilson: method 10 of Newcombe 1998 (Statistics in Medicine 17, 873–890). */
  readonly interval: Interval;
}

/** The share of `documents`, one at least, that `is` true of. */
export function rateOf<T>(documents: readonly T[], is: (document: T) => boolean): Rate {
  const count = documents.filter(is).length;
  const rate = count / documents.length;
  return { documents: documents.length, count, rate, interval: wilson(rate, documents.length, Z) };
}

/**
 * `one` less `other`:
 *
 *     d − √((p − l)² + (u′ − p′)²)  to  d + √((u − p)² + (p′ − l′)²)
 */
export function differenceOf(one: Rate, other: Rate): RateDifference {
  const difference = one.rate - other.rate;
  const [low, high] = one.interval;
  const [otherLow, otherHigh] = other.interval;
  const interval: Interval = [
    difference - Math.hypot(one.rate - low, otherHigh - other.rate),
    difference + Math.hypot(high - one.rate, other.rate - otherLow),
  ];
  return { difference, interval };
}
