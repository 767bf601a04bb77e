/**
 * What every pass of training asks of its sequences and their masks, and of what a callback gives back, before anything is
 * computed.
 * @module
 */
import { brief } from "../brief.ts";
import { isList, isTensor, numberGot } from "../check.ts";
import type { GemmaConfig } from "../config.ts";
import { type Refusals, refusals } from "../errors.ts";
import { assertIds, assertSequence } from "../model/check-ids.ts";
import { formatShape, type NdArray } from "../tensor/tensor.ts";
import type { TrainingSequence } from "./trains.ts";

/** Whether sequences have to have a mask, may have one, or have one that nobody looks at. */
export type MaskNeed = "mask" | "maybe mask" | "ids alone";

/** @throws {ArgumentError} unless `sequences` are a list, each with ids of the model, and with a mask that fits them. */
export function assertSequences(
  op: string,
  sequences: readonly Partial<TrainingSequence>[],
  config: GemmaConfig,
  need: MaskNeed,
): void {
  const refuse = refusals(op);
  if (!Array.isArray(sequences)) {
    throw refuse.argument("sequences", "a list of sequences: { ids, mask }", brief(sequences));
  }
  for (const [i, sequence] of sequences.entries()) {
    const at = `sequences[${i}]`;
    if (typeof sequence !== "object" || sequence === null) {
      throw refuse.argument(at, "a sequence: { ids, mask }", brief(sequence));
    }
    const { ids, mask } = sequence;
    assertIds(op, ids, config);
    assertSequence(op, ids, config);
    const isAbsent = need === "maybe mask" && mask === undefined;
    if (need !== "ids alone" && !isAbsent) assertMask(refuse, `${at}.mask`, mask, ids.length);
  }
}

/**
 * @param at where the mask is: `sequences[0].mask`.
 * @returns the sum of the mask, which is how much the targets count together.
 * @throws {ArgumentError} unless `mask` has `length` numbers from 0 on, and 0 for the first.
 */
export function assertMask(refuse: Refusals, at: string, mask: unknown, length: number): number {
  if (!isList(mask) || mask.length !== length) {
    const expected = `a list of ${length} numbers, one for each id`;
    throw refuse.argument(at, expected, isList(mask) ? `${mask.length}` : brief(mask));
  }
  let sum = 0;
  for (let t = 0; t < length; t++) {
    const weight = mask[t];
    const isWeight = typeof weight === "number" && weight >= 0 && weight < Number.POSITIVE_INFINITY;
    if (!isWeight) throw refuse.argument(`${at}[${t}]`, "a number, 0 or more", numberGot(weight));
    sum += weight;
  }
  if (length === 0 || mask[0] === 0) return sum;
  const hint = "no token comes before the first, so that it cannot be a target";
  throw refuse.argument(`${at}[0]`, "0", numberGot(mask[0]), hint);
}

/** @throws {ArgumentError} unless a callback has given a gradient for each token: [T] of each sequence. */
export function assertTokenGradients(
  op: string,
  given: readonly ArrayLike<number>[],
  lengths: readonly number[],
): void {
  assertOnePerSequence(op, given, lengths.length);
  assertTokenNumbers(op, "gradients", given, lengths);
}

/** @throws {ArgumentError} unless `given` has a number for each token: [T] of each sequence. */
export function assertTokenNumbers(
  op: string,
  argument: string,
  given: readonly ArrayLike<number>[],
  lengths: readonly number[],
): void {
  const refuse = refusals(op);
  if (!Array.isArray(given) || given.length !== lengths.length) {
    const got = Array.isArray(given) ? `${given.length}` : brief(given);
    throw refuse.argument(argument, `a list of ${lengths.length}, one for each sequence`, got);
  }
  for (const [i, length] of lengths.entries()) {
    const one: unknown = given[i];
    if (isList(one) && one.length === length) continue;
    const got = isList(one) ? `${one.length}` : brief(one);
    throw refuse.argument(`${argument}[${i}]`, `${length} numbers, one for each id`, got);
  }
}

/** @throws {ArgumentError} unless a callback has given a gradient for each output: [T, D] of each sequence. */
export function assertFinalGradients(
  op: string,
  given: readonly NdArray[],
  finals: readonly NdArray[],
): void {
  const refuse = assertOnePerSequence(op, given, finals.length);
  for (const [i, { shape }] of finals.entries()) {
    const one = given[i];
    const expected = formatShape(shape);
    const got = isTensor(Object(one)) ? formatShape(one.shape) : brief(one);
    if (got === expected) continue;
    throw refuse.argument(`gradients[${i}]`, `a tensor ${expected}, as what it is of`, got);
  }
}

function assertOnePerSequence(op: string, given: unknown, count: number): Refusals {
  const refuse = refusals(op);
  if (Array.isArray(given) && given.length === count) return refuse;
  const isPromise = typeof given === "object" && given !== null && "then" in given;
  const hint = isPromise
    ? "the callback may not be async"
    : "the callback gives the gradients back";
  const got = Array.isArray(given) ? `${given.length}` : isPromise ? "a Promise" : brief(given);
  throw refuse.argument("gradients", `a list of ${count}, one for each sequence`, got, hint);
}
