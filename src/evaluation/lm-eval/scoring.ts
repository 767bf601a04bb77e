/**
 * Generation, filters and metrics as configurations of lm-evaluation-harness describe them.
 * @module
 */
import { brief } from "../../brief.ts";
import { filterFromLmEval } from "../filters/from-lm-eval.ts";
import { AGGREGATION_NAMES } from "../task/metric-list.ts";
import type { Aggregation, FilterRow, GenerationSpec, MetricSpec, TaskKind } from "../task/spec.ts";
import { type Configuration, given, nameOf, plain, type Reader } from "./reader.ts";

const GENERATION_KEYS = ["until", "max_gen_toks", "do_sample", "temperature", "max_tokens"];

/** How answers are generated. */
export function generationOf({ own, refuse }: Reader): GenerationSpec {
  const kwargs = (own.generation_kwargs ?? {}) as Configuration;
  for (const key of Object.keys(kwargs)) {
    if (GENERATION_KEYS.includes(key)) continue;
    throw refuse.unsupported(
      `generation_kwargs.${key}`,
      GENERATION_KEYS.join(", "),
      brief(kwargs[key]),
    );
  }
  const { until, do_sample: samples = false, temperature = 1 } = kwargs;
  const repeats = Number(own.repeats ?? 1);
  const isGreedy = samples === false || Number(temperature) === 0;
  return {
    ...given("until", typeof until === "string" ? [until] : until),
    ...given("maxTokens", kwargs.max_gen_toks ?? kwargs.max_tokens),
    ...(!isGreedy && { temperature: Number(temperature) }),
    // Greedy decoding gives one answer, however often it is asked.
    repeats: isGreedy ? 1 : repeats,
  };
}

/** The rows of filters. */
export function filtersOf({ own, refuse }: Reader): readonly FilterRow[] | undefined {
  if (own.filter_list === undefined || own.filter_list === null) return undefined;
  if (!Array.isArray(own.filter_list)) {
    throw refuse.argument("filter_list", "a list", brief(own.filter_list));
  }
  return own.filter_list.map(({ name, filter }) => ({
    name: String(name),
    filters: (filter as readonly Configuration[]).map((step) =>
      filterFromLmEval(plain(step) as Configuration),
    ),
  }));
}

/** What a configuration has without a metric list. */
const DEFAULT_METRICS: Readonly<Record<TaskKind, readonly string[]>> = {
  choice: ["acc", "acc_norm"],
  partial: ["acc", "acc_norm"],
  continuation: ["perplexity", "acc"],
  rolling: ["word_perplexity", "byte_perplexity", "bits_per_byte"],
  generate: ["exact_match"],
};

const IGNORE: Readonly<Record<string, string>> = {
  regexes_to_ignore: "regexesToIgnore",
  ignore_case: "ignoreCase",
  ignore_punctuation: "ignorePunctuation",
  ignore_numbers: "ignoreNumbers",
};

/** The metrics. */
export function metricsOf(reader: Reader, kind: TaskKind): MetricSpec[] {
  const { own, refuse, find } = reader;
  const list = own.metric_list ?? DEFAULT_METRICS[kind].map((metric) => ({ metric }));
  if (!Array.isArray(list)) throw refuse.argument("metric_list", "a list", brief(list));
  return list.map((entry: Configuration) => {
    const {
      metric,
      aggregation,
      higher_is_better: higher,
      hf_evaluate: isForeign,
      ...rest
    } = entry;
    if (nameOf(metric) !== undefined) find(metric);
    const isComputed = kind === "generate" && !own.process_results;
    if (isForeign && isComputed) {
      throw refuse.unsupported("hf_evaluate", "a metric that is known here", brief(metric));
    }
    // Elsewhere the harness computes the value itself, and reads nothing of the rest.
    const ignore = Object.entries(isComputed ? rest : {}).map(([key, value]) => {
      if (Object.hasOwn(IGNORE, key)) return [IGNORE[key], value];
      throw refuse.unsupported(`metric_list.${key}`, Object.keys(IGNORE).join(", "), brief(value));
    });
    return {
      metric: String(metric),
      ...given("aggregation", aggregationOf(reader, aggregation)),
      ...given("higherIsBetter", higher),
      ...(ignore.length > 0 && { ignore: Object.fromEntries(ignore) }),
    };
  });
}

function aggregationOf({ find, refuse }: Reader, value: unknown): Aggregation | undefined {
  if (value === undefined || value === null) return undefined;
  if (nameOf(value) !== undefined) return find(value) as Aggregation;
  if (AGGREGATION_NAMES.includes(String(value))) return value as Aggregation;
  // Its value is one of a mean of scores here.
  if (value === "brier_score") return undefined;
  throw refuse.unsupported("aggregation", AGGREGATION_NAMES.join(", "), brief(value));
}
