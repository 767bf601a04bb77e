/**
 * Batches of pairs with the reference's log-probabilities, which are computed once: before the first step, of all pairs.
 *
 * They are kept with the run. So a run that goes on needs no second pass over its data, and it does not matter whether the model
 * that it goes on with still is the reference: usually that is the policy as it was at the beginning, which no longer exists.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertFinite, isList } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { isObject, type JsonValue } from "../../source/json.ts";
import type { BatchSource } from "../../training/run/batch.ts";
import { shuffledBatches } from "../../training/run/shuffled-batches.ts";
import { responseLogprobs } from "../losses/response-logprobs.ts";
import type { PreferencePair } from "../pairs/preference-pair.ts";
import type { ScoresTokens } from "../rollout/reference.ts";
import type { DpoPair } from "./dpo-learner.ts";

/** log π_ref of the answers of pairs, in nats; JSON as it is. */
export type Sums = {
  /** Of the chosen answers, [P]. */
  readonly chosen: readonly number[];
  /** Of the rejected ones, [P]. */
  readonly rejected: readonly number[];
};

/** Of all pairs. */
export type References = {
  /** Of the pairs that are learnt. */
  readonly learnt: Sums;
  /** Of the others. */
  readonly valid: Sums;
};

/** What pairs come from. */
export interface PairBatchesOptions {
  /** Pairs that are not learnt. */
  readonly valid: readonly PreferencePair[];
  /** Whose log-probabilities stand beside those of the policy. */
  readonly reference: ScoresTokens;
  /** Pairs a batch. */
  readonly batchSize: number;
  /** Of their order. */
  readonly seed: number;
}

const OP = "dpo";

/** Pairs in batches, shuffled anew each epoch, as `shuffledBatches` gives sequences. */
export class PairBatches implements BatchSource<DpoPair> {
  readonly #pairs: readonly PreferencePair[];
  readonly #valid: readonly PreferencePair[];
  readonly #reference: ScoresTokens;
  readonly #order: BatchSource<number>;
  #references: References | undefined;

  constructor(
    pairs: readonly PreferencePair[],
    { valid, reference, batchSize, seed }: PairBatchesOptions,
  ) {
    this.#pairs = pairs;
    this.#valid = valid;
    this.#reference = reference;
    const places = pairs.map((_, i) => i);
    this.#order = shuffledBatches(places, { batchSize, seed });
  }

  /** Computes what the reference makes of all pairs, unless that is known. */
  async refer(signal?: AbortSignal): Promise<References> {
    this.#references ??= {
      learnt: await sumsOf(this.#reference, this.#pairs, signal),
      valid: await sumsOf(this.#reference, this.#valid, signal),
    };
    return this.#references;
  }

  /** The next batch. */
  async next(signal?: AbortSignal): Promise<readonly DpoPair[] | undefined> {
    const { learnt } = await this.refer(signal);
    const places = await this.#order.next(signal);
    return places?.map((i) => withReference(this.#pairs[i], learnt, i));
  }

  /** The pairs that are not learnt. */
  async valid(signal?: AbortSignal): Promise<readonly DpoPair[]> {
    const { valid } = await this.refer(signal);
    return this.#valid.map((pair, i) => withReference(pair, valid, i));
  }

  /** Where it stands, and what the reference made of the pairs. */
  state(): JsonValue {
    return { order: this.#order.state(), references: (this.#references as JsonValue) ?? null };
  }

  /** Goes to a state. */
  restore(state: JsonValue): void {
    const { order, references } = Object(state) as Record<"order" | "references", JsonValue>;
    if (!isObject(state) || references === undefined) {
      const hint = "a run of DPO goes on as one";
      throw refusals(OP).argument("resume", "a run of dpo", brief(state), hint);
    }
    const known = references === null ? undefined : this.#checked(references);
    this.#order.restore(order);
    this.#references = known;
  }

  #checked(saved: JsonValue): References {
    const { learnt, valid } = Object(saved) as Partial<References>;
    return { learnt: same("rows", learnt, this.#pairs), valid: same("valid", valid, this.#valid) };
  }
}

/** S^ref of both answers of each pair. */
async function sumsOf(
  reference: ScoresTokens,
  pairs: readonly PreferencePair[],
  signal: AbortSignal | undefined,
): Promise<Sums> {
  const sums = { chosen: [] as number[], rejected: [] as number[] };
  for (const { chosen, rejected } of pairs) {
    const both = [chosen, rejected];
    const logprobs = await reference.logprobs(both, { signal });
    const masks = both.map(({ mask }) => mask);
    const [S_c, S_r] = responseLogprobs(logprobs, masks);
    sums.chosen.push(S_c);
    sums.rejected.push(S_r);
  }
  return sums;
}

function withReference({ chosen, rejected }: PreferencePair, sums: Sums, i: number): DpoPair {
  return {
    chosen,
    rejected,
    reference: { chosen: sums.chosen[i], rejected: sums.rejected[i] },
  };
}

/** @throws {ArgumentError} unless the saved sums are those of as many pairs. */
function same(argument: string, saved: Sums | undefined, pairs: readonly unknown[]): Sums {
  for (const name of ["chosen", "rejected"] as const) {
    const sums: unknown = saved?.[name];
    const count = isList(sums) ? sums.length : 0;
    if (count !== pairs.length) {
      const hint = "a run goes on with the data that it began with";
      throw refusals(OP).argument(
        argument,
        `${count} pairs, as in the saved run`,
        pairs.length,
        hint,
      );
    }
    for (let i = 0; i < count; i++) {
      assertFinite(OP, `resume: reference of ${argument}[${i}]`, (sums as number[])[i]);
    }
  }
  return saved as Sums;
}
