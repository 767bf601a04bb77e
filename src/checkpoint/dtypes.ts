/**
 * The dtypes of weights, and their names in each format. The first table of docs/checkpoints.md is about
 * these: which format holds which, and the spec that covers it.
 *
 * Our names of the dense ones are torch's, too (`torch_dtype` in config.json).
 * @module
 */
import { BLOCK_FORMATS, type BlockType } from "../tensor/quantized.ts";
import { BYTES_PER_ELEMENT, type DType } from "../tensor/stored.ts";

/** The dtypes that are written, by their names in safetensors and GGUF. */
export type WeightType = "F64" | "F32" | "F16" | "BF16" | "Q8_0" | "Q4_0";

/** The dtypes that are read and not written, by their names in GGUF. */
export type ReadType =
  | "Q4_1"
  | "Q5_0"
  | "Q5_1"
  | "Q2_K"
  | "Q3_K"
  | "Q4_K"
  | "Q5_K"
  | "Q6_K"
  | "IQ4_NL"
  | "IQ4_XS";

/** One dtype, and its names. */
export interface DTypeNames {
  readonly dtype: DType;
  /** In safetensors and GGUF, which agree. safetensors has no blocks. */
  readonly name: WeightType | ReadType;
  /** Bytes per element, on the average of a block. */
  readonly bytes: number;
  /** Elements that are stored together: 1, or those of a block. Rows are whole blocks. */
  readonly block: number;
  /** GGUF's number (ggml: include/ggml.h, `enum ggml_type`). */
  readonly gguf: number;
  /** NumPy's `descr`; the first is written. bfloat16 has those of ml_dtypes, JAX and MLX. */
  readonly numpy: readonly string[];
  /** The class of torch's storage. */
  readonly torch: string | undefined;
}

export const DTYPES: readonly DTypeNames[] = [
  // ours, safetensors and GGUF, GGUF's number, NumPy, torch
  row("float64", "F64", 28, ["<f8"], "torch.DoubleStorage"),
  row("float32", "F32", 0, ["<f4"], "torch.FloatStorage"),
  row("float16", "F16", 1, ["<f2"], "torch.HalfStorage"),
  row("bfloat16", "BF16", 30, ["<V2", "|V2"], "torch.BFloat16Storage"),
  row("q8_0", "Q8_0", 8),
  row("q4_0", "Q4_0", 2),
  row("q4_1", "Q4_1", 3),
  row("q5_0", "Q5_0", 6),
  row("q5_1", "Q5_1", 7),
  row("q2_k", "Q2_K", 10),
  row("q3_k", "Q3_K", 11),
  row("q4_k", "Q4_K", 12),
  row("q5_k", "Q5_K", 13),
  row("q6_k", "Q6_K", 14),
  row("iq4_nl", "IQ4_NL", 20),
  row("iq4_xs", "IQ4_XS", 23),
];

/** The dtypes without blocks. safetensors, NumPy and torch have no others. */
export const DENSE: readonly DTypeNames[] = DTYPES.filter(({ block }) => block === 1);

function row(
  dtype: DType,
  name: DTypeNames["name"],
  gguf: number,
  numpy: readonly string[] = [],
  torch?: string,
): DTypeNames {
  const block = dtype in BLOCK_FORMATS ? BLOCK_FORMATS[dtype as BlockType].numbers : 1;
  return { dtype, name, bytes: BYTES_PER_ELEMENT[dtype], block, gguf, numpy, torch };
}

/** The names of `dtype`. */
export function namesOf(dtype: DType): DTypeNames {
  return DTYPES.find((known) => known.dtype === dtype) as DTypeNames;
}

/** The dtype that is written under `name`. */
export function byName(name: WeightType): DTypeNames {
  return DTYPES.find((known) => known.name === name) as DTypeNames;
}

/** The dtype with GGUF's `number`, if a weight can have it. */
export function byGguf(number: number): DTypeNames | undefined {
  return DTYPES.find((known) => known.gguf === number);
}

/** The dtype of this name in safetensors, if a weight can have it. */
export function bySafetensors(name: string): DTypeNames | undefined {
  return DENSE.find((known) => known.name === name);
}

/** NumPy's `descr` → the dtype of a weight. */
export const NUMPY_DTYPES: Readonly<Record<string, DType>> = Object.fromEntries(
  DENSE.flatMap(({ numpy, dtype }) => numpy.map((descr) => [descr, dtype])),
);

/** torch's storage class → the dtype of a weight. */
export const TORCH_STORAGES: Readonly<Record<string, DType>> = Object.fromEntries(
  DENSE.map(({ torch, dtype }) => [torch, dtype]),
);
