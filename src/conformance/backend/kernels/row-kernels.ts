/**
 * The kernels that know no positions, as data: what they read a row at a time, and how they are called.
 * @module
 */
import type { Handles, Ops, Rows } from "../../../backend/backend.ts";
import type { KernelCase, KernelOp } from "./case.ts";

/** A kernel that takes rows. */
export type RowKernel = Exclude<KernelOp, "rope" | "attention">;

/** What a kernel is called with. */
export interface RowArguments {
  readonly dst: unknown;
  /** Tensors, and ids, by argument. */
  readonly sources: Readonly<Record<string, unknown>>;
  readonly weight: unknown;
  readonly attrs: KernelCase["attrs"];
}

/** What is known of a kernel that takes rows. */
export interface RowKernelInfo {
  /** Arguments that have a row for each row of `dst`. */
  readonly sources: readonly string[];
  /** The argument that is a weight. */
  readonly weight?: string;
  /** Whether `dst` may be the first source. */
  readonly isInPlace?: boolean;
  call(ops: Ops<Handles>, args: RowArguments, rows: Rows): void;
}

export const ROW_KERNELS: Readonly<Record<RowKernel, RowKernelInfo>> = {
  add: {
    sources: ["x", "y"],
    isInPlace: true,
    call: (ops, { dst, sources: { x, y } }, rows) => ops.add(dst, x, y, rows),
  },
  embed: {
    sources: ["ids"],
    weight: "table",
    call: (ops, { dst, sources: { ids }, weight, attrs }, rows) =>
      ops.embed(dst, weight, ids, rows, attrs.scale),
  },
  rmsNorm: {
    sources: ["x"],
    weight: "weight",
    call: (ops, { dst, sources: { x }, weight, attrs }, rows) =>
      ops.rmsNorm(dst, x, weight, rows, attrs.eps),
  },
  matmul: {
    sources: ["x"],
    weight: "weight",
    call: (ops, { dst, sources: { x }, weight }, rows) => ops.matmul(dst, x, weight, rows),
  },
  geglu: {
    sources: ["gate", "up"],
    call: (ops, { dst, sources: { gate, up } }, rows) => ops.geglu(dst, gate, up, rows),
  },
};

/** Whether a kernel takes rows. */
export function isRowKernel(op: KernelOp): op is RowKernel {
  return op !== "rope" && op !== "attention";
}
