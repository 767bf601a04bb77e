/**
 * The `config.json` that the models are published with, read and written.
 *
 * Its keys are {@link GemmaConfig}'s in snake case.
 * @module
 */
import { brief } from "./brief.ts";
import { GEMMA_7B, type GemmaConfig } from "./config.ts";
import { type Refusals, refusals } from "./errors.ts";
import { assertGemma1, type RopeParameters } from "./hf-gemma1.ts";

/** The condition that a field must meet. */
interface Check {
  readonly expected: string;
  isValid(x: number): boolean;
}

const sizeUpTo = (most: number): Check => ({
  expected: `a positive integer, at most ${most}`,
  isValid: (x) => Number.isInteger(x) && x > 0 && x <= most,
});
/** No axis of a typed array is longer, and no model is near it: a damaged file must not ask for more. */
const SIZE = sizeUpTo(2 ** 31 - 1);
const LAYERS = sizeUpTo(4096);
const POSITIVE: Check = {
  expected: "a positive number",
  isValid: (x) => Number.isFinite(x) && x > 0,
};
const TOKEN: Check = {
  expected: "a token id",
  isValid: (x) => Number.isSafeInteger(x) && x >= 0,
};

/** The fields that are numbers. */
type NumberKey = Exclude<keyof GemmaConfig, "tieWordEmbeddings">;

/** Every number and its check. An optional one is {@link GEMMA_7B}'s where a file leaves it out. */
const FIELDS: readonly (readonly [NumberKey, Check, "optional"?])[] = [
  ["vocabSize", SIZE],
  ["hiddenSize", SIZE],
  ["intermediateSize", SIZE],
  ["numHiddenLayers", LAYERS],
  ["numAttentionHeads", SIZE],
  ["numKeyValueHeads", SIZE],
  ["headDim", SIZE],
  ["maxPositionEmbeddings", SIZE, "optional"],
  ["rmsNormEps", POSITIVE, "optional"],
  ["ropeTheta", POSITIVE, "optional"],
  ["padTokenId", TOKEN, "optional"],
  ["eosTokenId", TOKEN, "optional"],
  ["bosTokenId", TOKEN, "optional"],
];

/** `vocabSize` → `vocab_size`. */
function hfKey(key: keyof GemmaConfig): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const DAMAGED =
  "the config is damaged, or not this model's: get it again from where the weights are";

/**
 * A config from a parsed Hugging Face `config.json`. Unknown keys are ignored.
 *
 * @param json the parsed file.
 * @param file its name, for error messages.
 * @throws {FormatError} if a field is missing, of the wrong type, or contradicts another.
 * @throws {UnsupportedError} if it is the config of another family of models, or of weights that others quantised.
 */
export function fromHfConfig(json: unknown, file = "config.json"): GemmaConfig {
  const refuse = refusals("fromHfConfig", file, { format: DAMAGED });
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw refuse.format(undefined, "a JSON object", kindOf(json));
  }
  const fields: Record<string, unknown> = { ...json };
  const nested = fields.rope_parameters as RopeParameters | null | undefined;
  fields.rope_theta ??= nested?.rope_theta; // where newer files keep it
  assertGemma1(fields, nested, refuse);

  const config: Partial<Record<NumberKey, number>> = {};
  for (const [key, { isValid, expected }, optional] of FIELDS) {
    const value = fields[hfKey(key)] ?? (optional && GEMMA_7B[key]);
    if (typeof value !== "number" || !isValid(value)) {
      throw refuse.format(hfKey(key), expected, brief(value));
    }
    config[key] = value;
  }
  assertConsistent(config as GemmaConfig, refuse);
  const isTied = fields.tie_word_embeddings ?? true;
  if (isTied === true) return config as GemmaConfig;
  if (isTied === false) return { ...(config as GemmaConfig), tieWordEmbeddings: false };
  throw refuse.format("tie_word_embeddings", "true or false", brief(isTied));
}

/** @throws {FormatError} if two fields contradict each other. */
function assertConsistent(config: GemmaConfig, refuse: Refusals): void {
  const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H, vocabSize: V } = config;
  const rules: [NumberKey, boolean, string][] = [
    ["headDim", H % 2 === 0, "an even number, because RoPE turns pairs"],
    ["numKeyValueHeads", N % K === 0, `a divisor of num_attention_heads (${N})`],
    ["padTokenId", config.padTokenId < V, `an id below vocab_size (${V})`],
    ["eosTokenId", config.eosTokenId < V, `an id below vocab_size (${V})`],
    ["bosTokenId", config.bosTokenId < V, `an id below vocab_size (${V})`],
  ];
  const broken = rules.find(([, holds]) => !holds);
  if (!broken) return;
  const [key, , expected] = broken;
  throw refuse.format(hfKey(key), expected, config[key]);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}

/**
 * The `config.json` that transformers and vLLM read: {@link fromHfConfig} the other way round.
 *
 * @param dtype the dtype of the matrices, by PyTorch's name.
 */
export function toHfConfig(config: GemmaConfig, dtype: string): Record<string, unknown> {
  return {
    architectures: ["GemmaForCausalLM"],
    model_type: "gemma",
    torch_dtype: dtype,
    ...Object.fromEntries(FIELDS.map(([key]) => [hfKey(key), config[key]])),
    // Versions of transformers differ in which of the two names they read.
    hidden_act: "gelu_pytorch_tanh",
    hidden_activation: "gelu_pytorch_tanh",
    attention_bias: false,
    tie_word_embeddings: true,
  };
}
