/**
 * Fields that both ways to complete have: how tokens are chosen, and how the answer is sent. Defaults are OpenAI's.
 * https://platform.openai.com/docs/api-reference
 * @module
 */
import { brief } from "../../../brief.ts";
import { assertIdsBelow, POSITIVE } from "../../../check.ts";
import { assertLogitBias, type LogitBias } from "../../../generation/logits/logit-bias.ts";
import type { ChoiceSampling } from "../answer/choice.ts";
import type { Fields } from "./fields.ts";

/** How the tokens of an answer are chosen. */
export interface Sampling {
  /** Of choice i. */
  of(i: number): ChoiceSampling;
  /** 0 is greedy. */
  readonly temperature: number;
  /** Choices to each prompt. */
  readonly n: number;
}

/** How the answer is sent. */
export interface Sending {
  readonly stream: boolean;
  /** Whether a stream ends with the count of tokens. */
  readonly usage: boolean;
}

/** Most choices of one prompt. */
const MOST_CHOICES = 128;
/** Most stop texts; lm-evaluation-harness has tasks with a dozen. */
const MOST_STOPS = 64;
/** Seeds of the generator have so many values. */
const SEEDS = 2 ** 32;

/**
 * Takes the fields of sampling: OpenAI's, and of those that vLLM adds the ones that are the library's options.
 * @param vocabSize of the model, for `logit_bias`.
 */
export function takeSampling(fields: Fields, vocabSize: number): Sampling {
  const isTemperature = (x: number) => x >= 0 && x < Number.POSITIVE_INFINITY;
  const asTemperature = "0 (greedy) or a positive number";
  const temperature = fields.number("temperature", asTemperature, isTemperature) ?? 1;
  const isShare = (x: number) => x > 0 && x <= 1;
  const topP = fields.number("top_p", "a number above 0, at most 1", isShare);
  const topK = fields.integer("top_k", POSITIVE);
  const from = Number.MIN_SAFE_INTEGER;
  const to = Number.MAX_SAFE_INTEGER;
  const given = fields.integer("seed", { from, to, as: "an integer" });
  const n = fields.integer("n", { from: 1, to: MOST_CHOICES }) ?? 1;
  const minP = fields.number("min_p", "a number from 0 to 1", (x) => x >= 0 && x <= 1);
  const ends: ChoiceSampling = {
    stop: takeStops(fields),
    stopTokenIds: takeStopIds(fields, vocabSize),
    ignoreEos: fields.flag("ignore_eos"),
    minTokens: fields.integer("min_tokens", { from: 0 }),
    logitBias: takeLogitBias(fields, vocabSize),
    presencePenalty: fields.number("presence_penalty", PENALTY, isPenalty),
    frequencyPenalty: fields.number("frequency_penalty", PENALTY, isPenalty),
    repetitionPenalty: fields.number("repetition_penalty", "a positive number", (x) => x > 0),
  };
  fields.labels("user", "safety_identifier", "prompt_cache_key", "metadata", "service_tier");
  fields.neutral({ store: { as: false, hint: "nothing is stored here" } });
  // The most probable token is within every p and k.
  if (temperature === 0) return { temperature, n, of: () => ends };
  const first = given ?? crypto.getRandomValues(new Uint32Array(1))[0];
  const seedOf = (i: number) => ((((first % SEEDS) + i) % SEEDS) + SEEDS) % SEEDS;
  const drawing = { ...ends, temperature, topP, topK, minP };
  return { temperature, n, of: (i) => ({ ...drawing, seed: seedOf(i) }) };
}

/** As OpenAI's API allows. */
const PENALTY = "a number from -2 to 2";
const isPenalty = (x: number) => x >= -2 && x <= 2;

function takeLogitBias(fields: Fields, vocabSize: number): LogitBias | undefined {
  const bias = fields.take("logit_bias") as LogitBias | undefined;
  if (bias === undefined || (typeof bias === "object" && Object.keys(bias).length === 0))
    return undefined;
  assertLogitBias(fields.op, bias, vocabSize, "logit_bias");
  return bias;
}

function takeStopIds(fields: Fields, vocabSize: number): readonly number[] | undefined {
  const ids = fields.take("stop_token_ids") as number[] | undefined;
  if (ids !== undefined) assertIdsBelow(fields.op, ids, vocabSize, "stop_token_ids");
  return ids;
}

/** Takes `stream` and `stream_options`. */
export function takeSending(fields: Fields): Sending {
  const stream = fields.flag("stream") ?? false;
  const options = fields.take("stream_options");
  if (options === undefined) return { stream, usage: false };
  const { include_usage: usage, include_obfuscation: _, ...more } = Object(options);
  const isKnown = typeof options === "object" && Object.keys(more).length === 0;
  if (stream && isKnown && ["boolean", "undefined"].includes(typeof usage)) {
    return { stream, usage: usage === true };
  }
  const expected = "{ include_usage } beside stream: true";
  throw fields.refuse.argument("stream_options", expected, brief(options));
}

function takeStops(fields: Fields): readonly string[] {
  const given = fields.take("stop") ?? [];
  const stops: unknown[] = Array.isArray(given) ? given : [given];
  if (stops.length > MOST_STOPS) {
    throw fields.refuse.argument("stop", `at most ${MOST_STOPS} texts`, stops.length);
  }
  for (const stop of stops) {
    if (typeof stop === "string" && stop !== "") continue;
    throw fields.refuse.argument("stop", "texts of at least one character", brief(stop));
  }
  return stops as string[];
}
