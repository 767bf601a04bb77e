/**
 * The fields of a `config.json` by which a model is computed otherwise than a Gemma 1, or its weights are stored as
 * no reader here reads them. A reader that ignored them would answer wrongly, or blame the shapes.
 * @module
 */
import { brief } from "./brief.ts";
import type { Refusals } from "./errors.ts";
import { ORIGINAL_HINT } from "./ways-out.ts";

const OTHER = "this library runs Gemma 1 only";

/** What newer files nest of RoPE. */
export interface RopeParameters {
  readonly rope_theta?: unknown;
  readonly rope_type?: unknown;
  readonly type?: unknown;
}

/** @throws {UnsupportedError} if a field has a value that no Gemma 1 has. */
export function assertGemma1(
  fields: Readonly<Record<string, unknown>>,
  nested: RopeParameters | null | undefined,
  refuse: Refusals,
): void {
  const { model_type } = fields;
  if (model_type !== "gemma") {
    const hint = `${OTHER}; Gemma 2, 3 and other families compute differently`;
    throw refuse.unsupported("model_type", '"gemma" (Gemma 1)', brief(model_type), hint);
  }
  for (const key of ["attention_bias", "use_bidirectional_attention"]) {
    const got = fields[key] ?? false;
    if (got === false) continue;
    const hint = `${OTHER}; this is another architecture`;
    throw refuse.unsupported(key, "false, as in every Gemma 1", brief(got), hint);
  }
  assertGelu(fields, refuse);
  assertNotQuantised(fields, refuse);
  const scalings = [fields.rope_scaling, nested?.rope_type ?? nested?.type];
  const scaling = scalings.find((value) => !isNoScaling(value));
  if (scaling === undefined) return;
  const hint = `${OTHER}; a stretched context computes differently`;
  throw refuse.unsupported("rope_scaling", "none, as in every Gemma 1", brief(scaling), hint);
}

/** Whether `rope_scaling`, a name or an object with a `type`, means no scaling. */
function isNoScaling(scaling: unknown): boolean {
  if (scaling === undefined || scaling === null || scaling === "default") return true;
  const { rope_type, type } = scaling as RopeParameters;
  return (rope_type ?? type) === "default";
}

/**
 * Transformers' names of GELU in its tanh form, and "gelu": the 1.0 files say that, yet Gemma has always been
 * the tanh form (transformers#49051).
 */
const GELU = [
  "gelu",
  "gelu_pytorch_tanh",
  "gelu_python_tanh",
  "gelu_new",
  "gelu_fast",
  "gelu_accurate",
];

/** Versions of transformers differ in which of the two fields they read. */
function assertGelu(fields: Readonly<Record<string, unknown>>, refuse: Refusals): void {
  for (const key of ["hidden_activation", "hidden_act"]) {
    const got = fields[key] ?? "gelu";
    if (GELU.some((name) => name === got)) continue;
    const expected = '"gelu_pytorch_tanh", as in every Gemma 1';
    throw refuse.unsupported(key, expected, brief(got), `${OTHER}; this is another architecture`);
  }
}

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

/** A field in which quantisers say what they did. */
interface Quantisation {
  readonly quant_method?: unknown;
  readonly bits?: unknown;
  readonly load_in_4bit?: unknown;
  readonly load_in_8bit?: unknown;
}

/** `quantization` is MLX's field, `compression_config` that of older compressed-tensors. */
function assertNotQuantised(fields: Readonly<Record<string, unknown>>, refuse: Refusals): void {
  for (const key of ["quantization", "quantization_config", "compression_config"]) {
    const got = fields[key];
    if (typeof got !== "object" || got === null || isNothing(got)) continue;
    const expected = "weights that nobody quantised";
    throw refuse.unsupported(key, expected, methodOf(key, got), ORIGINAL_HINT);
  }
}

/** What is left of bitsandbytes when its weights were saved as they are: both of its flags, and both false. */
function isNothing(quantisation: Quantisation): boolean {
  const { quant_method: said, load_in_4bit, load_in_8bit } = quantisation;
  if (Object.values(quantisation).every((value) => value === null)) return true;
  const mayBe = said === undefined || said === null || said === "bitsandbytes";
  return mayBe && load_in_4bit === false && load_in_8bit === false;
}

function methodOf(key: string, quantisation: Quantisation): string {
  const { quant_method: said, load_in_4bit, load_in_8bit } = quantisation;
  const bits = load_in_4bit === true ? 4 : load_in_8bit === true ? 8 : quantisation.bits;
  // transformers: src/transformers/quantizers/auto.py; bitsandbytes alone has these flags, and once had no method.
  const inferred = load_in_4bit === true || load_in_8bit === true ? "bitsandbytes" : undefined;
  const method = said ?? inferred ?? (key === "quantization" ? "mlx" : quantisation);
  const isKnown = typeof method === "string" && Object.hasOwn(METHODS, method);
  const name = isKnown ? METHODS[method] : brief(method);
  return `weights quantised by ${name}${typeof bits === "number" ? `, ${bits} bits` : ""}`;
}
