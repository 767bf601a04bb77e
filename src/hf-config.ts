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

type NumberField = Exclude<keyof GemmaConfig, "eosTokenId" | "padTokenId" | "tieWordEmbeddings">;

/** The fields that are a number, and their checks. An optional one is {@link GEMMA_7B}'s where a file leaves it out. */
const FIELDS: readonly (readonly [NumberField, Check, "optional"?])[] = [
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

  const read: Partial<Record<NumberField, number>> = {};
  for (const [key, { isValid, expected }, optional] of FIELDS) {
    const value = fields[hfKey(key)] ?? (optional && GEMMA_7B[key]);
    if (typeof value !== "number" || !isValid(value)) {
      throw refuse.format(hfKey(key), expected, brief(value));
    }
    read[key] = value;
  }
  const numbers = read as Record<NumberField, number>;
  assertConsistent(numbers, refuse);
  const { vocabSize: V } = numbers;
  const [padTokenId = GEMMA_7B.padTokenId] = readIds(
    "pad_token_id",
    fields.pad_token_id,
    V,
    refuse,
  );
  const ends = readIds("eos_token_id", fields.eos_token_id, V, refuse);
  const eosTokenId = ends.length > 1 ? ends : (ends[0] ?? GEMMA_7B.eosTokenId);
  const { bosTokenId, ...shape } = numbers;
  const config = { ...shape, padTokenId, eosTokenId, bosTokenId };
  const isTied = fields.tie_word_embeddings ?? true;
  if (isTied === true) return config;
  if (isTied === false) return { ...config, tieWordEmbeddings: false };
  throw refuse.format("tie_word_embeddings", "true or false", brief(isTied));
}

/**
 * A field that is a token id, or a list of them. Ids that no row of the table has are left out, as they can
 * neither be fed nor generated: -1 and the like stand for "not set" in files of every kind.
 * @throws {FormatError} if it is anything else.
 */
export function readIds(
  key: string,
  value: unknown,
  vocabSize: number,
  refuse: Refusals,
): readonly number[] {
  const single = value === undefined || value === null ? [] : [value];
  const ids: readonly unknown[] = Array.isArray(value) ? value : single;
  const other = ids.findIndex((id) => !Number.isInteger(id));
  if (other >= 0) {
    const at = Array.isArray(value) ? `${key}[${other}]` : key;
    throw refuse.format(at, "a token id, or a list of them", brief(ids[other]));
  }
  return [...new Set(ids as number[])].filter((id) => id >= 0 && id < vocabSize);
}

/** @throws {FormatError} if two fields contradict each other. */
function assertConsistent(config: Readonly<Record<NumberField, number>>, refuse: Refusals): void {
  const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H, vocabSize: V } = config;
  const rules: [NumberField, boolean, string][] = [
    ["headDim", H % 2 === 0, "an even number, because RoPE turns pairs"],
    ["numKeyValueHeads", N % K === 0, `a divisor of num_attention_heads (${N})`],
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
    pad_token_id: config.padTokenId,
    eos_token_id: config.eosTokenId,
    // Versions of transformers differ in which of the two names they read.
    hidden_act: "gelu_pytorch_tanh",
    hidden_activation: "gelu_pytorch_tanh",
    attention_bias: false,
    tie_word_embeddings: config.tieWordEmbeddings ?? true,
  };
}
