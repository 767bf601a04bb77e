/**
 * A checkpoint's tensors held against the config: every weight there has to be, in its shape, and nothing else.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import { assertDType, derived, type RowSource, type WeightSource } from "../../tensor/stored.ts";
import { formatShape } from "../../tensor/tensor.ts";
import { weightSpecs } from "./weights.ts";

/**
 * Most rows that a table may have besides those of the vocabulary. The report has 128 for 256,000, others
 * fill up to a multiple of something, or leave room for tokens added in training; but a vocabulary of half
 * the rows belongs to another model.
 */
export function maxPadding(vocabSize: number): number {
  return Math.max(128, Math.floor(vocabSize / 100));
}

const EMBEDDING = "model.embed_tokens.weight";
/** The output projection, which Gemma ties to the embedding. Some exporters store the copy. */
const LM_HEAD = "lm_head.weight";

/**
 * The weights of a Gemma with this config, among `tensors`. Surplus rows of the table are hidden: the report
 * counts 256128, padding included, and the tokenizer has 256000.
 * @throws {FormatError} if a tensor is missing, has another shape, or is not one of Gemma's.
 * @throws {UnsupportedError} if it has a dtype that no weight can have.
 */
export function matchWeights(
  config: GemmaConfig,
  tensors: ReadonlyMap<string, RowSource>,
  file = "checkpoint",
): Map<string, WeightSource> {
  const refuse = refusals("matchWeights", file);
  const matched = new Map<string, WeightSource>();
  for (const { name, shape } of weightSpecs(config)) {
    const found = tensors.get(name);
    const expected = `a tensor of shape ${formatShape(shape)}`;
    if (!found) {
      const hint = "the checkpoint may be incomplete, an adapter, or of another model";
      throw refuse.format(name, expected, "no tensor of that name", hint);
    }
    const [rows, ...rest] = shape;
    const more = found.shape[0] - rows;
    const hasSurplus = name === EMBEDDING && more > 0 && more <= maxPadding(rows);
    const fits =
      found.shape.length === shape.length &&
      (more === 0 || hasSurplus) &&
      rest.every((axis, i) => axis === found.shape[i + 1]);
    if (!fits) {
      const hint = "config.json and weights may be of different models";
      throw refuse.format(name, expected, formatShape(found.shape), hint);
    }
    assertDType(found);
    matched.set(name, hasSurplus ? firstRows(found, rows) : found);
  }
  for (const name of tensors.keys()) {
    if (matched.has(name) || name === LM_HEAD || name.endsWith(".rotary_emb.inv_freq")) continue;
    const hint = "the weights may be of another model, or the config of a smaller one";
    const expected = "only the tensors of a Gemma 1 with this config";
    throw refuse.format(name, expected, "an extra tensor", hint);
  }
  return matched;
}

/**
 * Refuses a stored output projection that is not the embedding: ignoring it would silently compute
 * something else than the file says.
 * @throws {FormatError} if there is one and any byte of it differs.
 */
export async function assertTied(
  tensors: ReadonlyMap<string, RowSource>,
  file = "checkpoint",
  signal?: AbortSignal,
): Promise<void> {
  const head = tensors.get(LM_HEAD);
  const table = tensors.get(EMBEDDING);
  if (!head || !table) return;
  const refuse = refusals("assertTied", file);
  const expected = `a copy of ${EMBEDDING}, since Gemma ties the two`;
  const asText = ({ dtype, shape }: RowSource) => `${dtype} ${formatShape(shape)}`;
  if (asText(head) !== asText(table)) throw refuse.format(LM_HEAD, expected, asText(head));
  const [V] = table.shape;
  const block = 4096;
  for (let begin = 0; begin < V; begin += block) {
    const end = Math.min(V, begin + block);
    const a = await head.rows(begin, end, signal);
    const b = await table.rows(begin, end, signal);
    if (a.some((byte, i) => byte !== b[i])) {
      throw refuse.format(LM_HEAD, expected, `other numbers in rows ${begin} to ${end - 1}`);
    }
  }
}

function firstRows(source: WeightSource, rows: number): WeightSource {
  return derived(source, { shape: [rows, ...source.shape.slice(1)] });
}

/**
 * The rows of the table from `begin` on that are all zeros: padding, which no token stands for. A table that was
 * enlarged without it being filled has them, and their logit, 0, would be above every other.
 */
export async function zeroRows(
  { vocabSize: V }: GemmaConfig,
  tensors: ReadonlyMap<string, RowSource>,
  begin: number,
  signal?: AbortSignal,
): Promise<number[]> {
  const table = tensors.get(EMBEDDING);
  if (!table || begin >= V) return [];
  const bytes = await table.rows(begin, V, signal);
  const size = bytes.length / (V - begin);
  const ids = Array.from({ length: V - begin }, (_, i) => begin + i);
  return ids.filter((_, i) => bytes.subarray(i * size, (i + 1) * size).every((byte) => byte === 0));
}
