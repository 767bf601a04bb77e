/**
 * Mistakes that would explain what a kernel gave: known bugs of the model, and slips of a backend's own. They are
 * computed only when a check fails.
 * @module
 */
import type { Components } from "../../../backend/cpu/cpu.ts";
import { BYTES_PER_ELEMENT, type DType } from "../../../tensor/stored.ts";
import { elementsOf, type NdArray, tensor } from "../../../tensor/tensor.ts";
import { runOp } from "../../engine/run-op.ts";
import { MUTANTS } from "../../mutants/mutants.ts";
import type { Slip } from "../verdict.ts";
import { encoded, mistaken } from "../weight-source.ts";
import { type KernelCase, type KernelOp, rowOf, sizeOf } from "./case.ts";
import { ROW_KERNELS, type RowKernel } from "./row-kernels.ts";

const COMPONENT_OF: Readonly<Record<KernelOp, keyof Components>> = {
  embed: "embed",
  rmsNorm: "rmsNorm",
  matmul: "linear",
  rope: "applyRope",
  attention: "attention",
  geglu: "geglu",
  add: "add",
};

/** Known bugs of one component, as arrays [R, columns] that they give for a case. */
export function* mutantResults(kase: KernelCase): Generator<{ says: string; out(): NdArray }> {
  for (const { mistake, parts } of MUTANTS) {
    if (!parts.components?.[COMPONENT_OF[kase.op]]) continue;
    const says = mistake.replace(/\.$/, "");
    yield { says, out: () => runOp(kase, parts).get("out") as NdArray };
  }
}

/** Weights of more numbers are not computed with again, once for each mistake. */
const LARGEST = 100_000;

/** Rows of a result, as a situation takes them. */
export interface Taken {
  readonly from: number;
  readonly count: number;
  /** The row of the case that lies at `from`. */
  readonly first: number;
}

/** What may have gone wrong in a kernel that takes rows. */
export function* rowSlips(kase: KernelCase, op: RowKernel, taken: Taken): Generator<Slip> {
  const take = (array: NdArray, shift = 0): Float64Array => {
    const { columns } = sizeOf(array);
    const out = new Float64Array(taken.count * columns);
    for (let i = 0; i < taken.count; i++) {
      out.set(rowOf(array, i + taken.first + shift), i * columns);
    }
    return out;
  };
  if (taken.from > 0) {
    const says = `row 0 of the sources was taken where row ${taken.from} is named`;
    yield { says, values: () => take(kase.expected, -taken.from) };
  }
  yield* weightSlips(kase, op, take);
  if (op === "add") {
    for (const [name, other] of ["xy", "yx"]) {
      const array = kase.inputs.get(name) as NdArray;
      yield { says: `${other} was not added to ${name}`, values: () => take(array) };
    }
  }
  for (const { says, out } of mutantResults(kase)) yield { says, values: () => take(out()) };
}

function* weightSlips(
  kase: KernelCase,
  op: RowKernel,
  take: (array: NdArray) => Float64Array,
): Generator<Slip> {
  const { weight: name } = ROW_KERNELS[op];
  const array = name === undefined ? undefined : kase.inputs.get(name);
  if (name === undefined || !array || array.data.length > LARGEST) return;
  const given = (weight: NdArray, attrs = kase.attrs) =>
    take(
      runOp({ ...kase, attrs, inputs: new Map(kase.inputs).set(name, weight) }).get(
        "out",
      ) as NdArray,
    );
  const stored = kase.encoded ?? encoded(array);
  for (const dtype of Object.keys(BYTES_PER_ELEMENT) as DType[]) {
    const says = `the bytes of a weight in ${stored.dtype} were taken for ${dtype}`;
    yield {
      says,
      values() {
        const weight = mistaken(stored, dtype);
        return weight && given(weight);
      },
    };
  }
  if (op === "matmul") {
    const says = "the weight was read as [in, out]; it lies [out, in]";
    yield { says, values: () => given(transposed(array)) };
  }
  if (op === "rmsNorm") {
    const normOffset = 1 - kase.attrs.normOffset;
    const says = `normOffset was taken for ${normOffset}; the weight came with ${kase.attrs.normOffset}`;
    yield { says, values: () => given(array, { ...kase.attrs, normOffset }) };
  }
}

/** The numbers of a [F, D] read in the order of a [D, F]. */
function transposed({ data, offset, shape }: NdArray): NdArray {
  const [F, D] = shape;
  const out = new Float64Array(elementsOf(shape));
  for (let f = 0; f < F; f++) {
    for (let d = 0; d < D; d++) out[f * D + d] = data[offset + d * F + f];
  }
  return tensor(out, shape);
}
