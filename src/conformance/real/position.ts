/**
 * What is kept of the logits of one position, and how far other logits are from it.
 * @module
 */

/** Tokens that are kept by name, as far as the vocabulary goes. */
const TOP = 32;

/** The most probable tokens, and how much all and the others weigh together. */
export interface PositionSketch {
  /** Ids, the most probable first; of equal logits the lowest id. */
  readonly top: readonly number[];
  /** Their logits. */
  readonly logits: readonly number[];
  /** log Σ exp(logit) over the whole vocabulary. */
  readonly logSumExp: number;
  /** The same over all tokens but `top`; null if these are all. */
  readonly restLogSumExp: number | null;
}

/** What is kept of `logits` [V]. */
export function positionOf(logits: ArrayLike<number>): PositionSketch {
  const order = Array.from({ length: logits.length }, (_, id) => id);
  order.sort((a, b) => logits[b] - logits[a] || a - b);
  const top = order.slice(0, TOP);
  const rest = logSumExp(logits, order.slice(TOP));
  return {
    top,
    logits: top.map((id) => logits[id]),
    logSumExp: logSumExp(logits, order),
    restLogSumExp: rest === Number.NEGATIVE_INFINITY ? null : rest,
  };
}

/** log Σ exp(x[i]) over `ids`; −∞ over none. */
export function logSumExp(x: ArrayLike<number>, ids: readonly number[]): number {
  let max = Number.NEGATIVE_INFINITY;
  for (const id of ids) max = Math.max(max, x[id]);
  if (max === Number.NEGATIVE_INFINITY) return max;
  let sum = 0;
  for (const id of ids) sum += Math.exp(x[id] - max);
  return max + Math.log(sum);
}

/**
 * A lower bound of KL(P ‖ Q), of P that is sketched and Q = softmax(logits): the divergence that is left when all
 * tokens but P's `top` count as one. Taking outcomes together never raises a divergence (the log-sum inequality), so
 * whatever this says is too far, is.
 *
 *     Σ_i P_i · log(P_i / Q_i), i in top and the rest
 */
export function divergenceFrom(sketch: PositionSketch, logits: ArrayLike<number>): number {
  const { top, logits: known, logSumExp: all, restLogSumExp } = sketch;
  const isTop = new Set(top);
  const everything = Array.from({ length: logits.length }, (_, id) => id);
  const total = logSumExp(logits, everything);
  let sum = 0;
  const add = (logP: number, logQ: number) => {
    const p = Math.exp(logP);
    if (p > 0) sum += p * (logP - logQ);
  };
  for (const [i, id] of top.entries()) add(known[i] - all, logits[id] - total);
  if (restLogSumExp !== null) {
    const others = everything.filter((id) => !isTop.has(id));
    add(restLogSumExp - all, logSumExp(logits, others) - total);
  }
  return Math.max(0, sum); // below 0 is rounding
}
