/**
 * The three matmuls of training, which are nearly all of its work: forward, and the two halves of its backward. A fast
 * backend that has these trains at its own speed: the CPU backend takes them in place of its own, and the rest of a
 * step stays as nn/ defines it.
 * @module
 */
import type { Matmuls as NamelessMatmuls } from "../nn/backward/matmuls.ts";

/**
 * The set of nn/backward/matmuls.ts, with a name. They are done when the call returns. A sum runs in one order whatever the
 * rows beside it, so that a sequence gets the same bits in any batch.
 */
export interface Matmuls extends NamelessMatmuls {
  /** For messages and reports. */
  readonly name: string;
}
