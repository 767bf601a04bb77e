/**
 * Rows of tensors, as they are bound: whole buffers where all of them fit a binding, which is the usual case; else some rows
 * after the other, as of the logits of many rows.
 * @module
 */
import type { GpuTensor } from "../handles.ts";
import type { Bound } from "./bind-groups.ts";

/** A tensor whose rows from `first` on take part. */
export interface RowsOf {
  readonly tensor: GpuTensor;
  readonly first: number;
}

/** The rows of one tensor in a window: what is bound, and at which row of that they begin. */
export interface BoundRows {
  readonly bound: Bound;
  readonly row: number;
}

/** Some of the rows. */
export interface Window {
  /** How many rows are before them. */
  readonly begin: number;
  readonly count: number;
}

/**
 * Calls `work` for `count` rows of each of the tensors, in windows of as many as fit a binding.
 * @param mostBound bytes of a binding, which have room for a row of each.
 * @param work is given the tensors as they are bound, in their order.
 */
export function inWindows(
  mostBound: number,
  count: number,
  tensors: readonly RowsOf[],
  work: (rows: readonly BoundRows[], window: Window) => void,
): void {
  if (count === 0) return;
  if (tensors.every(({ tensor }) => tensor.memory.bytes <= mostBound)) {
    const whole = tensors.map(({ tensor: { memory }, first }) => ({
      bound: { memory },
      row: first,
    }));
    work(whole, { begin: 0, count });
    return;
  }
  const longest = Math.max(...tensors.map(({ tensor }) => 4 * tensor.stride));
  const most = Math.floor(mostBound / longest);
  for (let begin = 0; begin < count; begin += most) {
    const some = Math.min(most, count - begin);
    const parts = tensors.map(({ tensor: { memory, stride }, first }) => {
      const stretch = { offset: 4 * (first + begin) * stride, size: 4 * some * stride };
      return { bound: { memory, stretch }, row: 0 };
    });
    work(parts, { begin, count: some });
  }
}
