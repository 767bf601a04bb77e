/**
 * Tasks from the YAML of EleutherAI's lm-evaluation-harness: thousands of benchmarks are described so.
 * @module
 */
import { parse } from "yaml";
import { brief } from "../../brief.ts";
import { type Refusals, refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { filterFromLmEval } from "../filters/from-lm-eval.ts";
import { assertTask } from "../task/check-spec.ts";
import { AGGREGATION_NAMES } from "../task/metric-list.ts";
import type {
  Aggregation,
  Field,
  FilterRow,
  GenerationSpec,
  MetricSpec,
  ShotsSpec,
  TaskDocument,
  TaskKind,
  TaskSpec,
} from "../task/spec.ts";
import { knownFunction, knownFunctionNames, type LmEvalFunction } from "./known-functions.ts";

/** A configuration, read. */
type Configuration = Readonly<Record<string, unknown>>;

/** Options of {@link taskFromLmEval}. */
export interface LmEvalOptions {
  /** Functions that a configuration names, by "MODULE.NAME", before those that are known here. */
  readonly functions?: Readonly<Record<string, LmEvalFunction>>;
  /** Gives the text of a file that a configuration includes. */
  readonly include?: (name: string) => string;
}

const NAMES: OptionNames<LmEvalOptions> = { functions: true, include: "function" };

const OP = "taskFromLmEval";

/** Keys that say nothing about what is asked or scored. */
const IDLE =
  "tag task_alias group_alias dataset_path dataset_name dataset_kwargs should_decontaminate doc_to_decontamination_query metadata unsafe_code".split(
    " ",
  );
const READ =
  "task include output_type training_split validation_split test_split fewshot_split process_docs doc_to_text doc_to_target doc_to_choice process_results description target_delimiter fewshot_delimiter fewshot_config num_fewshot metric_list generation_kwargs repeats filter_list gen_prefix".split(
    " ",
  );

const KINDS: Readonly<Record<string, TaskKind>> = {
  multiple_choice: "choice",
  loglikelihood: "continuation",
  loglikelihood_rolling: "rolling",
  generate_until: "generate",
};

/** A function that YAML names. */
class Reference {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * The task that a configuration describes.
 *
 *     const task = taskFromLmEval(await readFile("lm_eval/tasks/piqa/piqa.yaml", "utf8"));
 *     const result = await evaluate(evaluator, task, { train, validation });
 *
 * @param configuration YAML, or the object that it stands for; there a text "!function MODULE.NAME" names a function.
 * @throws {ArgumentError} if it is no YAML, has an unknown key, or leaves out what a task needs.
 * @throws {UnsupportedError} naming a function, metric, filter or setting that is not known here.
 */
export function taskFromLmEval(
  configuration: string | Configuration,
  options: LmEvalOptions = {},
): TaskSpec {
  assertOptions(OP, options, NAMES);
  const own = included(configuration, options);
  const refuse = refusals(OP, typeof own.task === "string" ? own.task : undefined);
  assertKeys(refuse, own);
  const reader: Reader = { own, refuse, find: finder(own, refuse, options) };
  const kind = KINDS[String(own.output_type ?? "generate_until")];
  if (!kind)
    throw refuse.argument("output_type", Object.keys(KINDS).join(", "), brief(own.output_type));
  const splits = splitsOf(reader);
  const score = reader.find(own.process_results) as TaskSpec["score"];
  const task: TaskSpec = {
    name: String(own.task ?? "task"),
    kind,
    splits,
    text: fieldOf(reader, "doc_to_text", own.doc_to_text ?? "") as Field | number,
    target: fieldOf(reader, "doc_to_target", own.doc_to_target ?? "") as TaskSpec["target"],
    metrics: metricsOf(reader, kind),
    configuration: plain(own) as Configuration,
    ...given("choices", fieldOf(reader, "doc_to_choice", own.doc_to_choice)),
    ...given("description", own.description),
    ...given("delimiter", own.target_delimiter),
    ...given("separator", own.fewshot_delimiter),
    ...given("prefix", fieldOf(reader, "gen_prefix", own.gen_prefix)),
    ...given("prepare", reader.find(own.process_docs)),
    ...given("score", score),
    ...given("shots", shotsOf(reader, splits)),
    ...given("filters", filtersOf(reader)),
    ...given("version", versionOf(own)),
    ...(kind === "generate" && { generation: generationOf(reader) }),
  };
  assertTask(OP, task);
  return task;
}

interface Reader {
  readonly own: Configuration;
  readonly refuse: Refusals;
  /** The function that a value names; undefined for nothing. */
  readonly find: (value: unknown) => LmEvalFunction | undefined;
}

/** A part that is there: null is Python's None. */
function given<K extends string>(name: K, value: unknown): Record<K, never> | object {
  return value === undefined || value === null ? {} : { [name]: value };
}

function included(configuration: string | Configuration, options: LmEvalOptions): Configuration {
  const own = typeof configuration === "string" ? fromYaml(configuration) : configuration;
  const refuse = refusals(OP);
  if (typeof own !== "object" || own === null || Array.isArray(own)) {
    throw refuse.argument("configuration", "YAML with the keys of a task", brief(own));
  }
  const { include, ...rest } = own;
  if (include === undefined) return own;
  if (!options.include) {
    const hint = "give the option include, which reads it";
    throw refuse.argument("include", "a configuration that stands alone", brief(include), hint);
  }
  return { ...included(options.include(String(include)), options), ...rest };
}

function fromYaml(text: string): Configuration {
  const tag = { tag: "!function", resolve: (name: string) => new Reference(name) };
  try {
    // The harness reads YAML 1.1, where no and yes are false and true; its reader takes wrongly indented lines, and keys twice.
    return parse(text, { version: "1.1", customTags: [tag], strict: false, uniqueKeys: false });
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : "something else";
    throw refusals(OP).argument("configuration", "YAML", got, undefined, cause);
  }
}

function assertKeys(refuse: Refusals, own: Configuration): void {
  if ("group" in own || Array.isArray(own.task)) {
    const hint = "read its tasks one by one, and put their results together with groupResult";
    throw refuse.unsupported("group", "a single task", "a group", hint);
  }
  for (const [key, value] of Object.entries(own)) {
    if (READ.includes(key) || IDLE.includes(key) || value === null) continue;
    const known = "a key of a task that is asked in text and scored here";
    throw refuse.unsupported(key, known, brief(plain(value)));
  }
}

function finder(
  own: Configuration,
  refuse: Refusals,
  { functions = {} }: LmEvalOptions,
): Reader["find"] {
  return (value) => {
    if (value === undefined || value === null) return undefined;
    const name = nameOf(value);
    if (name === undefined) throw refuse.argument(undefined, "!function MODULE.NAME", brief(value));
    const found = Object.hasOwn(functions, name)
      ? functions[name]
      : knownFunction(name, String(own.task ?? ""), String(own.dataset_path ?? ""));
    if (found) return found;
    const hint = "write it in TypeScript, and give it with the option functions";
    throw refuse.unsupported(
      `!function ${name}`,
      `one of ${knownFunctionNames().join(", ")}`,
      "a function in Python",
      hint,
    );
  };
}

/** What stands behind "!function". */
function nameOf(value: unknown): string | undefined {
  if (value instanceof Reference) return value.name;
  return typeof value === "string" ? /^!function (.+)$/.exec(value)?.[1] : undefined;
}

/** Functions as the texts that name them: what was read, as data. */
function plain(value: unknown): unknown {
  if (value instanceof Reference) return `!function ${value.name}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

function fieldOf({ find, refuse }: Reader, key: string, value: unknown): unknown {
  if (nameOf(value) !== undefined) return find(value);
  const isChoice = key === "doc_to_choice";
  const isTable = isChoice && typeof value === "object" && value !== null;
  if (isTable) {
    const choices = Object.values(value);
    if (choices.every((choice) => typeof choice === "string")) return choices;
    const hint = "put them in quotes: YAML takes no and yes for false and true";
    throw refuse.argument(key, "texts", brief(choices), hint);
  }
  const isPlain = ["string", "number", "undefined"].includes(typeof value) || value === null;
  if (isPlain || (key === "doc_to_target" && Array.isArray(value))) return value;
  throw refuse.argument(key, "a field, a template or a function", brief(value));
}

/** The document's split is `test_split`, or `validation_split` where there is none; shots come from the first split that is named. */
function splitsOf({ own, refuse }: Reader): TaskSpec["splits"] {
  const test = own.test_split ?? own.validation_split;
  if (typeof test !== "string") {
    throw refuse.argument("test_split", "the split under test", "nothing");
  }
  const config = configOf(own);
  const shots =
    config.split ?? own.fewshot_split ?? own.training_split ?? own.validation_split ?? test;
  return { test, shots: String(shots) };
}

function configOf(own: Configuration): Configuration {
  return (own.fewshot_config ?? {}) as Configuration;
}

const SHOT_KEYS =
  "sampler split process_docs fewshot_indices samples doc_to_text doc_to_choice doc_to_target gen_prefix fewshot_delimiter target_delimiter".split(
    " ",
  );
const SAMPLERS: Readonly<Record<string, ShotsSpec["sampler"]>> = {
  default: "random",
  first_n: "first",
};

function shotsOf(reader: Reader, _splits: TaskSpec["splits"]): ShotsSpec | undefined {
  const { own, refuse, find } = reader;
  const config = configOf(own);
  for (const key of Object.keys(config)) {
    if (SHOT_KEYS.includes(key)) continue;
    throw refuse.argument(`fewshot_config.${key}`, SHOT_KEYS.join(", "), brief(config[key]));
  }
  if (config.process_docs && nameOf(config.process_docs) !== nameOf(own.process_docs)) {
    throw refuse.unsupported("fewshot_config.process_docs", "that of the task", "another");
  }
  const sampler = SAMPLERS[String(config.sampler ?? "default")];
  if (!sampler)
    throw refuse.unsupported("fewshot_config.sampler", "default or first_n", brief(config.sampler));
  const named = config.split ?? own.fewshot_split ?? null;
  const listed = named === null ? config.samples : undefined;
  const fixed = nameOf(listed) === undefined ? listed : (find(listed) as () => unknown)();
  return {
    count: Number(own.num_fewshot ?? 0),
    sampler,
    // Two splits without a name count as the same.
    leaveOut: named === (own.test_split ?? null),
    ...given("fixed", fixed as readonly TaskDocument[]),
    ...given("indices", config.fewshot_indices),
    ...given("text", fieldOf(reader, "doc_to_text", config.doc_to_text)),
    ...given("choices", fieldOf(reader, "doc_to_choice", config.doc_to_choice)),
    ...given("target", fieldOf(reader, "doc_to_target", config.doc_to_target)),
    ...given("prefix", fieldOf(reader, "gen_prefix", config.gen_prefix)),
    ...given("delimiter", config.target_delimiter),
    ...given("separator", config.fewshot_delimiter),
  };
}

const GENERATION_KEYS = ["until", "max_gen_toks", "do_sample", "temperature", "max_tokens"];

function generationOf({ own, refuse }: Reader): GenerationSpec {
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

function filtersOf({ own, refuse }: Reader): readonly FilterRow[] | undefined {
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

function metricsOf(reader: Reader, kind: TaskKind): MetricSpec[] {
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

function versionOf({ metadata }: Configuration): number | undefined {
  const { version } = (metadata ?? {}) as Configuration;
  return typeof version === "number" ? version : undefined;
}
