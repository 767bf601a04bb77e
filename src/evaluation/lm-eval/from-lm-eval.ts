/**
 * Tasks from the YAML of EleutherAI's lm-evaluation-harness: thousands of benchmarks are described so.
 * @module
 */
import { parse } from "yaml";
import { brief } from "../../brief.ts";
import { type Refusals, refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { assertTask } from "../task/check-spec.ts";
import type { Field, TaskKind, TaskSpec } from "../task/spec.ts";
import { knownFunction, knownFunctionNames, type LmEvalFunction } from "./known-functions.ts";
import {
  type Configuration,
  fieldOf,
  given,
  nameOf,
  plain,
  type Reader,
  Reference,
} from "./reader.ts";
import { filtersOf, generationOf, metricsOf } from "./scoring.ts";
import { configOf, shotsOf } from "./shots.ts";

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
    ...given("shots", shotsOf(reader)),
    ...given("filters", filtersOf(reader)),
    ...given("version", versionOf(own)),
    ...(kind === "generate" && { generation: generationOf(reader) }),
  };
  assertTask(OP, task);
  return task;
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

function versionOf({ metadata }: Configuration): number | undefined {
  const { version } = (metadata ?? {}) as Configuration;
  return typeof version === "number" ? version : undefined;
}
