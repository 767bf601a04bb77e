/**
 * Adapters as PEFT saves them: a folder with `adapter_config.json` and `adapter_model.safetensors`, or the
 * `adapter_model.bin` of torch, which is read where the other is not there. Names of tensors: huggingface/peft (5d602fd),
 * docs/source/developer_guides/checkpoint.md.
 *
 *     base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight    A [r, D]
 *     base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight    B [F, r]
 *     base_model.model.score.weight                                     trained whole (`modules_to_save`)
 *
 * Who saves `model.state_dict()` himself has the adapter's name behind `lora_A`, too: `lora_A.default.weight` is the same.
 *
 * PEFT loads what fits and drops the rest with a warning. Here every tensor has to have its place, and every place its
 * tensor: an adapter of another model, or of which a part is missing, is refused.
 * @module
 */

import { namesOf } from "../../checkpoint/dtypes.ts";
import type { SafetensorsType } from "../../checkpoint/encode/encode.ts";
import type { GemmaConfig } from "../../config.ts";
import { type Refusals, refusals } from "../../errors.ts";
import { weightSpecs } from "../../model/weights/weights.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { closeAll } from "../../source/byte-source.ts";
import { assertSource, type Folder } from "../../source/folder.ts";
import { heldRows } from "../../tensor/held.ts";
import { assertDType, derived, type RowSource, type WeightSource } from "../../tensor/stored.ts";
import { formatShape } from "../../tensor/tensor.ts";
import { HEADS, type LoraPair } from "../lora/adapter.ts";
import { factorNumbers } from "../lora/factor-numbers.ts";
import { loraTargets, moduleOf } from "../lora/settings.ts";
import { factorNames, type PeftAdapter, PREFIX } from "./adapter.ts";
import { type AdapterFiles, adapterTensors, openAdapterFiles } from "./adapter-files.ts";
import { parsePeftConfig } from "./config.ts";

/** Options of {@link readAdapter}. */
export interface ReadAdapterOptions {
  /** Honoured before each read. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<ReadAdapterOptions> = { signal: true };
const OP = "readAdapter";

/**
 * Reads an adapter, whole: its files may be closed afterwards.
 *
 *     const adapter = await readAdapter(openFolder("./my-adapter"), gemma.config);
 *
 * @param config of the model that it belongs to.
 * @throws {FormatError} if a file or a tensor is missing, is left over, or has another shape than the config says.
 * @throws {UnsupportedError} naming a setting that is not done: DoRA, biases, and others (config.ts).
 */
export async function readAdapter(
  folder: Folder,
  config: GemmaConfig,
  options: ReadAdapterOptions = {},
): Promise<PeftAdapter> {
  assertOptions(OP, options, NAMES);
  const opened = assertSource(OP, folder);
  if (!("open" in opened)) {
    throw refusals(OP).argument("folder", "a folder, as an adapter is two files", "a file");
  }
  const files = await openAdapterFiles(opened, options.signal);
  try {
    return await readTensors(files, config, options.signal);
  } finally {
    await closeAll(files.sources);
  }
}

async function readTensors(
  { config: configBytes, configName, weights }: AdapterFiles,
  config: GemmaConfig,
  signal: AbortSignal | undefined,
): Promise<PeftAdapter> {
  const { settings, base, task, text } = parsePeftConfig(configBytes, configName);
  const refuse = refusals(OP, weights.name);
  const tensors = await adapterTensors(weights, signal);
  const used = new Map<string, SafetensorsType>();
  const take = (name: string, shape: readonly number[], expected: string): WeightSource => {
    const source = tensors.get(name);
    if (!source) throw refuse.format(name, expected, "no such tensor", INCOMPLETE);
    if (formatShape(source.shape) !== formatShape(shape)) {
      const got = formatShape(source.shape);
      throw refuse.format(name, formatShape(shape), got, "it is of another model, or rank");
    }
    assertDType(source);
    used.set(name, namesOf(source.dtype).name as SafetensorsType);
    return source;
  };

  const pairs = new Map<string, LoraPair>();
  for (const { name, module, shape, r, scale } of loraTargets(
    config,
    settings,
    refusals(OP, configName),
  )) {
    const [F, D] = shape;
    const [a, b] = factorNames(module);
    const ofA = take(a, [r, D], "the factor A of a module that the config names");
    const ofB = take(b, [F, r], "the factor B of a module that the config names");
    pairs.set(name, {
      a: await factorNumbers(ofA, signal),
      b: await factorNumbers(ofB, signal),
      scale,
    });
  }
  const whole = new Map<string, WeightSource>();
  for (const { name, shape } of wholeWeights(config, settings.whole ?? [], tensors, refuse)) {
    whole.set(name, await held(take(`${PREFIX}${name}`, shape, "a weight"), name, signal));
  }
  assertAllUsed(tensors, used, refuse);
  return { name: weights.name, settings, pairs, whole, base, task, configText: text, types: used };
}

const INCOMPLETE = "the files do not belong together, or a part of the adapter is missing";

/**
 * The weights of `modules_to_save`.
 * @throws {UnsupportedError} if the table is among them.
 */
function wholeWeights(
  config: GemmaConfig,
  modules: readonly string[],
  tensors: ReadonlyMap<string, RowSource>,
  refuse: Refusals,
): { readonly name: string; readonly shape: readonly number[] }[] {
  const found: { name: string; shape: readonly number[] }[] = [];
  for (const module of modules) {
    if (/(^|\.)(embed_tokens|lm_head)$/.test(module)) {
      const expected = "modules other than the table";
      const hint =
        "Gemma's table is embedding and output projection in one, and trained whole it would be two";
      throw refuse.unsupported("modules_to_save", expected, module, hint);
    }
    const isMeant = (name: string) => {
      const own = moduleOf(name);
      return (own === module || own.endsWith(`.${module}`)) && tensors.has(`${PREFIX}${name}`);
    };
    const own = weightSpecs(config).filter(({ name }) => isMeant(name));
    const score = tensors.get(`${PREFIX}${module}.weight`);
    if (own.length === 0 && HEADS.includes(module)) {
      const [labels = 1] = score?.shape ?? [];
      if (score) found.push({ name: `${module}.weight`, shape: [labels, config.hiddenSize] });
      continue;
    }
    if (own.length === 0) {
      throw refuse.format(
        module,
        "the weight of a module that is saved",
        "no such tensor",
        INCOMPLETE,
      );
    }
    found.push(...own);
  }
  return found;
}

/** @throws {FormatError} naming the first tensor that has no place. */
function assertAllUsed(
  tensors: ReadonlyMap<string, RowSource>,
  used: ReadonlyMap<string, unknown>,
  refuse: Refusals,
): void {
  const left = [...tensors.keys()].filter((name) => !used.has(name));
  if (left.length === 0) return;
  const table = left.find((name) => /(embed_tokens|lm_head)/.test(name));
  const hint = table
    ? "PEFT saves the table too where tokens were added; save it with save_embedding_layers=False if they were not trained"
    : "PEFT would drop it without a word: the adapter is of another model, or its config is not its own";
  const more = left.length > 1 ? ` and ${left.length - 1} more` : "";
  throw refuse.format(
    table ?? left[0],
    "tensors that the config speaks of",
    `a tensor besides${more}`,
    hint,
  );
}

/** A weight in memory, under the model's name for it. */
async function held(
  source: WeightSource,
  name: string,
  signal?: AbortSignal,
): Promise<WeightSource> {
  const bytes = await source.rows(0, source.shape[0], signal);
  return heldRows(derived(source, { name }), bytes);
}
