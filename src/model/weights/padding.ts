/**
 * Rows of the table that stand for no token.
 * @module
 */
import { assertDType, type RowSource, storedFromBytes, widenRow } from "../../tensor/stored.ts";
import { EMBEDDING, LM_HEAD } from "./weights.ts";

/**
 * Most rows that a table may have besides those of the vocabulary. The report has 128 for 256,000, others
 * fill up to a multiple of something, or leave room for tokens added in training; but a vocabulary of half
 * the rows belongs to another model.
 */
export function maxPadding(vocabSize: number): number {
  return Math.max(128, Math.floor(vocabSize / 100));
}

/**
 * Those of the rows `ids` of the output projection, ascending, that are all zeros: padding, which no token stands for. A
 * table that was enlarged and not filled has them, and their logit, 0, would be above every other.
 */
export async function zeroRows(
  tensors: ReadonlyMap<string, RowSource>,
  ids: readonly number[],
  signal?: AbortSignal,
): Promise<number[]> {
  const table = tensors.get(LM_HEAD) ?? tensors.get(EMBEDDING);
  if (!table || ids.length === 0) return [];
  assertDType(table);
  const [begin, end] = [ids[0], ids[ids.length - 1] + 1];
  const [, D] = table.shape;
  const bytes = await table.rows(begin, end, signal);
  const stored = storedFromBytes(bytes, table.dtype, [end - begin, D]);
  const row = new Float64Array(D);
  return ids.filter((id) => {
    widenRow(stored, id - begin, row);
    return row.every((x) => x === 0);
  });
}
