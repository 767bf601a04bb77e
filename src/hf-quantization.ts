/**
 * What a `config.json` says of weights that were quantised after training: those of MLX and bitsandbytes are read,
 * others are refused by their makers' name. A reader that ignored these fields would blame shapes and dtypes.
 * @module
 */
import { brief } from "./brief.ts";
import type { Refusals } from "./errors.ts";
import { ORIGINAL_HINT } from "./ways-out.ts";

/** How MLX packs the rows of a matrix. */
export interface MlxGroups {
  /** Numbers of a row that share a scale and a bias. */
  readonly groupSize: number;
  /** Bits of a number: 2, 3, 4, 5, 6 or 8. */
  readonly bits: number;
}

/** How a checkpoint's matrices are packed. */
export type Quantization =
  | (MlxGroups & {
      readonly by: "MLX";
      /** Layers that are packed otherwise, by their names: `model.layers.0.mlp.down_proj`. */
      readonly layers: ReadonlyMap<string, MlxGroups>;
    })
  | { readonly by: "bitsandbytes"; readonly bits: 4 | 8 };

/** The fields of a config.json. */
export type Fields = Readonly<Record<string, unknown>>;

/** `quantization` is MLX's field, `compression_config` that of older compressed-tensors. */
const KEYS = ["quantization", "quantization_config", "compression_config"];

/** `quant_method` → what its makers call it. */
const METHODS: Readonly<Record<string, string>> = {
  aqlm: "AQLM",
  awq: "AWQ",
  "auto-round": "AutoRound",
  bitsandbytes: "bitsandbytes",
  eetq: "EETQ",
  exl2: "ExLlamaV2's EXL2",
  exl3: "ExLlamaV3's EXL3",
  fbgemm_fp8: "FBGEMM's FP8",
  fp8: "FP8",
  gptq: "GPTQ",
  hqq: "HQQ",
  mlx: "MLX",
  modelopt: "NVIDIA's ModelOpt",
  quanto: "Quanto",
};

/**
 * How the weights beside a config are packed; undefined if they are plain.
 * @throws {UnsupportedError} if they are packed in a way that is not read.
 * @throws {FormatError} if MLX's numbers are missing or impossible.
 */
export function readQuantization(fields: Fields, refuse: Refusals): Quantization | undefined {
  const found = KEYS.flatMap((key) => {
    const said = fields[key];
    return isFields(said) && !isNothing(said) ? [[key, said] as const] : [];
  });
  if (found.length === 0) return undefined;
  // mlx-lm writes its field twice, the second time under the name that Hugging Face's pages look at.
  const [key, said] = found[0];
  if (found.every((field) => methodOf(...field) === "mlx")) return mlx(key, said, refuse);
  const bits = bitsOf(said);
  const isBitsandbytes = found.every((field) => methodOf(...field) === "bitsandbytes");
  if (isBitsandbytes && (bits === 4 || bits === 8)) return { by: "bitsandbytes", bits };
  throw unread(key, said, refuse);
}

/** What a person calls it: "MLX, 4 bits in groups of 64". */
export function quantizationName(quantization: Quantization): string {
  if (quantization.by === "bitsandbytes") return `bitsandbytes, ${quantization.bits} bits`;
  const { bits, groupSize, layers } = quantization;
  const others = layers.size > 0 ? ", some layers otherwise" : "";
  return `MLX, ${bits} bits in groups of ${groupSize}${others}`;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What is left of bitsandbytes when its weights were saved as they are: both of its flags, and both false. */
function isNothing(said: Fields): boolean {
  const { quant_method: method, load_in_4bit, load_in_8bit } = said;
  if (Object.values(said).every((value) => value === null)) return true;
  const mayBe = method === undefined || method === null || method === "bitsandbytes";
  return mayBe && load_in_4bit === false && load_in_8bit === false;
}

function methodOf(key: string, said: Fields): unknown {
  const { quant_method: method, load_in_4bit, load_in_8bit } = said;
  // transformers: src/transformers/quantizers/auto.py; bitsandbytes alone has these flags, and once had no method.
  const inferred = load_in_4bit === true || load_in_8bit === true ? "bitsandbytes" : undefined;
  const isMlx = key === "quantization" || ("group_size" in said && "bits" in said);
  return method ?? inferred ?? (isMlx ? "mlx" : said);
}

/** bitsandbytes says it with two flags, the others with a number. */
function bitsOf({ load_in_4bit, load_in_8bit, bits }: Fields): unknown {
  if (load_in_4bit === true) return 4;
  return load_in_8bit === true ? 8 : bits;
}

function unread(key: string, said: Fields, refuse: Refusals) {
  const method = methodOf(key, said);
  const bits = bitsOf(said);
  const isKnown = typeof method === "string" && Object.hasOwn(METHODS, method);
  const name = isKnown ? METHODS[method] : brief(method);
  const got = `weights quantised by ${name}${typeof bits === "number" ? `, ${bits} bits` : ""}`;
  return refuse.unsupported(key, "weights that nobody quantised", got, ORIGINAL_HINT);
}

/** mlx: python/mlx/nn/layers/quantized.py; mlx-lm: mlx_lm/utils.py, where a layer's name leads to numbers of its own. */
const BITS = [2, 3, 4, 5, 6, 8];
/** What a layer's own numbers leave out is this, and not what the others have. */
const USUAL: MlxGroups = { groupSize: 64, bits: 4 };

function mlx(key: string, said: Fields, refuse: Refusals): Quantization {
  const groups = mlxGroups(key, said, refuse);
  const layers = new Map<string, MlxGroups>();
  for (const [layer, own] of Object.entries(said)) {
    // `false` says that a layer is plain, which its tensors say as well.
    if (isFields(own)) layers.set(layer, mlxGroups(`${key}.${layer}`, own, refuse));
  }
  return { by: "MLX", ...groups, layers };
}

function mlxGroups(key: string, said: Fields, refuse: Refusals): MlxGroups {
  const { mode = "affine", group_size: groupSize = USUAL.groupSize, bits = USUAL.bits } = said;
  if (mode !== "affine") {
    const got = `weights quantised by MLX as ${brief(mode)}`;
    throw refuse.unsupported(`${key}.mode`, '"affine"', got, ORIGINAL_HINT);
  }
  if (typeof bits !== "number" || !BITS.includes(bits)) {
    throw refuse.unsupported(`${key}.bits`, BITS.join(", "), brief(bits), ORIGINAL_HINT);
  }
  if (typeof groupSize !== "number" || !Number.isInteger(groupSize) || groupSize < 1) {
    throw refuse.format(`${key}.group_size`, "a positive integer", brief(groupSize));
  }
  return { groupSize, bits };
}
