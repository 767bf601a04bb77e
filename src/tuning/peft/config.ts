/**
 * `adapter_config.json`, in which PEFT says what an adapter's numbers mean: read, held against what is done here, and
 * written. Fields and defaults: huggingface/peft (5d602fd), src/peft/tuners/lora/config.py, `LoraConfig`.
 *
 * A setting that changes what is computed and is not done here is refused by its name. One that nobody here has heard of
 * is refused as well, unless it is off: null, false, or empty.
 * @module
 */
import { brief } from "../../brief.ts";
import { type Refusals, refusals } from "../../errors.ts";
import { isObject, parseJsonObject } from "../../source/json.ts";
import type { LoraSettings } from "../lora/settings.ts";

/** The file's name. */
export const ADAPTER_CONFIG = "adapter_config.json";

/** What an adapter's config says. */
export interface PeftConfig {
  /** Which modules have factors, their ranks and scales. */
  readonly settings: LoraSettings;
  /** The model that it belongs to, as a path or a name of Hugging Face's, if it says so. */
  readonly base: string | undefined;
  /** What the model is for: "CAUSAL_LM", or "SEQ_CLS" of one that scores. */
  readonly task: string | undefined;
  /** The file as it is, so that it is written again as it came: 0 and 0.0 are one number to JavaScript. */
  readonly text: string;
}

const OP = "readAdapter";

/** Settings that change what is computed, the values with which they do not, and the way out. */
const REFUSED: readonly (readonly [name: string, off: readonly unknown[], hint: string])[] = [
  [
    "use_dora",
    [false],
    "DoRA is not done: merge it with PEFT's merge_and_unload(), and open what that saves",
  ],
  ["bias", ["none"], 'Gemma has no biases: train with bias="none"'],
  ["lora_bias", [false], "biases of factors are not done: merge it with PEFT's merge_and_unload()"],
  ["fan_in_fan_out", [false], "weights that lie [in, out] are no Gemma's"],
  ["alora_invocation_tokens", [], "activated LoRA changes with the tokens, which is not done"],
  ["alora_invocation_string", [], "activated LoRA changes with the tokens, which is not done"],
  ["target_parameters", [], "factors of single parameters are for mixtures of experts"],
  [
    "trainable_token_indices",
    [],
    "trained rows of the table are not read: merge it with PEFT's merge_and_unload()",
  ],
  ["layer_replication", [], "blocks that are used twice are another model's"],
  ["use_qalora", [false], "QA-LoRA pools its inputs, which is not done"],
  ["megatron_config", [], "Megatron's layers are not read"],
];

/** Ways to begin that change the frozen weights as well: the file alone is not the adapter. */
const CHANGES_BASE = /^(pissa|olora|corda|loftq|lora_ga|milora)/;

/** Settings that say nothing about what is computed. */
const HARMLESS: ReadonlySet<string> = new Set([
  "auto_mapping",
  "base_model_name_or_path",
  "corda_config", // the three are of the beginning, with init_lora_weights
  "ensure_weight_tying",
  "eva_config",
  "inference_mode",
  "init_lora_weights",
  "loftq_config",
  "lora_dropout", // of training; weights are read for what they are
  "megatron_core",
  "peft_version",
  "qalora_group_size",
  "revision",
  "runtime_config",
]);

const SETTINGS: ReadonlySet<string> = new Set([
  "alpha_pattern",
  "exclude_modules",
  "layers_pattern",
  "layers_to_transform",
  "lora_alpha",
  "modules_to_save",
  "peft_type",
  "r",
  "rank_pattern",
  "target_modules",
  "task_type",
  "use_rslora",
]);

/**
 * The config in `bytes`.
 * @throws {FormatError} if a field has a value of another kind.
 * @throws {UnsupportedError} naming a setting that is not done here.
 */
