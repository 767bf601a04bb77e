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
import { EMBEDDING, maxPadding } from "./padding.ts";
import { weightSpecs } from "./weights.ts";

/** The output projection, which Gemma ties to the embedding. Some exporters store the copy. */
const LM_HEAD = "lm_head.weight";

/** Tables of RoPE, which versions of transformers stored: they follow from the config. */
const COMPUTED = /(^|\.)rotary_emb\.((original_)?inv_freq|(cos|sin)_cached)$/;

/**
 * The weights of a Gemma with this config, among `tensors`. Surplus rows of the table are hidden: the report
 * counts 256128, padding included, and the tokenizer has 256000. A stored output projection is held against the
 * table, number by number: to drop another one would silently compute something else than the file says. Others
 * without an element say nothing.
 * @throws {FormatError} if a tensor is missing, has another shape, or is not one of Gemma's.
 * @throws {UnsupportedError} if the output projection is not the table, the tensors are an adapter's or were
 * quantised by another library, or one has a dtype that no weight can have.
 */
export async function matchWeights(
  config: GemmaConfig,
  tensors: ReadonlyMap<string, RowSource>,
  file = "checkpoint",
  signal?: AbortSignal,
): Promise<Map<string, WeightSource>> {
  const refuse = refusals("matchWeights", file);
  const numbers = [...tensors].filter(([, { shape }]) => elementsOf(shape) > 0);
  const names = numbers.map(([name]) => name);
  const foreign = foreignTensor(names, refuse);
  if (foreign) throw foreign;
  const matched = new Map<string, WeightSource>();
  for (const { name, shape } of weightSpecs(config)) {
    const found = tensors.get(name);
    const expected = `a tensor of shape ${formatShape(shape)}`;
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
    matched.set(name, found.shape[0] > shape[0] ? firstRows(found, shape[0]) : found);
  }
  for (const name of names) {
    if (matched.has(name) || name === LM_HEAD || COMPUTED.test(name)) continue;
    const hint = "the weights may be of another model, or the config of a smaller one";
    const expected = "only the tensors of a Gemma 1 with this config";
    throw refuse.format(name, expected, "an extra tensor", hint);
  }
  await assertTied(config, tensors, refuse, signal);
  return matched;
}

/** Whether a tensor may have `rows` rows where the config says `wanted`. */
function rowsFit(name: string, rows: number, wanted: number): boolean {
  const most = name === EMBEDDING || name === LM_HEAD ? wanted + maxPadding(wanted) : wanted;
  return wanted <= rows && rows <= most;
}

async function assertTied(
  { vocabSize, tieWordEmbeddings }: GemmaConfig,
  tensors: ReadonlyMap<string, RowSource>,
  refuse: Refusals,
  signal?: AbortSignal,
): Promise<void> {
  const head = tensors.get(LM_HEAD);
  const table = tensors.get(EMBEDDING) as RowSource;
  if (!head) {
    if (tieWordEmbeddings !== false) return;
    const expected = "a tensor of that name, as the config's tie_word_embeddings is false";
    const hint = "write true there if the embedding is the output projection, as in every Gemma 1";
    throw refuse.format(LM_HEAD, expected, "none", hint);
  }
  if (head === table) return;
  const differs = (got: string) => {
    const expected = `the numbers of ${EMBEDDING}, which a Gemma 1 projects to logits with`;
    const hint =
      "a model with an output projection of its own is not run here; transformers runs it";
    return refuse.unsupported(LM_HEAD, expected, got, hint);
  };
  const { shape } = head;
  const fits =
    shape.length === 2 && rowsFit(LM_HEAD, shape[0], vocabSize) && shape[1] === table.shape[1];
  if (!fits) throw differs(`a tensor of shape ${formatShape(shape)}`);
  assertDType(head);
  assertDType(table);
  const row = await firstDifference(head, table, vocabSize, signal);
  if (row === undefined) return;
  const dtypes = head.dtype === table.dtype ? "" : ` (${head.dtype}, and ${table.dtype} there)`;
  throw differs(`others in row ${row}${dtypes}`);
}

function firstRows(source: WeightSource, rows: number): WeightSource {
  return derived(source, { shape: [rows, ...source.shape.slice(1)] });
}
