/**
 * Which projections have low-rank factors, of which rank, and by how much they count. The rules are PEFT's, so that the
 * same settings mean the same here and there: huggingface/peft (5d602fd), src/peft/tuners/tuners_utils.py
 * `check_target_module_exists` and src/peft/utils/other.py `get_pattern_key`. Patterns are Python's.
 * @module
 */
import { brief } from "../../brief.ts";
import type { GemmaConfig } from "../../config.ts";
import { type Refusals, refusals } from "../../errors.ts";
import { weightSpecs } from "../../model/weights/weights.ts";
import { pythonRegex } from "../../python/regex/regex.ts";

/** The seven projections of a block, by their names in checkpoints. */
export const PROJECTIONS = [
  "q_proj",
  "k_proj",
  "v_proj",
  "o_proj",
  "gate_proj",
  "up_proj",
  "down_proj",
] as const;

/** Which modules have factors, and their ranks. Modules are called as in checkpoints, without ".weight". */
export interface LoraSettings {
  /** The rank: columns of B, rows of A. */
  readonly r: number;
  /** The scale is alpha / r. */
  readonly alpha: number;
  /** Whether the scale is alpha / √r: rank-stabilised LoRA, arXiv:2312.03732. */
  readonly rsLora: boolean;
  /**
   * Names of modules (`q_proj`, or longer: `layers.0.self_attn.q_proj`), a pattern that fits their whole names, or
   * "all-linear", which is all projections.
   */
  readonly targets: readonly string[] | string;
  /** Names, or a pattern, of modules that are left out although they are among `targets`. */
  readonly excluded?: readonly string[] | string;
  /** The blocks that have factors; with a list as `targets` only. Default: all. */
  readonly layers?: readonly number[];
  /** What stands before a block's number in names, as patterns. Default: anything. */
  readonly layersPattern?: readonly string[];
  /** Other ranks, by patterns that the end of a name fits; the first that fits counts. */
  readonly rankPattern?: Readonly<Record<string, number>>;
  /** Other alphas, likewise. */
  readonly alphaPattern?: Readonly<Record<string, number>>;
  /** Modules that are trained whole, in the place of the model's own. */
  readonly whole?: readonly string[];
}

/** A projection that has factors. */
export interface LoraTarget {
  /** Of its weight: `model.layers.0.self_attn.q_proj.weight`. */
  readonly name: string;
  /** As PEFT calls it: `model.layers.0.self_attn.q_proj`. */
  readonly module: string;
  /** Outputs F and inputs D: the weight is [F, D], A [r, D], B [F, r]. */
  readonly shape: readonly [outputs: number, inputs: number];
  /** The rank. */
  readonly r: number;
  /** s = alpha / r, or alpha / √r. */
  readonly scale: number;
}

/**
 * The projections of a Gemma that have factors, in the order of its weights.
 * @throws {ArgumentError} or what `refuse` makes, if no module is meant, or a rank or alpha is none.
 * @throws {UnsupportedError} if a module is meant that is no projection of a block.
 */
export function loraTargets(
  config: GemmaConfig,
  settings: LoraSettings,
  refuse: Refusals = refusals("lora"),
): LoraTarget[] {
  const isMeant = matcher(settings);
  const [rankOf, alphaOf] = [firstFit(settings.rankPattern), firstFit(settings.alphaPattern)];
  const targets: LoraTarget[] = [];
  for (const { name, shape } of weightSpecs(config)) {
    const module = moduleOf(name);
    if (shape.length === 1 || !isMeant(module)) continue;
    if (module === TABLE || module === HEAD) throw noFactors(refuse, module, config);
    const r = rankOf(module) ?? settings.r;
    const alpha = alphaOf(module) ?? settings.alpha;
    if (!Number.isInteger(r) || r < 1) {
      throw refuse.argument("r", "a positive integer", brief(r));
    }
    if (typeof alpha !== "number" || !Number.isFinite(alpha)) {
      throw refuse.argument("alpha", "a finite number", brief(alpha));
    }
    const scale = settings.rsLora ? alpha / Math.sqrt(r) : alpha / r;
    targets.push({ name, module, shape: [shape[0], shape[1]], r, scale });
  }
  if (isMeant(HEAD) && !isAllLinear(settings.targets)) throw noFactors(refuse, HEAD, config);
  if (targets.length > 0) return targets;
  const { layers } = settings;
  const isAnywhere = matcher({ ...settings, layers: undefined });
  if (layers?.length && weightSpecs(config).some(({ name }) => isAnywhere(moduleOf(name)))) {
    throw refuse.argument("layers", "blocks that have targets", brief(layers));
  }
  const hint = `names of a block's projections are ${PROJECTIONS.join(", ")}`;
  throw refuse.argument("targets", "modules that the model has", brief(settings.targets), hint);
}

/** The name of a module, of which this is the weight. */
export function moduleOf(weight: string): string {
  return weight.replace(/\.weight$/, "");
}

const TABLE = "model.embed_tokens";
export const HEAD = "lm_head";

function noFactors(refuse: Refusals, module: string, { tieWordEmbeddings }: GemmaConfig) {
  const expected = `projections of blocks (${PROJECTIONS.join(", ")})`;
  const hint =
    tieWordEmbeddings === false
      ? "table and output projection have no factors here; merge the adapter with PEFT's merge_and_unload(), or train them whole"
      : "Gemma's table is embedding and output projection in one; it has no factors here";
  return refuse.unsupported("targets", expected, module, hint);
}

export const isAllLinear = (targets: unknown): boolean =>
  typeof targets === "string" && targets.toLowerCase() === "all-linear";

/** Whether a module is meant by its whole name. */
export function matcher(settings: LoraSettings): (module: string) => boolean {
  const { targets, excluded, layers, layersPattern = [] } = settings;
  const isExcluded = excluded === undefined ? () => false : named(excluded);
  if (isAllLinear(targets)) {
    return (module) =>
      PROJECTIONS.some((name) => module.endsWith(`.${name}`)) && !isExcluded(module);
  }
  const isNamed = named(targets);
  const numbers = layersPattern.length > 0 ? layersPattern : ["[^.]*"];
  const ofBlock = numbers.map((pattern) => pythonRegex(String.raw`.*\.${pattern}\.(\d+)\.`));
  const isInLayer = (module: string) => {
    // PEFT asks for no block where a list has the whole name.
    if (!layers?.length || targets.includes(module)) return true;
    const found = ofBlock.map((regex) => regex.match(module)).find((match) => match);
    return found !== undefined && layers.includes(Number(found.groups[1]));
  };
  return (module) => isNamed(module) && !isExcluded(module) && isInLayer(module);
}

/** Whether a name, or its end behind a dot, is in a list; or the whole of it fits a pattern. */
export function named(which: readonly string[] | string): (module: string) => boolean {
  if (typeof which === "string") {
    const regex = pythonRegex(which);
    return (module) => regex.fullmatch(module) !== undefined;
  }
  return (module) => which.some((name) => module === name || module.endsWith(`.${name}`));
}

/** The number of the first pattern that the end of a name fits. */
export function firstFit(
  patterns: Readonly<Record<string, number>> = {},
): (module: string) => number | undefined {
  const compiled = Object.entries(patterns).map(
    ([pattern, value]) => [pythonRegex(String.raw`(.*\.)?(${pattern})$`), value] as const,
  );
  return (module) => compiled.find(([regex]) => regex.match(module) !== undefined)?.[1];
}
