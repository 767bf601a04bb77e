/**
 * The batch of one step of the optimiser: sequences, and what their loss is divided by.
 *
 *     loss = −Σ mask · log p / M,   M = Σ mask over all sequences of the batch
 *
 * M is that of the whole batch, also where the batch is computed in several parts: a mean of the parts' means
 * would weigh the targets of short answers more (transformers#34191).
 * @module
 */
import { brief } from "../../brief.ts";
import { type IntegerRange, isList } from "../../check.ts";
import { refusals } from "../../errors.ts";
import type { JsonValue } from "../../source/json.ts";
import { assertMask } from "../check-sequences.ts";
import type { TrainingSequence } from "../trains.ts";

/** How many sequences a batch may have: any number that a list can be made of, and that somebody may mean. */
export const BATCH_SIZE: IntegerRange & { readonly to: number } = { from: 1, to: 2 ** 20 };

/** Where batches come from, one a step. */
export interface BatchSource<Item = TrainingSequence> {
  /**
   * The items of the next step; `undefined` once there are no more.
   * @param signal stops a source that computes them.
   */
  next(signal?: AbortSignal): Promise<readonly Item[] | undefined>;
  /**
   * Where it stands, as JSON: {@link restore} of it gives the same batches as here from now on. It holds the place in
   * the data, the state of the generator, and whatever else the batches to come depend on.
   */
  state(): JsonValue;
  /**
   * Goes back or forward to a state.
   * @throws {ArgumentError} if the state is that of other data, or was made with other options.
   */
  restore(state: JsonValue): void;
}

/**
 * M of a batch: how much its targets count together.
 * @throws {ArgumentError} unless each mask has a number from 0 on for each id, and 0 for the first; and if no
 * target counts at all, as the loss would be 0/0 and poison the moments for good.
 */
export function targetsOf(op: string, sequences: readonly TrainingSequence[]): number {
  const refuse = refusals(op);
  if (!Array.isArray(sequences)) {
    throw refuse.argument("batch", "a list of sequences: { ids, mask }", brief(sequences));
  }
  let targets = 0;
  for (const [i, sequence] of sequences.entries()) targets += targetsIn(op, sequence, i);
  if (targets > 0) return targets;
  const hint =
    sequences.length === 0
      ? "the source of batches should say undefined when it has no more"
      : "a mask counts the tokens to be learnt, such as those of the answer";
  const got = sequences.length === 0 ? "no sequences" : `masks of 0 in all ${sequences.length}`;
  throw refuse.argument("batch", "at least one token that counts as a target", got, hint);
}

function targetsIn(op: string, { ids, mask }: TrainingSequence, at: number): number {
  const refuse = refusals(op);
  if (!isList(ids)) throw refuse.argument(`batch[${at}].ids`, "a list of token ids", brief(ids));
  return assertMask(refuse, `batch[${at}].mask`, mask, ids.length);
}
