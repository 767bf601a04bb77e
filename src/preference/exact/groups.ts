/**
 * Samples by their prompt. A policy cannot choose its prompts: what it can reach is the mean over prompts of what it can reach at each.
 * @module
 */
import { assertNumbers } from "../losses/check.ts";

/** The samples of each prompt, in the order in which prompts are first met. Without `groups` all are of one. */
export function byGroup(
  op: string,
  rewards: ArrayLike<number>,
  groups: ArrayLike<number> | undefined,
): Float64Array[] {
  assertNumbers(op, "rewards", rewards);
  if (groups === undefined) return [Float64Array.from(rewards)];
  assertNumbers(op, "groups", groups, rewards.length);
  const found = new Map<number, number[]>();
  for (let i = 0; i < rewards.length; i++) {
    const known = found.get(groups[i]);
    if (known) known.push(rewards[i]);
    else found.set(groups[i], [rewards[i]]);
  }
  return [...found.values()].map((own) => Float64Array.from(own));
}

/** The mean of what `of` gives of each group. */
export function meanOver<T>(groups: readonly T[], of: (group: T) => number): number {
  return groups.reduce((sum, group) => sum + of(group), 0) / groups.length;
}
