/**
 * Fields that both ways to complete have: how tokens are chosen, and how the answer is sent. Defaults are OpenAI's.
 * https://platform.openai.com/docs/api-reference
 * @module
 */
import { brief } from "../../../brief.ts";
import { POSITIVE } from "../../../check.ts";
import type { Fields } from "./fields.ts";

/** How the tokens of an answer are chosen. */
export interface Sampling {
  /** 0 is greedy. */
  readonly temperature: number;
  /** Undefined where nothing is drawn: the most probable token is within every p and k. */
  readonly topP: number | undefined;
  readonly topK: number | undefined;
  /** That of choice i; undefined where nothing is drawn. */
  seedOf(i: number): number | undefined;
  readonly stop: readonly string[];
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

const NO_PENALTY = "tokens are chosen by temperature, top_p and top_k alone";

/** Takes the fields of sampling. */
export function takeSampling(fields: Fields): Sampling {
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
  const stop = takeStops(fields);
  fields.labels("user", "safety_identifier", "prompt_cache_key", "metadata", "service_tier");
  fields.neutral({
    presence_penalty: { as: 0, hint: NO_PENALTY },
    frequency_penalty: { as: 0, hint: NO_PENALTY },
    repetition_penalty: { as: 1, hint: NO_PENALTY },
    min_p: { as: 0, hint: NO_PENALTY },
    logit_bias: { as: {}, hint: NO_PENALTY },
    store: { as: false, hint: "nothing is stored here" },
  });
  if (temperature === 0) {
    return { temperature, topP: undefined, topK: undefined, seedOf: () => undefined, stop, n };
  }
  const first = given ?? crypto.getRandomValues(new Uint32Array(1))[0];
  const seedOf = (i: number) => ((((first % SEEDS) + i) % SEEDS) + SEEDS) % SEEDS;
  return { temperature, topP, topK, seedOf, stop, n };
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