export function parsePeftConfig(bytes: Uint8Array, file: string): PeftConfig {
  const json = parseJsonObject(bytes, OP, file);
  const refuse = refusals(OP, file);
  const field = reader(json, refuse);
  const type = field("peft_type", "a text", isText, "LORA");
  if (type !== "LORA") {
    const hint = "of PEFT's adapters LoRA is read; merge others with merge_and_unload()";
    throw refuse.unsupported("peft_type", '"LORA"', brief(type), hint);
  }
  assertDone(json, refuse);
  const task = field("task_type", "a text", isText, undefined);
  if (task !== undefined && task !== "CAUSAL_LM" && task !== "SEQ_CLS") {
    throw refuse.unsupported("task_type", '"CAUSAL_LM" or "SEQ_CLS"', brief(task));
  }
  const layers = field("layers_to_transform", "a block's number, or a list", isLayers, undefined);
  const pattern = field("layers_pattern", "a text, or a list of texts", isNames, undefined);
  const settings: LoraSettings = {
    r: field("r", "a positive integer", isRank, 8),
    alpha: field("lora_alpha", "a number", isNumber, 8),
    rsLora: field("use_rslora", "true or false", isBoolean, false),
    // What PEFT takes for a Gemma where nobody has said anything: src/peft/utils/constants.py.
    targets: field("target_modules", "a list of names, or a text", isNames, ["q_proj", "v_proj"]),
    excluded: field("exclude_modules", "a list of names, or a text", isNames, undefined),
    layers: typeof layers === "number" ? [layers] : layers,
    layersPattern: typeof pattern === "string" ? [pattern] : pattern,
    rankPattern: field("rank_pattern", "an object of ranks", isRanks, undefined),
    alphaPattern: field("alpha_pattern", "an object of numbers", isNumbers, undefined),
    whole: field("modules_to_save", "a list of names", isList, undefined),
  };
  if (typeof settings.targets === "string" && settings.layers !== undefined) {
    const hint = "PEFT refuses both, too: say the blocks in the pattern";
    throw refuse.format("layers_to_transform", "a list as target_modules", "a text", hint);
  }
  const base = field("base_model_name_or_path", "a text", isText, undefined);
  return { settings, base: base || undefined, task, text: new TextDecoder().decode(bytes) };
}

const isText = (value: unknown): value is string => typeof value === "string";
const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
const isNumber = (value: unknown): value is number => typeof value === "number";
const isNatural = (value: unknown): value is number =>
  isNumber(value) && Number.isInteger(value) && value >= 0;
const isRank = (value: unknown): value is number => isNatural(value) && value > 0;
const isList = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
const isNames = (value: unknown): value is string | string[] => isText(value) || isList(value);
const isLayers = (value: unknown): value is number | number[] =>
  isNatural(value) || (Array.isArray(value) && value.every(isNatural));
const isNumbers = (value: unknown): value is Record<string, number> =>
  isObject(value) && Object.values(value).every(isNumber);
const isRanks = (value: unknown): value is Record<string, number> =>
  isObject(value) && Object.values(value).every(isRank);

/** Reads a field, of which null stands for its default. */
function reader(json: Readonly<Record<string, unknown>>, refuse: Refusals) {
  return <T, U>(
    name: string,
    expected: string,
    isOne: (value: unknown) => value is T,
    absent: U,
  ): T | U => {
    const value = json[name];
    if (value === undefined || value === null) return absent;
    if (isOne(value)) return value;
    throw refuse.format(name, expected, brief(value));
  };
}

function isOff(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** @throws {UnsupportedError} if a setting asks for something else than LoRA as it is done here. */
function assertDone(json: Readonly<Record<string, unknown>>, refuse: Refusals): void {
  for (const [name, off, hint] of REFUSED) {
    const value = json[name];
    if (isOff(value) || off.includes(value)) continue;
    throw refuse.unsupported(name, off.length > 0 ? brief(off[0]) : "null", brief(value), hint);
  }
  const { init_lora_weights: init } = json;
  if (typeof init === "string" && CHANGES_BASE.test(init)) {
    const hint = `${init} changes the frozen weights as well: save it with PEFT's path_initial_model_for_weight_conversion`;
    throw refuse.unsupported(
      "init_lora_weights",
      "a beginning that leaves the weights alone",
      brief(init),
      hint,
    );
  }
  for (const [name, value] of Object.entries(json)) {
    const isKnown =
      HARMLESS.has(name) || SETTINGS.has(name) || REFUSED.some(([other]) => other === name);
    if (isKnown || isOff(value)) continue;
    const hint =
      "nobody here knows what it means: merge the adapter with PEFT's merge_and_unload()";
    throw refuse.unsupported(name, "a setting that is known", brief(value), hint);
  }
}

/** The file of an adapter that was trained here: PEFT's fields, sorted and indented as Python writes them. */
export function peftConfigText(
  settings: LoraSettings,
  base: string | undefined,
  task: string,
): string {
  const { r, alpha, rsLora, targets, excluded, layers, layersPattern, whole } = settings;
  const fields = {
    alpha_pattern: settings.alphaPattern ?? {},
    auto_mapping: null,
    base_model_name_or_path: base ?? null,
    bias: "none",
    ...(excluded && { exclude_modules: excluded }),
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: layersPattern ?? null,
    layers_to_transform: layers ?? null,
    lora_alpha: alpha,
    lora_dropout: 0,
    modules_to_save: whole ?? null,
    peft_type: "LORA",
    r,
    rank_pattern: settings.rankPattern ?? {},
    revision: null,
    target_modules: targets,
    task_type: task,
    use_dora: false,
    use_rslora: rsLora,
  };
  const text = JSON.stringify(fields, null, 2);
  // Python writes a float as one, and letters beyond ASCII as \u.
  return text
    .replace('"lora_dropout": 0,', '"lora_dropout": 0.0,')
    .replace(
      /[\u007f-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}
