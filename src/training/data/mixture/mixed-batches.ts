/**
 * Batches from a staged mixture of sources. The source of every sequence is drawn by a seeded generator, by the weights that hold at that step; which of its
 * sequences comes next follows from an order of its own, shuffled anew each epoch.
 *
 * Shares are of sequences. Where those of one source are longer, its share of tokens is larger: the report has both.
 * @module
 */
import { assertInteger, assertOneOf, POSITIVE } from "../../../check.ts";
import { refusals } from "../../../errors.ts";
import { assertOptions, type OptionNames } from "../../../options.ts";
import { assertRandomState, xoshiro128, xoshiro128From } from "../../../random.ts";
import { BATCH_SIZE, type BatchSource } from "../../run/batch.ts";
import type { TrainingSequence } from "../../trains.ts";
import type { SequenceList } from "../tokens/sequences.ts";
import { assertSources, stateFrom } from "./checks.ts";
import { Cursor } from "./cursor.ts";
import { assertStages, type MixtureChange, type MixtureStage, sharesAt } from "./stages.ts";
import { Tally, type TallyReport } from "./tally.ts";

/** A source that has begun again. */
export interface EpochEvent {
  /** Its name. */
  readonly source: string;
  /** How often it was gone through: 1 the first time. */
  readonly epochs: number;
  /** The step, from 0, whose batch needed more than it had. */
  readonly step: number;
}

/** Options of {@link mixedBatches}. */
export interface MixtureOptions {
  /** Weights by the share of the run that is over. */
  readonly stages: readonly MixtureStage[];
  /** How a stage becomes the next: at once, or a little each step. Default "step". */
  readonly change?: MixtureChange;
  /** Batches in all: the run that stages are shares of. */
  readonly steps: number;
  /** Sequences a batch, 2²⁰ at most. Default 8. */
  readonly batchSize?: number;
  /** 32 bits, from which all draws follow. Default 0. */
  readonly seed?: number;
  /** Told when a source is exhausted, and begins again in another order. */
  readonly onEpoch?: (event: EpochEvent) => void;
}

const NAMES: OptionNames<MixtureOptions> = {
  stages: true,
  change: true,
  steps: true,
  batchSize: true,
  seed: true,
  onEpoch: "function",
};

/** Batches of a mixture. */
export interface MixedBatches extends BatchSource {
  /** What was drawn so far. */
  report(): MixtureReport;
}

/** What was drawn from each source. */
export interface MixtureReport {
  /** Batches so far. */
  readonly step: number;
  /** By source. */
  readonly sources: Readonly<Record<string, SourceReport>>;
}

/** What was drawn from one source. */
export interface SourceReport extends TallyReport {
  /** How often it was gone through from end to end. */
  readonly epochs: number;
}

const op = "mixedBatches";
const SEED = { from: 0, to: 2 ** 32 - 1 };

/**
 * `steps` batches of sequences from `sources`, by name.
 * @throws {ArgumentError} if a source that has weight is empty, or an option is wrong.
 */
export function mixedBatches(
  sources: Readonly<Record<string, SequenceList>>,
  options: MixtureOptions,
): MixedBatches {
  assertOptions(op, options, NAMES);
  const { stages, change = "step", steps, batchSize = 8, seed = 0, onEpoch } = options;
  const names = assertSources(op, sources);
  assertStages(op, stages, names);
  assertOneOf(op, "change", change, ["step", "linear"]);
  assertInteger(op, "steps", steps, POSITIVE);
  assertInteger(op, "batchSize", batchSize, BATCH_SIZE);
  assertInteger(op, "seed", seed, SEED);
  for (const name of names) {
    if (sources[name].length > 0 || stages.every(({ weights }) => !weights[name])) continue;
    throw refusals(op).argument(`sources.${name}`, "a sequence at least", "an empty list");
  }

  let random = xoshiro128(seed);
  // A generator for each source, so that its order does not depend on what is drawn from others.
  const cursors = names.map((name) => {
    const own = Math.floor(random() * 2 ** 32);
    return new Cursor(sources[name].length, xoshiro128(own));
  });
  const tally = new Tally(names);
  let step = 0;
  const same = {
    sources: Object.fromEntries(names.map((name) => [name, sources[name].length])),
    stages: stages.map(({ from, weights }) => ({
      from,
      weights: Object.fromEntries(names.map((name) => [name, weights[name] ?? 0])),
    })),
    change,
    steps,
    batchSize,
    seed,
  };

  function draw(shares: readonly number[]): TrainingSequence {
    const k = chosen(shares, random());
    const { i, begun } = cursors[k].next();
    if (begun) onEpoch?.({ source: names[k], epochs: cursors[k].epoch, step });
    const source = sources[names[k]];
    const sequence = source.at(i) as TrainingSequence;
    tally.add(k, sequence, source.documentsIn?.(i) ?? 1);
    return sequence;
  }

  return {
    async next() {
      if (step >= steps) return undefined;
      const shares = sharesAt(stages, names, step / steps, change);
      const batch = Array.from({ length: batchSize }, () => draw(shares));
      tally.expect(shares, batchSize);
      step++;
      return batch;
    },
    report() {
      const epochs = cursors.map((cursor) => ({ epochs: cursor.epoch }));
      const each = tally.report().map((report, k) => [names[k], { ...report, ...epochs[k] }]);
      return { step, sources: Object.fromEntries(each) };
    },
    state: () => ({
      of: same,
      step,
      random: random.state(),
      sources: cursors.map((cursor) => cursor.state()),
      tally: tally.state(),
    }),
    restore(value) {
      const state = stateFrom(op, value, same);
      const own = `${op}.restore`;
      assertInteger(own, "step", state.step, { from: 0, to: steps });
      const words = state.random as unknown as ReturnType<typeof random.state>;
      assertRandomState(own, words);
      const places = Array.isArray(state.sources) ? state.sources : [];
      cursors.forEach((cursor, k) => {
        cursor.restore(own, `sources[${k}]`, places[k]);
      });
      tally.restore(own, state.tally);
      random = xoshiro128From(words);
      step = state.step;
    },
  };
}

/** The place that `drawn` falls on where shares lie one behind the other. */
function chosen(shares: readonly number[], drawn: number): number {
  let end = 0;
  for (let k = 0; k < shares.length; k++) {
    end += shares[k];
    if (drawn < end) return k;
  }
  // Rounding may leave the sum a little below 1; a source without weight is never meant.
  return shares.findLastIndex((share) => share > 0);
}
