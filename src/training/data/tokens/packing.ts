/**
 * Packing: sequences into rows of one length, so that passes are full. Each stays a sequence of its own, with its own positions and cache: none sees another,
 * and no target lies on a seam. What a row is for is the size of a pass.
 *
 *     best fit, decreasing:  the longest sequence first, each into the row with the least room that it fits into
 *
 * It needs at most 11/9 of the fewest rows, and one more (Johnson 1974).
 * @module
 */
import { brief } from "../../../brief.ts";
import { assertInteger, assertOneOf, POSITIVE } from "../../../check.ts";
import { refusals } from "../../../errors.ts";
import { assertOptions, type OptionNames } from "../../../options.ts";
import type { TrainingSequence } from "../../trains.ts";

/** Options of {@link packSequences}. */
export interface PackingOptions {
  /** Ids a row. */
  readonly length: number;
  /**
   * What to do with a sequence of more ids: refuse it, leave its end out, or cut it into several. The first token of each further
   * piece is no target, and none of its tokens sees the piece before. Default "refuse".
   */
  readonly longer?: "refuse" | "cut" | "split";
}

const NAMES: OptionNames<PackingOptions> = { length: true, longer: true };

const op = "packSequences";

/**
 * `sequences` in rows of at most `length` ids. In a row they stand in their order, and rows in the order of their first sequence.
 * @throws {ArgumentError} if a sequence has more than `length` ids, unless `longer` says what then.
 */
export function packSequences(
  sequences: readonly TrainingSequence[],
  options: PackingOptions,
): TrainingSequence[][] {
  assertOptions(op, options, NAMES);
  const { length, longer = "refuse" } = options;
  assertInteger(op, "length", length, POSITIVE);
  assertOneOf(op, "longer", longer, ["refuse", "cut", "split"]);
  if (!Array.isArray(sequences)) {
    throw refusals(op).argument(
      "sequences",
      "a list of sequences: { ids, mask }",
      brief(sequences),
    );
  }
  const pieces = sequences.flatMap((sequence, i) => piecesOf(sequence, i, length, longer));
  const decreasing = pieces
    .map((piece, i) => ({ i, size: piece.ids.length }))
    .sort((a, b) => b.size - a.size || a.i - b.i);

  const rows: number[][] = [];
  // By the room that is left; a stack each, so that the last row with so much room is found at once.
  const byRoom: number[][] = Array.from({ length: length + 1 }, () => []);
  for (const { i, size } of decreasing) {
    let room = size;
    while (room <= length && byRoom[room].length === 0) room++;
    const isNew = room > length;
    const row = isNew ? rows.push([]) - 1 : (byRoom[room].pop() as number);
    rows[row].push(i);
    byRoom[(isNew ? length : room) - size].push(row);
  }
  for (const row of rows) row.sort((a, b) => a - b);
  return rows.sort(([a], [b]) => a - b).map((row) => row.map((i) => pieces[i]));
}

/** How full rows are: the share of their ids that sequences have. 1 is all of it. */
export function fillOf(rows: readonly (readonly TrainingSequence[])[], length: number): number {
  const ids = rows.flat().reduce((sum, sequence) => sum + sequence.ids.length, 0);
  return ids / (rows.length * length);
}

function piecesOf(
  sequence: TrainingSequence,
  i: number,
  length: number,
  longer: PackingOptions["longer"],
): TrainingSequence[] {
  const size = sequence.ids.length;
  if (size <= length) return [sequence];
  if (longer === "refuse") {
    const hint = 'longer: "cut" leaves the end out, longer: "split" makes several of it';
    throw refusals(op).argument(`sequences[${i}]`, `at most ${length} ids`, size, hint);
  }
  const ids = Array.from(sequence.ids);
  const mask = Array.from(sequence.mask);
  const pieces: TrainingSequence[] = [];
  for (let begin = 0; begin < (longer === "cut" ? 1 : size); begin += length) {
    const own = mask.slice(begin, begin + length);
    own[0] = 0;
    pieces.push({ ids: ids.slice(begin, begin + length), mask: own });
  }
  return pieces;
}
