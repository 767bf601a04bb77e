/**
 * What each sequence of a sorted list leaves for those behind it, so that none of them feeds a token again.
 * @module
 */
import { commonPrefix } from "./order.ts";

/** A sequence whose tokens from `from` on are predicted. */
export interface Sequence {
  readonly ids: readonly number[];
  /** At least 1: the first token is given. */
  readonly from: number;
}

/** A sequence, and what to keep of it. */
export interface Planned extends Sequence {
  /** Predictions from this token on are of use, to it or to a later one that begins alike: at most `from`. */
  readonly usefulFrom: number;
  /** Lengths of prefixes behind which a later one predicts another token: the logits there are worth keeping. */
  readonly branches: readonly number[];
}

/**
 * Looks ahead in a sorted list. Sequence j, behind i, has its first `common` tokens alike with i, where
 *
 *     common(i, j) = min(shared[i + 1], …, shared[j]),   shared[k] = tokens that k − 1 and k begin with alike
 *
 * Those that have equally much in common with i form a block: the blocks of i are found by going from each k to the next
 * one that shares less.
 */
export function planOf(sorted: readonly Sequence[]): Planned[] {
  const n = sorted.length;
  const shared = sorted.map(({ ids }, i) => (i === 0 ? 0 : commonPrefix(sorted[i - 1].ids, ids)));
  /** The first behind k that shares less than k with its predecessor. */
  const next = new Array<number>(n).fill(n);
  /** The least `from` of k and those before `next[k]`. */
  const least = sorted.map(({ from }) => from);
  for (let k = n - 1; k >= 0; k--) {
    let j = k + 1;
    while (j < n && shared[j] >= shared[k]) {
      least[k] = Math.min(least[k], least[j]);
      j = next[j];
    }
    next[k] = j;
  }
  return sorted.map(({ ids, from }, i) => {
    let usefulFrom = from;
    const branches: number[] = [];
    for (let k = i + 1; k < n && shared[k] > 0; k = next[k]) {
      const common = shared[k];
      if (least[k] > common) continue;
      usefulFrom = Math.min(usefulFrom, least[k]);
      if (common < ids.length) branches.push(common);
    }
    return { ids, from, usefulFrom, branches };
  });
}
