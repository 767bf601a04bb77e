/**
 * Rows of tensors, as they are bound: whole buffers where all of them fit a binding, which is the usual case; else some rows
 * after the other, as of the logits of many rows.
 * @module
 */
import type { GpuTensor } from "../handles.ts";
import type { Bound } from "./bind-groups.ts";

/** Rows that are bound together. */
export interface Window {
  /** The first of them, among all rows. */
  readonly begin: number;
  readonly count: number;
  /** A tensor whose rows begin at `first`, bound, and the row of the binding at which this window begins. */
  at(tensor: GpuTensor, first: number): { readonly bound: Bound; readonly row: number };
}

/** `count` rows of each of the tensors, which have room for a row in a binding. */
export function* windows(
  mostBound: number,
  tensors: readonly GpuTensor[],
  count: number,
): Generator<Window> {
  const isWhole = tensors.every(({ memory }) => memory.bytes <= mostBound);
  const stride = Math.max(...tensors.map((tensor) => tensor.stride));
  const most = isWhole ? count : Math.floor(mostBound / (4 * stride));
  for (let begin = 0; begin < count; begin += most) {
    const some = Math.min(most, count - begin);
    yield {
      begin,
      count: some,
      at({ memory, stride }, first) {
        if (isWhole) return { bound: { memory }, row: first };
        const stretch = { offset: 4 * (first + begin) * stride, size: 4 * some * stride };
        return { bound: { memory, stretch }, row: 0 };
      },
    };
  }
}
