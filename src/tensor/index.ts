/** Tensors, stored weights, and the arithmetics of the reference. @module */
export { bfloat16ToFloat32, float64ToBfloat16, roundToBfloat16 } from "./bfloat16.ts";
export { float16ToFloat32, float32ToFloat16 } from "./float16.ts";
export { type JsonNumber, type JsonNumbers, type NestedNumbers, toArray } from "./json.ts";
export {
  bfloat16,
  float32,
  float64,
  PRECISION_NAMES,
  type Precision,
  type PrecisionName,
  precisionNamed,
  zeros,
} from "./precision.ts";
export { BLOCK_FORMATS, type BlockFormat, type BlockType } from "./quantized.ts";
export {
  BYTES_PER_ELEMENT,
  type DType,
  type RowSource,
  rowsInto,
  type Stored,
  storedFromBytes,
  type WeightSource,
  widenRow,
} from "./stored.ts";
export {
  assertShape,
  elementsOf,
  type FloatArray,
  formatShape,
  type NdArray,
  type Shaped,
  tensor,
} from "./tensor.ts";
