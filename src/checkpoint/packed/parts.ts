/**
 * The tensors that a packed weight consists of, checked and read.
 * @module
 */
import type { Refusals } from "../../errors.ts";
import { assertDType, type RowSource, storedFromBytes, widenRow } from "../../tensor/stored.ts";
import { elementsOf, formatShape } from "../../tensor/tensor.ts";
import type { Integers, UnreadableSource } from "../file-rows.ts";

/** The tensors of a checkpoint by name. */
export type Tensors = ReadonlyMap<string, RowSource>;

const HINT = "the checkpoint is incomplete, or its files are of different models";

/** @throws {FormatError} if there is no tensor `name`. */
export function partOf(tensors: Tensors, name: string, refuse: Refusals): RowSource {
  const found = tensors.get(name);
  if (found) return found;
  throw refuse.format(name, "a tensor of that name, as the weight is packed", "none", HINT);
}

/** @throws {FormatError} if `source` has another shape. */
export function assertPart(source: RowSource, shape: readonly number[], refuse: Refusals): void {
  const fits = source.shape.length === shape.length && shape.every((x, i) => source.shape[i] === x);
  if (fits) return;
  const expected = `a tensor of shape ${formatShape(shape)}`;
  throw refuse.format(source.name, expected, formatShape(source.shape), HINT);
}

/** @throws {FormatError} unless `source` consists of integers of `type`. */
export function integersOf(source: RowSource, type: string, refuse: Refusals): Integers {
  const { integers }: UnreadableSource = source;
  if (integers?.type === type) return integers;
  const got = integers?.type ?? source.dtype ?? "another dtype";
  throw refuse.format(source.name, `numbers of ${type}`, got, HINT);
}

/** The numbers of rows `begin` to `end` (exclusive), one row after another. */
export async function numbersOf(
  source: RowSource,
  begin: number,
  end: number,
  signal?: AbortSignal,
): Promise<Float64Array> {
  assertDType(source);
  const count = (end - begin) * elementsOf(source.shape.slice(1));
  const bytes = await source.rows(begin, end, signal);
  const numbers = new Float64Array(count);
  widenRow(storedFromBytes(bytes, source.dtype, [1, count]), 0, numbers);
  return numbers;
}
