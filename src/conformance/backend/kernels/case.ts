/**
 * A kernel on given inputs with known results: the operator vectors of the suite, and some cases of our own.
 * @module
 */
import type { Accuracy, KernelName } from "../../../backend/backend.ts";
import { elementsOf, type NdArray } from "../../../tensor/tensor.ts";
import { type OpCall, runOp } from "../../engine/run-op.ts";
import { budgetsOf } from "../../judge/budget.ts";
import type { Suite } from "../../vectors/suite.ts";
import type { Budget, OpVector } from "../../vectors/vector.ts";
import type { Encoded } from "../weight-source.ts";

/** An operator that is a kernel. */
export type KernelOp = Exclude<KernelName, "kvWrite">;

/** The operators that are kernels, in the order in which one writes these. */
const KERNEL_OPS: readonly KernelOp[] = [
  ...(["add", "embed", "rmsNorm", "matmul", "geglu", "rope", "attention"] as const),
];

/** A kernel, what it is called with, and what it gives. */
export interface KernelCase extends OpCall {
  readonly id: string;
  readonly op: KernelOp;
  readonly note: string;
  /** Results [R, columns]. */
  readonly expected: NdArray;
  /** How far off they may be. */
  budget(accuracy: Accuracy): Budget;
  /** The weight as it is uploaded. Default: the input of that name, as float32. */
  readonly encoded?: Encoded;
}

/** The operator vectors that are kernels, in the order in which one writes these. */
export function suiteCases(suite: Suite): KernelCase[] {
  return KERNEL_OPS.flatMap((op) =>
    suite.vectors
      .filter((vector): vector is OpVector => vector.kind === "op" && vector.op === op)
      .map((vector) => suiteCase(suite, vector)),
  );
}

/** The operator vector of that id. */
export function caseOf(suite: Suite, id: string): KernelCase {
  const vector = suite.vectors.find((one) => one.id === id);
  if (vector?.kind !== "op") throw new Error(`the suite has no operator vector ${id}`);
  return suiteCase(suite, vector);
}

function suiteCase(suite: Suite, vector: OpVector): KernelCase {
  const { id, note, attrs, budgets } = vector;
  const named = Object.entries(vector.inputs).map(
    ([argument, name]) => [argument, suite.inputs.get(name) as NdArray] as const,
  );
  return {
    id,
    note,
    op: vector.op as KernelOp,
    attrs,
    inputs: new Map(named),
    expected: suite.expected.get(`${id}/out`) as NdArray,
    budget: (accuracy) => budgets[accuracy]?.out as Budget,
  };
}

/** A case of our own: results are those of nn/ in float64, and budgets are measured, once they are asked for. */
export function ownCase(
  own: Omit<KernelCase, "expected" | "budget" | "inputs"> & {
    readonly inputs: Readonly<Record<string, NdArray>>;
  },
): KernelCase {
  const call = { ...own, inputs: new Map(Object.entries(own.inputs)) };
  let truth: ReadonlyMap<string, NdArray> | undefined;
  const outputs = () => {
    truth ??= runOp(call);
    return new Map([["out", truth.get("out") as NdArray]]);
  };
  const budgets = new Map<Accuracy, Budget>();
  return {
    ...call,
    get expected() {
      return outputs().get("out") as NdArray;
    },
    budget(accuracy) {
      const known = budgets.get(accuracy);
      if (known) return known;
      const measured = budgetsOf(accuracy, (parts) => runOp(call, parts), outputs());
      budgets.set(accuracy, measured.get("out") as Budget);
      return measured.get("out") as Budget;
    },
  };
}

/** Numbers of rows and columns of an array [R, …]. */
export function sizeOf({ shape }: NdArray): { rows: number; columns: number } {
  return { rows: shape[0], columns: elementsOf(shape.slice(1)) };
}

const rowsByArray = new WeakMap<NdArray, Float64Array[]>();

/** Row `row` of an array [R, C], to be read only; rows are counted round and round. */
export function rowOf(array: NdArray, row: number): Float64Array {
  const { rows, columns } = sizeOf(array);
  const known = rowsByArray.get(array) ?? [];
  rowsByArray.set(array, known);
  const index = ((row % rows) + rows) % rows;
  const begin = array.offset + index * columns;
  known[index] ??= new Float64Array(array.data.subarray(begin, begin + columns));
  return known[index];
}
