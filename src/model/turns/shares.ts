/**
 * How the rows of a pass are shared among the sequences that wait for one: pure bookkeeping.
 *
 * Each gets its equal share, so that nobody starves behind a long prompt. What is left over goes to those that have
 * least left to feed, because they are done soonest.
 *
 * Where answers wait for their next token, which is one row of each, the pass is short: prompts beside them take a
 * quarter of the rows at most, and the rest in the passes after it. So a prompt that comes in delays the answers of
 * others by a short pass for each of their tokens, and is itself fed hardly later: from a few rows on a pass takes as long as its
 * rows take to compute, not as long as the weights take to read.
 * @module
 */

/** What one sequence has to feed. */
export interface Feed {
  /** Tokens that are not in a pass yet, at least one. */
  readonly left: number;
  /** Whether it is a token of an answer, which waits for the next, or with it a draft of the next. */
  readonly isAnswer: boolean;
}

/** The part of the rows that a pass has where answers wait for a token, and prompts beside them. */
const SHORT = 1 / 4;

/**
 * The rows of each sequence in the next pass.
 * @param waiting in the order in which their turn comes.
 * @param maxRows most rows of a pass.
 */
export function shares(waiting: readonly Feed[], maxRows: number): number[] {
  const rows = rowsOfPass(waiting, maxRows);
  const share = Math.max(1, Math.floor(rows / waiting.length));
  let free = rows;
  const given = waiting.map(({ left }) => {
    const some = Math.min(left, share, free);
    free -= some;
    return some;
  });
  const leastFirst = waiting.map(({ left }, i) => ({ left, i })).sort((a, b) => a.left - b.left);
  for (const { left, i } of leastFirst) {
    const more = Math.min(left - given[i], free);
    given[i] += more;
    free -= more;
  }
  return given;
}

function rowsOfPass(waiting: readonly Feed[], maxRows: number): number {
  const isMixed =
    waiting.some(({ isAnswer }) => isAnswer) &&
    waiting.some(({ isAnswer, left }) => !isAnswer && left > 1);
  if (!isMixed) return maxRows;
  return Math.min(maxRows, Math.max(waiting.length, Math.ceil(maxRows * SHORT)));
}
