/**
 * A checkpoint's tensors held against the config: every weight there has to be, in its shape, and nothing else.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { type Refusals, refusals } from "../../errors.ts";
import { firstDifference } from "../../tensor/first-difference.ts";
import { assertDType, derived, type RowSource, type WeightSource } from "../../tensor/stored.ts";
import { elementsOf, formatShape } from "../../tensor/tensor.ts";
import { foreignTensor } from "./foreign-names.ts";
import { maxPadding } from "./padding.ts";
import { EMBEDDING, LM_HEAD, type WeightSpec, weightSpecs } from "./weights.ts";

/** Tables of RoPE, which versions of transformers stored: they follow from the config. */
const COMPUTED = /(^|\.)rotary_emb\.((original_)?inv_freq|(cos|sin)_cached)$/;

/** What a checkpoint's tensors come to. */
export interface Matched {
  /** The config, with `tieWordEmbeddings: false` where, and only where, the output projection is among `weights`. */
  readonly config: GemmaConfig;
  /** The weights of a Gemma with this config, by name. */
  readonly weights: ReadonlyMap<string, WeightSource>;
}

/**
 * The weights of a Gemma with this config, among `tensors`. Surplus rows of the table are hidden: the report
 * counts 256128, padding included, and the tokenizer has 256000.
 *
 * A stored output projection is held against the table, number by number, whatever the config says: a copy, which some
 * exporters store, is left out, and another one is what the model was made with. Others without an element say nothing.
 * @param copy "keep" it as a weight of its own where the config says that it is one: training moves the two apart.
 * @throws {FormatError} if a tensor is missing, has another shape, or is not one of Gemma's.
 * @throws {UnsupportedError} if the tensors are an adapter's or were quantised by another library, or one has a dtype
 * that no weight can have.
 */
export async function matchWeights(
  given: GemmaConfig,
  tensors: ReadonlyMap<string, RowSource>,
  file = "checkpoint",
  signal?: AbortSignal,
  copy: "drop" | "keep" = "drop",
): Promise<Matched> {
  const refuse = refusals("matchWeights", file);
  const numbers = [...tensors].filter(([, { shape }]) => elementsOf(shape) > 0);
  const names = numbers.map(([name]) => name);
  const foreign = foreignTensor(names, refuse);
  if (foreign) throw foreign;
  const head = tensors.get(LM_HEAD);
  // The file itself may say that its one matrix has both names.
  const isOne = head !== undefined && head === tensors.get(EMBEDDING);
  const config = isOne ? tied(given) : given;
  const weights = new Map<string, WeightSource>();
  for (const spec of weightSpecs(config)) {
    weights.set(spec.name, fitting(spec, tensors, refuse));
  }
  for (const name of names) {
    if (weights.has(name) || name === LM_HEAD || COMPUTED.test(name)) continue;
    const hint = "the weights may be of another model, or the config of a smaller one";
    const expected = "only the tensors of a Gemma 1 with this config";
    throw refuse.format(name, expected, "an extra tensor", hint);
  }
  if (!head || isOne || (weights.has(LM_HEAD) && copy === "keep")) return { config, weights };
  const table = weights.get(EMBEDDING) as WeightSource;
  const own = fitting({ name: LM_HEAD, shape: table.shape }, tensors, refuse);
  const row = await firstDifference(own, table, config.vocabSize, signal);
  if (row === undefined) {
    weights.delete(LM_HEAD);
    return { config: tied(config), weights };
  }
  return { config: { ...config, tieWordEmbeddings: false }, weights: weights.set(LM_HEAD, own) };
}

function tied({ tieWordEmbeddings: _, ...config }: GemmaConfig): GemmaConfig {
  return config;
}

/** The tensor that is this weight, without rows of padding. */
function fitting(
  { name, shape }: WeightSpec,
  tensors: ReadonlyMap<string, RowSource>,
  refuse: Refusals,
): WeightSource {
  const found = tensors.get(name);
  const expected = `a tensor of shape ${formatShape(shape)}`;
  if (!found && name === LM_HEAD) {
    const named = "a tensor of that name, as the config's tie_word_embeddings is false";
    const hint = "write true there if the embedding is the output projection, as in every Gemma 1";
    throw refuse.format(name, named, "none", hint);
  }
  if (!found) {
    const hint = "the checkpoint may be incomplete, or of another model";
    const empty = "this file has a vocabulary and no weights; get the whole model";
    const got = tensors.size === 0 ? "no tensors at all" : "no tensor of that name";
    throw refuse.format(name, expected, got, tensors.size === 0 ? empty : hint);
  }
  const fits = found.shape.length === shape.length && rowsFit(name, found.shape[0], shape[0]);
  if (!fits || shape.some((axis, i) => i > 0 && axis !== found.shape[i])) {
    const hint = "config.json and weights may be of different models";
    throw refuse.format(name, expected, formatShape(found.shape), hint);
  }
  assertDType(found);
  return found.shape[0] > shape[0] ? firstRows(found, shape[0]) : found;
}

/** Whether a tensor may have `rows` rows where the config says `wanted`. */
function rowsFit(name: string, rows: number, wanted: number): boolean {
  const most = name === EMBEDDING || name === LM_HEAD ? wanted + maxPadding(wanted) : wanted;
  return wanted <= rows && rows <= most;
}

function firstRows(source: WeightSource, rows: number): WeightSource {
  return derived(source, { shape: [rows, ...source.shape.slice(1)] });
}
