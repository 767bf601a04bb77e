/**
 * Shots as configurations of lm-evaluation-harness describe them.
 * @module
 */
import { brief } from "../../brief.ts";
import type { ShotsSpec, TaskDocument } from "../task/spec.ts";
import { type Configuration, fieldOf, given, nameOf, type Reader } from "./reader.ts";

/** What is said of shots alone. */
export function configOf(own: Configuration): Configuration {
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

/** The shots: as the task writes its question, but for what is said of them alone. */
export function shotsOf(reader: Reader): ShotsSpec | undefined {
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
