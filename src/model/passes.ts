/**
 * How a batch of sequences is cut into passes of at most `maxRows` rows: each pass takes as much of each
 * sequence as there is room for, in the order of the batch. So a single prompt comes in chunks, decodes of
 * many sequences go together, and a prompt is prefilled beside them.
 * @module
 */
import type { Rows } from "../backend/backend.ts";

/** A stretch of one sequence, as rows of a pass. */
export interface Stretch {
  /** Index into the batch. */
  readonly sequence: number;
  /** First token, counted from the beginning of what is fed. */
  readonly begin: number;
  /** How many rows it has. */
  readonly count: number;
  /** First row. */
  readonly from: number;
  /** Tokens of the sequence behind it: 0 where the sequence ends with it. */
  readonly left: number;
}

/** One pass: stretches of different sequences, one behind the other. */
export interface Pass {
  /** How many rows all of them have together. */
  readonly count: number;
  /** The rows of each sequence. */
  readonly stretches: readonly Stretch[];
}

/** The passes that feed sequences of these lengths. */
export function* passes(lengths: readonly number[], maxRows: number): Generator<Pass> {
  let stretches: Stretch[] = [];
  let count = 0;
  for (const [sequence, length] of lengths.entries()) {
    for (let begin = 0; begin < length; ) {
      const take = Math.min(length - begin, maxRows - count);
      const left = length - begin - take;
      stretches.push({ sequence, begin, count: take, from: count, left });
      begin += take;
      count += take;
      if (count < maxRows) continue;
      yield { count, stretches };
      [stretches, count] = [[], 0];
    }
  }
  if (count > 0) yield { count, stretches };
}

/** Logits that are wanted of each sequence: of its last token, of its last so many, of all, or of none. */
export type WantedLogits = "last" | "all" | "none" | number;

/** The most probable token after each of the last so many tokens (top.ts). */
export interface WantedTokens {
  readonly nextTokens: number;
}

/** What is wanted of each sequence: logits, or the most probable next tokens. */
export type Wanted = WantedLogits | WantedTokens;

/** Whether the most probable next tokens are wanted, and no logits. */
export function areTokens(wanted: Wanted): wanted is WantedTokens {
  return typeof wanted === "object";
}

/** Rows of one sequence whose logits are wanted, and where the logits go. */
export interface LogitRows extends Required<Rows> {
  /** Index into the batch. */
  readonly sequence: number;
}

/**
 * The rows of a pass whose logits are wanted, sequence by sequence.
 * @param wanted of all sequences, or of each.
 */
export function logitRows({ stretches }: Pass, wanted: Wanted | readonly Wanted[]): LogitRows[] {
  let into = 0;
  return stretches.flatMap(({ sequence, from, count, left }) => {
    const ofIt = isList(wanted) ? wanted[sequence] : wanted;
    const some = Math.min(count, rowsWanted(ofIt) - left);
    if (some <= 0) return [];
    const rows = { sequence, from: from + count - some, count: some, into };
    into += some;
    return [rows];
  });
}

/** How many tokens have logits, counted from the last. */
function rowsWanted(wanted: Wanted): number {
  if (typeof wanted === "number") return wanted;
  if (areTokens(wanted)) return wanted.nextTokens;
  return { all: Number.POSITIVE_INFINITY, last: 1, none: 0 }[wanted];
}

function isList(wanted: Wanted | readonly Wanted[]): wanted is readonly Wanted[] {
  return Array.isArray(wanted);
}

/** Runs that lie one behind the other in source and destination, as one: a batch of decodes is one matmul. */
export function joined(runs: readonly LogitRows[]): Required<Rows>[] {
  const out: Required<Rows>[] = [];
  for (const { from, count, into } of runs) {
    const last = out.at(-1);
    if (last && last.from + last.count === from) {
      out[out.length - 1] = { ...last, count: last.count + count };
    } else out.push({ from, count, into });
  }
  return out;
}
