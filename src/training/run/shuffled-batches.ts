/**
 * Batches of sequences in memory. Each epoch has every sequence once, in an order of its own (Fisher and Yates, as in
 * Knuth's Algorithm P), drawn by a seeded generator. No batch reaches from one epoch into the next: the last of an epoch
 * has what is left, as PyTorch's DataLoader gives it with `drop_last=False`. So n sequences are ⌈n/batchSize⌉ batches an epoch.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import {
  assertRandomState,
  type Random,
  type RandomState,
  xoshiro128,
  xoshiro128From,
} from "../../random.ts";
import { isObject, type JsonValue } from "../../source/json.ts";
import type { TrainingSequence } from "../trains.ts";
import { BATCH_SIZE, type BatchSource } from "./batch.ts";

/** Options of {@link shuffledBatches}. */
export interface ShuffledBatchesOptions {
  /** Sequences a batch, 2²⁰ at most; the last of an epoch may be smaller. Default 8. */
  readonly batchSize?: number;
  /** 32 bits, from which the orders follow. Default 0. */
  readonly seed?: number;
  /** How often every sequence comes. Default: without end. */
  readonly epochs?: number;
}

const NAMES: OptionNames<ShuffledBatchesOptions> = { batchSize: true, seed: true, epochs: true };

/** A state of {@link shuffledBatches}. */
interface State {
  /** What must be the same: another number of them would give other batches. */
  readonly sequences: number;
  readonly batchSize: number;
  readonly seed: number;
  /** Epochs that are over. */
  readonly epoch: number;
  /** How many sequences of this one are. */
  readonly at: number;
  /** The generator as this epoch's order was drawn. */
  readonly random: RandomState;
}

const op = "shuffledBatches";

/** `sequences`, or other items, in batches, shuffled anew each epoch. */
export function shuffledBatches<Item = TrainingSequence>(
  sequences: readonly Item[],
  options: ShuffledBatchesOptions = {},
): BatchSource<Item> {
  assertOptions(op, options, NAMES);
  const { batchSize = 8, seed = 0, epochs = Number.POSITIVE_INFINITY } = options;
  const refuse = refusals(op);
  if (!Array.isArray(sequences) || sequences.length === 0) {
    throw refuse.argument("sequences", "a list of one at least", brief(sequences));
  }
  assertInteger(op, "batchSize", batchSize, BATCH_SIZE);
  assertInteger(op, "seed", seed, { from: 0, to: 2 ** 32 - 1 });
  if (epochs !== Number.POSITIVE_INFINITY) assertInteger(op, "epochs", epochs, POSITIVE);

  let random = xoshiro128(seed);
  let drawn = random.state();
  let order = shuffledOrder(sequences.length, random);
  let [epoch, at] = [0, 0];

  async function next(): Promise<readonly Item[] | undefined> {
    if (epoch >= epochs) return undefined;
    const batch = Array.from(order.subarray(at, at + batchSize), (i) => sequences[i]);
    at += batch.length;
    if (at === order.length) {
      [epoch, at] = [epoch + 1, 0];
      drawn = random.state();
      order = shuffledOrder(sequences.length, random);
    }
    return batch;
  }

  function state(): State & JsonValue {
    return { sequences: sequences.length, batchSize, seed, epoch, at, random: drawn };
  }

  function restore(to: JsonValue): void {
    const saved = stateFrom(to, { sequences: sequences.length, batchSize, seed });
    random = xoshiro128From(saved.random);
    drawn = random.state();
    order = shuffledOrder(sequences.length, random);
    [epoch, at] = [saved.epoch, saved.at];
  }

  return { next, state, restore };
}

/** 0 to n − 1 in an order that is drawn: each of the n! as likely as the others. */
export function shuffledOrder(n: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function stateFrom(value: JsonValue, same: Pick<State, "sequences" | "batchSize" | "seed">): State {
  const refuse = refusals(`${op}.restore`);
  if (!isObject(value)) throw refuse.argument("state", "a state of this source", brief(value));
  const state = value as unknown as State;
  for (const name of ["sequences", "batchSize", "seed"] as const) {
    if (state[name] === same[name]) continue;
    const hint = "a run goes on with the data and the options that it began with";
    throw refuse.argument(name, `${same[name]}, as here`, brief(state[name]), hint);
  }
  assertInteger(`${op}.restore`, "epoch", state.epoch, { from: 0 });
  assertInteger(`${op}.restore`, "at", state.at, { from: 0, to: same.sequences - 1 });
  assertRandomState(`${op}.restore`, state.random);
  return state;
}
