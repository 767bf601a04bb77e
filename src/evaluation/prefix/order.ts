/**
 * The order in which requests are fed so that few tokens are: sorted by their ids, each shares the longest beginning
 * with its neighbours, which one cache keeps. It is a walk through the tree of their prefixes, depth first.
 * @module
 */

/** How many tokens two sequences begin with alike. */
export function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length);
  let i = 0;
  while (i < most && a[i] === b[i]) i++;
  return i;
}

/** A sequence in its turn. */
export interface Turn {
  /** Its place in the list that was given. */
  readonly index: number;
  /** Tokens that it begins with as the one before it in the order does. */
  readonly shared: number;
}

/** The order of `sequences`, in at most `atOnce` stretches that go side by side. */
export function stretchesOf(sequences: readonly (readonly number[])[], atOnce: number): Turn[][] {
  const order = prefixOrder(sequences);
  const turns = order.map((index, i): Turn => {
    const shared = i === 0 ? 0 : commonPrefix(sequences[order[i - 1]], sequences[index]);
    return { index, shared };
  });
  const begins = cuts(
    turns.map(({ shared }) => shared),
    Math.min(atOnce, turns.length),
  );
  return begins.map((begin, k) => turns.slice(begin, begins[k + 1]));
}

/** The places of `sequences`, sorted token by token; a sequence comes before those that go on from it. */
export function prefixOrder(sequences: readonly (readonly number[])[]): number[] {
  return sequences
    .map((_, i) => i)
    .sort((i, j) => {
      const [a, b] = [sequences[i], sequences[j]];
      const at = commonPrefix(a, b);
      return (a[at] ?? -1) - (b[at] ?? -1) || i - j;
    });
}

/**
 * Cuts a sorted list into `count` stretches of about as many tokens each, where neighbours have least in common: each
 * stretch begins with an empty cache, and what it shares with the one before is fed twice.
 * @param shared `shared[i]`: tokens that sequence i of the order begins with as its predecessor does.
 * @returns the first place of each stretch; fewer of them where there is too little to share.
 */
export function cuts(shared: readonly number[], count: number): number[] {
  const size = shared.length / count;
  const begins = new Set([0]);
  for (let k = 1; k < count; k++) {
    const middle = Math.round(k * size);
    const reach = Math.floor(size / 4);
    let best = middle;
    for (let i = Math.max(1, middle - reach); i <= Math.min(shared.length - 1, middle + reach); i++)
      if (shared[i] < shared[best]) best = i;
    if (best < shared.length) begins.add(best);
  }
  return [...begins].sort((a, b) => a - b);
}
