/**
 * LoRA adapters as llama.cpp has them: one GGUF file, as its convert_lora_to_gguf.py makes it of PEFT's files
 * (llama.cpp: src/llama-adapter.cpp, `llama_adapter_lora_init_impl`).
 *
 *     general.type = "adapter", adapter.type = "lora", adapter.lora.alpha
 *     blk.0.attn_q.weight.lora_a    A [r, D], as PEFT's lora_A
 *     blk.0.attn_q.weight.lora_b    B [F, r], as PEFT's lora_B
 *
 * The scale is alpha / r, of each pair its own r; it is 1 where alpha is 0 or not there. Tensors that have no place are
 * refused, which llama.cpp does too, but for factors of norms, which it leaves out.
 * @module
 */
import { brief } from "../../brief.ts";
import { type Gguf, readGguf } from "../../checkpoint/gguf/read.ts";
import { hfName } from "../../checkpoint/gguf/tensor-names.ts";
import type { GemmaConfig } from "../../config.ts";
import { type Refusals, refusals } from "../../errors.ts";
import { weightSpecs } from "../../model/weights/weights.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { ByteSource } from "../../source/byte-source.ts";
import { assertDType, type RowSource } from "../../tensor/stored.ts";
import { formatShape, type NdArray } from "../../tensor/tensor.ts";
import type { Adapter, LoraPair } from "../lora/adapter.ts";
import { factorNumbers } from "../lora/factor-numbers.ts";
import { type LoraSettings, moduleOf, PROJECTIONS } from "../lora/settings.ts";

/** Options of {@link readLoraGguf}. */
export interface ReadLoraGgufOptions {
  /** Honoured before each read. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<ReadLoraGgufOptions> = { signal: true };
const OP = "readLoraGguf";

/** What a file says of itself that changes nothing, but must be this if it is there. */
const EXPECTED: Readonly<Record<string, string>> = {
  "general.type": "adapter",
  "adapter.type": "lora",
  "general.architecture": "gemma",
};

/**
 * Reads an adapter, whole: the file may be closed afterwards.
 * @param config of the model that it belongs to.
 * @throws {FormatError} if a tensor is missing, is left over, or has another shape than the model's weight has.
 * @throws {UnsupportedError} if it is no LoRA adapter of a Gemma 1, or one that changes with the tokens.
 */
export async function readLoraGguf(
  source: ByteSource,
  config: GemmaConfig,
  options: ReadLoraGgufOptions = {},
): Promise<Adapter> {
  assertOptions(OP, options, NAMES);
  const { signal } = options;
  const refuse = refusals(OP, source.name);
  const gguf = await readGguf(source, signal);
  const alpha = alphaOf(gguf, refuse);
  const factors = factorsOf(gguf, refuse);
  const pairs = new Map<string, LoraPair>();
  const ranks = new Map<string, number>();
  for (const { name, shape } of weightSpecs(config)) {
    const own = factors.get(name);
    if (!own) continue;
    factors.delete(name);
    const [F, D] = shape;
    const isProjection = PROJECTIONS.some((one) => moduleOf(name).endsWith(`.${one}`));
    if (!isProjection) {
      const expected = `factors of a block's projections (${PROJECTIONS.join(", ")})`;
      throw refuse.unsupported(own.stored, expected, "others");
    }
    const r = own.a.shape[0];
    for (const [factor, ...expected] of [[own.a, r, D] as const, [own.b, F, r] as const]) {
      const got = formatShape(factor.shape);
      const hint = "it is of another model, or by llama.cpp's old finetune example";
      if (got !== formatShape(expected) || r < 1) {
        throw refuse.format(factor.name, formatShape(expected), got, hint);
      }
    }
    const [a, b] = [await numbers(own.a, signal), await numbers(own.b, signal)];
    pairs.set(name, { a, b, scale: alpha === 0 ? 1 : alpha / r });
    ranks.set(moduleOf(name), r);
  }
  const [left] = factors.values();
  if (left) {
    throw refuse.format(
      left.stored,
      "factors of weights that the model has",
      "others",
      "the adapter is of another model",
    );
  }
  if (pairs.size === 0)
    throw refuse.format(undefined, "factors, NAME.lora_a and NAME.lora_b", "no tensors");
  return { name: source.name, settings: settingsOf(ranks, alpha), pairs, whole: new Map() };
}

function alphaOf({ metadata }: Gguf, refuse: Refusals): number {
  for (const [key, value] of Object.entries(EXPECTED)) {
    const got = metadata.get(key);
    const isLike = got === undefined || got === value;
    if (!isLike) throw refuse.unsupported(key, brief(value), brief(got), WHOLE);
  }
  if (metadata.get("general.type") === undefined) {
    throw refuse.unsupported("general.type", '"adapter"', "nothing", WHOLE);
  }
  if (metadata.has("adapter.alora.invocation_tokens")) {
    const hint = "activated LoRA changes with the tokens, which is not done";
    throw refuse.unsupported("adapter.alora.invocation_tokens", "nothing", "a list", hint);
  }
  const key = "adapter.lora.alpha";
  const alpha = metadata.get(key) ?? 0;
  if (typeof alpha === "number" && Number.isFinite(alpha)) return alpha;
  throw refuse.format(key, "a finite number", brief(alpha));
}

const WHOLE =
  "an adapter is made by llama.cpp's convert_lora_to_gguf.py; a model is opened by itself";

/** The two factors of a weight, as stored. */
interface Factors {
  /** llama.cpp's name of the weight. */
  readonly stored: string;
  readonly a: RowSource;
  readonly b: RowSource;
}

/** By the name of their weight, as Hugging Face has it. */
function factorsOf({ tensors }: Gguf, refuse: Refusals): Map<string, Factors> {
  const found = new Map<string, Factors>();
  for (const [name, tensor] of tensors) {
    const [, stored, letter] = /^(.+)\.lora_([ab])$/.exec(name) ?? [];
    if (stored === undefined) {
      throw refuse.format(name, "factors alone, NAME.lora_a and NAME.lora_b", "another tensor");
    }
    if (letter === "b" && tensors.has(`${stored}.lora_a`)) continue;
    const b = tensors.get(`${stored}.lora_b`);
    if (letter === "b" || !b) {
      const other = `${stored}.lora_${letter === "b" ? "a" : "b"}`;
      throw refuse.format(other, "both factors of a weight", "no such tensor");
    }
    found.set(hfName(stored), { stored, a: tensor, b });
  }
  return found;
}

function numbers(source: RowSource, signal?: AbortSignal): Promise<NdArray> {
  assertDType(source);
  return factorNumbers(source, signal);
}

/** What PEFT's config would say: the modules by their whole names. */
function settingsOf(ranks: ReadonlyMap<string, number>, alpha: number): LoraSettings {
  const [r] = ranks.values();
  const patternOf = (module: string) => `^${module.replaceAll(".", String.raw`\.`)}`;
  const others = [...ranks].filter(([, rank]) => rank !== r);
  const byRank = Object.fromEntries(others.map(([module, rank]) => [patternOf(module), rank]));
  return {
    r,
    alpha: alpha === 0 ? r : alpha,
    rsLora: false,
    targets: [...ranks.keys()],
    rankPattern: byRank,
    alphaPattern: alpha === 0 ? byRank : undefined,
  };
}
