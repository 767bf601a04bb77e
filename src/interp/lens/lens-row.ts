/**
 * What a row of logits says: the first tokens, the places of others, and how sure it is.
 *
 *     p[v]    = softmax(x)[v]
 *     entropy = −Σ_v p[v] · log p[v]
 *     kl      = Σ_v final[v] · (log final[v] − log p[v])
 *
 * In float64, over the whole row; ids in `except` are not ranked, and count in the softmax.
 * @module
 */
import type { FloatArray } from "../../tensor/tensor.ts";

/** A token in a row of logits. */
export interface RankedToken {
  readonly id: number;
  readonly logit: number;
  readonly probability: number;
  /** 1 is the most probable; of equal ones the lower id comes first. */
  readonly rank: number;
}

/** What is said of a row. */
export interface RowSummary {
  /** The most probable, in order. */
  readonly top: readonly RankedToken[];
  readonly targets: readonly RankedToken[];
  /** In nats: 0 is certain, log V knows nothing. */
  readonly entropy: number;
  /** From the final distribution to this one, in nats. */
  readonly kl: number;
}

/** A row of logits [V], and its softmax. */
export interface Distribution {
  readonly logits: FloatArray;
  readonly probabilities: Float64Array;
  /** log Σ exp(logits): NaN or infinite if they have no softmax. */
  readonly logSum: number;
}

export function distributionOf(logits: FloatArray): Distribution {
  let max = Number.NEGATIVE_INFINITY;
  for (let v = 0; v < logits.length; v++) if (!(logits[v] <= max)) max = logits[v];
  const probabilities = new Float64Array(logits.length);
  let sum = 0;
  for (let v = 0; v < logits.length; v++) {
    probabilities[v] = Math.exp(logits[v] - max);
    sum += probabilities[v];
  }
  for (let v = 0; v < logits.length; v++) probabilities[v] /= sum;
  return { logits, probabilities, logSum: max + Math.log(sum) };
}

/** @param final what `row` is compared with: the model's own. */
export function summaryOf(
  row: Distribution,
  final: Distribution,
  options: {
    readonly topK: number;
    readonly targets: readonly number[];
    readonly except: ReadonlySet<number>;
  },
): RowSummary {
  const { topK, targets, except } = options;
  const { logits, probabilities, logSum } = row;
  const ranked = (id: number, rank: number): RankedToken => {
    return { id, logit: logits[id], probability: probabilities[id], rank };
  };
  const finalMean = meanOf(logits, final.probabilities);
  const finalOwn = meanOf(final.logits, final.probabilities);
  return {
    top: largest(logits, topK, except).map((id, i) => ranked(id, 1 + i)),
    targets: targets.map((id) => ranked(id, rankOf(logits, id, except))),
    entropy: logSum - meanOf(logits, probabilities),
    kl: Math.max(0, finalOwn - final.logSum - (finalMean - logSum)),
  };
}

/** Σ_v p[v] · x[v]. A masked token, of logit −∞ and probability 0, has no part in it. */
function meanOf(x: FloatArray, p: Float64Array): number {
  let mean = 0;
  for (let v = 0; v < x.length; v++) if (p[v] > 0) mean += p[v] * x[v];
  return mean;
}

/** Ids of the largest `count` logits, in order; of equal ones the lower id comes first. */
export function largest(logits: FloatArray, count: number, except: ReadonlySet<number>): number[] {
  const best: number[] = [];
  for (let v = 0; v < logits.length; v++) {
    if (best.length === count && !(logits[v] > logits[best[count - 1]])) continue;
    if (except.has(v)) continue;
    let at = best.length;
    while (at > 0 && logits[v] > logits[best[at - 1]]) at--;
    best.splice(at, 0, v);
    if (best.length > count) best.pop();
  }
  return best;
}

function rankOf(logits: FloatArray, id: number, except: ReadonlySet<number>): number {
  let before = 0;
  for (let v = 0; v < logits.length; v++) {
    const comesFirst = logits[v] > logits[id] || (logits[v] === logits[id] && v < id);
    if (comesFirst && !except.has(v)) before++;
  }
  return 1 + before;
}
