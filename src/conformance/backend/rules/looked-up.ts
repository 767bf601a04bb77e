/**
 * Small weights, and what they hold as embed sees it.
 * @module
 */
import { turnOfTheEventLoop } from "../../../event-loop.ts";
import { tensor } from "../../../tensor/tensor.ts";
import { firstType } from "../kernels/row-situations.ts";
import { type Lab, rowsOf } from "../lab.ts";
import { type Encoded, encoded } from "../weight-source.ts";

/** A table of one column. */
export function columnOf(lab: Lab, ...numbers: readonly number[]): Encoded {
  return encoded(tensor(Float32Array.from(numbers), [numbers.length, 1]), firstType(lab));
}

/** The first `count` numbers of a table of one column. */
export async function lookUp(lab: Lab, table: unknown, count: number): Promise<ArrayLike<number>> {
  const x = lab.put(new Float32Array(count), 1);
  const ids = lab.ids(Array.from({ length: count }, (_, i) => i));
  for (let i = 0; i < count; i++) lab.ops.embed(x.handle, table, ids, rowsOf(i, 1), 1);
  return lab.read(x);
}

/** Some turns of the event loop. */
export function waiting(turns: number): () => Promise<void> {
  return async () => {
    for (let i = 0; i < turns; i++) await turnOfTheEventLoop();
  };
}
