/** The gradients of single components, fixtures/learning/ops-grad.npz: PyTorch's through gemma_pytorch's own functions. */
import { type NdArray, tensor } from "../../src/tensor/tensor.ts";
import { golden, goldens } from "./goldens.ts";

const FILE = "learning/ops-grad.npz";

/** All names in the file: `rms_norm.0.dx`. */
export function gradNames(): string[] {
  return [...goldens(FILE).keys()];
}

/** Numbers by their name: `rope.0.positions`. */
export function gradGolden(name: string): Float64Array {
  return golden(FILE, name);
}

/** A tensor by its name: `rms_norm.0.x`. */
export function gradTensor(name: string): NdArray {
  const { shape } = goldens(FILE).get(name) ?? { shape: [] };
  return tensor(gradGolden(name), shape);
}
