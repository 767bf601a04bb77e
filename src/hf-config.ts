/**
 * The `config.json` that the models are published with, read and written.
 *
 * Its keys are {@link GemmaConfig}'s in snake case.
 * @module
 */
import { brief } from "./brief.ts";
import { GEMMA_7B, type GemmaConfig } from "./config.ts";
import { FormatError, UnsupportedError } from "./errors.ts";

/** No axis of a typed array is longer, and no model is near it: a damaged file must not ask for more. */
const MAX_SIZE = 2 ** 31 - 1;

const MAX_LAYERS = 4096;

const HINT = "the config is damaged, or not this model's: get it again from where the weights are";

/**
 * A config from a parsed Hugging Face `config.json`. Unknown keys are ignored. So is `hidden_act`:
 * the 1.0 files say `gelu`, yet Gemma has always been the tanh form (transformers#49051).
 *
 * @param json the parsed file.
 * @param file its name, for error messages.
 * @throws {FormatError} if a field is missing, of the wrong type, or contradicts another.
 * @throws {UnsupportedError} if it is the config of another family of models.
 */
export function fromHfConfig(json: unknown, file = "config.json"): GemmaConfig {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new FormatError({
      op: "fromHfConfig",
      file,
      expected: "a JSON object",
      got: kind(json),
      hint: HINT,
    });
  }
  const fields = json as Record<string, unknown>;
  if (fields.model_type !== "gemma") {
    throw new UnsupportedError({
      op: "fromHfConfig",
      file,
      argument: "model_type",
      expected: '"gemma" (Gemma 1)',
      got: brief(fields.model_type),
      hint: "this library runs Gemma 1 only; Gemma 2, 3 and other families compute differently",
    });
  }
  for (const [key, value] of [
    ["attention_bias", false],
    ["tie_word_embeddings", true],
  ] as const) {
    if (fields[key] !== undefined && fields[key] !== value) {
      throw new UnsupportedError({
        op: "fromHfConfig",
        file,
        argument: key,
        expected: `${value}, as in every Gemma 1`,
        got: brief(fields[key]),
        hint: "this library runs Gemma 1 only; this is another architecture",
      });
    }
  }

  const scaling = [fields.rope_scaling, nestedRopeType(fields)].find((value) => !isPlain(value));
  if (scaling !== undefined) {
    throw new UnsupportedError({
      op: "fromHfConfig",
      file,
      argument: "rope_scaling",
      expected: "none, as in every Gemma 1",
      got: brief(scaling),
      hint: "this library runs Gemma 1 only; a stretched context computes differently",
    });
  }

  const number = (key: string, isValid: (x: number) => boolean, expected: string, or?: number) => {
    const value = fields[key] ?? or;
    if (typeof value === "number" && isValid(value)) return value;
    const details = { op: "fromHfConfig", file, argument: key, expected, got: brief(value) };
    throw new FormatError({ ...details, hint: HINT });
  };
  const size = (key: string, or?: number, most = MAX_SIZE) =>
    number(
      key,
      (x) => Number.isInteger(x) && x > 0 && x <= most,
      `a positive integer, at most ${most}`,
      or,
    );
  const id = (key: string, or: number) =>
    number(key, (x) => Number.isSafeInteger(x) && x >= 0, "a token id", or);
  const positive = (key: string, or: number) =>
    number(key, (x) => Number.isFinite(x) && x > 0, "a positive number", or);

  const config: GemmaConfig = {
    vocabSize: size("vocab_size"),
    hiddenSize: size("hidden_size"),
    intermediateSize: size("intermediate_size"),
    numHiddenLayers: size("num_hidden_layers", undefined, MAX_LAYERS),
    numAttentionHeads: size("num_attention_heads"),
    numKeyValueHeads: size("num_key_value_heads"),
    headDim: size("head_dim"),
    maxPositionEmbeddings: size("max_position_embeddings", GEMMA_7B.maxPositionEmbeddings),
    rmsNormEps: positive("rms_norm_eps", GEMMA_7B.rmsNormEps),
    ropeTheta: positive("rope_theta", nestedRopeTheta(fields) ?? GEMMA_7B.ropeTheta),
    padTokenId: id("pad_token_id", GEMMA_7B.padTokenId),
    eosTokenId: id("eos_token_id", GEMMA_7B.eosTokenId),
    bosTokenId: id("bos_token_id", GEMMA_7B.bosTokenId),
  };

  const contradiction = (argument: string, expected: string, got: number) =>
    new FormatError({ op: "fromHfConfig", file, argument, expected, got: `${got}`, hint: HINT });
  const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H, vocabSize: V } = config;
  if (H % 2 !== 0) throw contradiction("head_dim", "an even number, because RoPE turns pairs", H);
  if (N % K !== 0) {
    throw contradiction("num_key_value_heads", `a divisor of num_attention_heads (${N})`, K);
  }
  for (const [key, token] of [
    ["pad_token_id", config.padTokenId],
    ["eos_token_id", config.eosTokenId],
    ["bos_token_id", config.bosTokenId],
  ] as const) {
    if (token >= V) throw contradiction(key, `an id below vocab_size (${V})`, token);
  }
  return config;
}

function nestedRopeType(fields: Record<string, unknown>): unknown {
  const nested = fields.rope_parameters as
    | { rope_type?: unknown; type?: unknown }
    | null
    | undefined;
  return nested?.rope_type ?? nested?.type;
}

/** Whether a kind of scaling, in itself or as the `type` of an object that says more, is none. */
function isPlain(scaling: unknown): boolean {
  if (scaling === undefined || scaling === null || scaling === "default") return true;
  const { rope_type, type } = scaling as { rope_type?: unknown; type?: unknown };
  return (rope_type ?? type) === "default";
}

/** Newer files keep `rope_theta` inside `rope_parameters`. */
function nestedRopeTheta(fields: Record<string, unknown>): number | undefined {
  const nested = fields.rope_parameters as { rope_theta?: number } | null | undefined;
  return nested?.rope_theta;
}

function kind(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}

/**
 * The `config.json` that transformers and vLLM read: {@link fromHfConfig} the other way round.
 *
 * @param dtype what the matrices are stored as, by PyTorch's name.
 */
export function toHfConfig(config: GemmaConfig, dtype: string): Record<string, unknown> {
  return {
    architectures: ["GemmaForCausalLM"],
    model_type: "gemma",
    torch_dtype: dtype,
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.numHiddenLayers,
    num_attention_heads: config.numAttentionHeads,
    num_key_value_heads: config.numKeyValueHeads,
    head_dim: config.headDim,
    max_position_embeddings: config.maxPositionEmbeddings,
    rms_norm_eps: config.rmsNormEps,
    rope_theta: config.ropeTheta,
    // transformers has asked for the one name or the other over the years.
    hidden_act: "gelu_pytorch_tanh",
    hidden_activation: "gelu_pytorch_tanh",
    attention_bias: false,
    tie_word_embeddings: true,
    pad_token_id: config.padTokenId,
    eos_token_id: config.eosTokenId,
    bos_token_id: config.bosTokenId,
  };
}
