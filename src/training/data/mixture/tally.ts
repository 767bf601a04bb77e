/**
 * What was drawn from each source of a mixture, and what the schedule had it be.
 * @module
 */
import { brief } from "../../../brief.ts";
import { refusals } from "../../../errors.ts";
import type { JsonValue } from "../../../source/json.ts";
import type { TrainingSequence } from "../../trains.ts";

/** Draws from one source. */
export interface TallyReport {
  /** Sequences. */
  readonly sequences: number;
  /** Documents that begin in them. */
  readonly documents: number;
  /** Ids. */
  readonly tokens: number;
  /** How much their tokens count as targets. */
  readonly targets: number;
  /** Its part of all draws, 0 to 1. */
  readonly share: {
    /** Of sequences. */
    readonly sequences: number;
    /** Of documents. */
    readonly documents: number;
    /** Of tokens. */
    readonly tokens: number;
  };
  /** The share of sequences that its weights make. */
  readonly expected: number;
  /** The standard deviation of the share of sequences around it: draws are random. */
  readonly deviation: number;
}

const COUNTS = ["sequences", "documents", "tokens", "targets", "expected", "variance"] as const;
type Counts = Record<(typeof COUNTS)[number], number>;

/** Counts by source. */
export class Tally {
  readonly #counts: Counts[];

  constructor(names: readonly string[]) {
    this.#counts = names.map(() => Object.fromEntries(COUNTS.map((n) => [n, 0])) as Counts);
  }

  /** Adds a sequence of source `k`, in which so many documents begin. */
  add(k: number, { ids, mask }: TrainingSequence, documents: number): void {
    const counts = this.#counts[k];
    counts.sequences++;
    counts.documents += documents;
    counts.tokens += ids.length;
    for (let t = 0; t < mask.length; t++) counts.targets += mask[t];
  }

  /** Adds what `draws` by these shares give on average. */
  expect(shares: readonly number[], draws: number): void {
    shares.forEach((share, k) => {
      this.#counts[k].expected += share * draws;
      this.#counts[k].variance += share * (1 - share) * draws;
    });
  }

  report(): TallyReport[] {
    const total = (name: keyof Counts) =>
      this.#counts.reduce((sum, counts) => sum + counts[name], 0);
    const all = {
      sequences: total("sequences"),
      documents: total("documents"),
      tokens: total("tokens"),
    };
    return this.#counts.map(({ expected, variance, ...counts }) => ({
      ...counts,
      share: {
        sequences: counts.sequences / (all.sequences || 1),
        documents: counts.documents / (all.documents || 1),
        tokens: counts.tokens / (all.tokens || 1),
      },
      expected: expected / (all.sequences || 1),
      deviation: Math.sqrt(variance) / (all.sequences || 1),
    }));
  }

  state(): JsonValue {
    return this.#counts.map((counts) => ({ ...counts }));
  }

  /** @throws {ArgumentError} unless it is a state of a tally of as many sources. */
  restore(op: string, state: JsonValue): void {
    const list = (Array.isArray(state) ? state : []) as readonly Partial<Counts>[];
    const isRight = this.#counts.every((_, k) =>
      COUNTS.every((name) => Number.isFinite(list[k]?.[name])),
    );
    if (!isRight) throw refusals(op).argument("tally", "the counts of each source", brief(state));
    this.#counts.forEach((counts, k) => {
      for (const name of COUNTS) counts[name] = list[k][name] as number;
    });
  }
}
