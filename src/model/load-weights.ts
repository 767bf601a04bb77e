/**
 * How the weights of a Gemma get from a checkpoint into a backend: held against the config, then uploaded,
 * all before the first pass or while it runs.
 * @module
 */
import type { Backend, Handles } from "../backend/backend.ts";
import type { GemmaConfig } from "../config.ts";
import { FormatError } from "../errors.ts";
import { assertDType, type RowSource, type WeightSource } from "../tensor/stored.ts";
import { formatShape } from "../tensor/tensor.ts";
import { mapWeights, type Weights, weightSpecs } from "./weights.ts";

/**
 * Most rows that a table may have besides those of the vocabulary. The report has 128 for 256,000, others
 * fill up to a multiple of something, or leave room for tokens added in training; but a vocabulary of half
 * the rows is another model's.
 */
export function maxPadding(vocabSize: number): number {
  return Math.max(128, Math.floor(vocabSize / 100));
}

/**
 * Holds a checkpoint's tensors against the config: each weight there is one of, in its shape, with
 * the vocabulary's surplus rows hidden (the report counts 256128, padding included; the tokenizer
 * has 256000).
 * @throws {FormatError} if a tensor is missing, has another shape, or is one Gemma does not have.
 */
export function matchWeights(
  config: GemmaConfig,
  tensors: ReadonlyMap<string, RowSource>,
  file = "checkpoint",
): Map<string, WeightSource> {
  const matched = new Map<string, WeightSource>();
  for (const { name, shape } of weightSpecs(config)) {
    const found = tensors.get(name);
    const op = "matchWeights";
    const expected = `a tensor of shape ${formatShape(shape)}`;
    if (!found) {
      throw new FormatError({
        op,
        file,
        argument: name,
        expected,
        got: "none of that name",
        hint: "the checkpoint may be incomplete, an adapter, or of another model",
      });
    }
    const [rows, ...rest] = shape;
    const more = found.shape[0] - rows;
    const surplus = name.startsWith("model.embed_tokens") && more > 0 && more <= maxPadding(rows);
    const fits =
      found.shape.length === shape.length &&
      (found.shape[0] === rows || surplus) &&
      rest.every((axis, i) => axis === found.shape[i + 1]);
    if (!fits) {
      throw new FormatError({
        op,
        file,
        argument: name,
        expected,
        got: formatShape(found.shape),
        hint: "config.json and weights may be of different models",
      });
    }
    assertDType(found);
    matched.set(name, surplus ? firstRows(found, rows) : found);
  }
  for (const name of tensors.keys()) {
    if (matched.has(name) || name === LM_HEAD || name.endsWith(".rotary_emb.inv_freq")) continue;
    throw new FormatError({
      op: "matchWeights",
      file,
      argument: name,
      expected: "only the tensors of a Gemma 1 with this config",
      got: "one more",
      hint: "the weights may be of another model, or the config of a smaller one",
    });
  }
  return matched;
}

/**
 * The output projection, which Gemma ties to the embedding. Some exporters store the copy.
 */
const LM_HEAD = "lm_head.weight";

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
  const table = tensors.get("model.embed_tokens.weight");
  if (!head || !table) return;
  const refuse = (got: string) =>
    new FormatError({
      op: "assertTied",
      file,
      argument: LM_HEAD,
      expected: "a copy of model.embed_tokens.weight, since Gemma ties the two",
      got,
    });
  const asText = ({ dtype, shape }: RowSource) => `${dtype} ${formatShape(shape)}`;
  if (asText(head) !== asText(table)) throw refuse(asText(head));
  const [V] = table.shape;
  const block = 4096;
  for (let begin = 0; begin < V; begin += block) {
    const end = Math.min(V, begin + block);
    const a = await head.rows(begin, end, signal);
    const b = await table.rows(begin, end, signal);
    if (a.some((byte, i) => byte !== b[i])) throw refuse(`another in rows ${begin} to ${end - 1}`);
  }
}

function firstRows(source: WeightSource, rows: number): WeightSource {
  const { name, file, dtype, shape, normOffset } = source;
  return {
    name,
    file,
    dtype,
    shape: [rows, ...shape.slice(1)],
    normOffset,
    rows: (begin, end, signal) => source.rows(begin, end, signal),
  };
}

/** A signal, and who is told of each weight when it is there. */
export interface UploadOptions {
  readonly signal?: AbortSignal;
  readonly onWeight?: (source: WeightSource) => void;
}

/** Uploads all weights, one after another. */
export async function uploadWeights<H extends Handles>(
  config: GemmaConfig,
  sources: ReadonlyMap<string, WeightSource>,
  backend: Backend<H>,
  { signal, onWeight }: UploadOptions = {},
): Promise<Weights<H["weight"]>> {
  const uploaded = new Map<string, H["weight"]>();
  for (const [name, source] of sources) {
    signal?.throwIfAborted();
    uploaded.set(name, await backend.upload(source, signal));
    onWeight?.(source);
  }
  return mapWeights(config, ({ name }) => uploaded.get(name) as H["weight"]);
}

/**
 * Weights that are asked for before those in front of them are there: between two reads the computing
 * takes its time, in which the disk would have nothing to do.
 */
const AHEAD = 4;

/**
 * As {@link uploadWeights}, with the weights at once, to compute with while they arrive, in the order in
 * which the forward pass needs them. After one that failed no more are asked for.
 * @param uploadLater the backend's
 * @returns the weights, and when all of them are there, or no more are coming
 */
export function streamWeights<H extends Handles>(
  config: GemmaConfig,
  sources: ReadonlyMap<string, WeightSource>,
  uploadLater: NonNullable<Backend<H>["uploadLater"]>,
  { signal, onWeight }: UploadOptions = {},
): { weights: Weights<H["weight"]>; arrived: Promise<void> } {
  const streamed = new Map<string, H["weight"]>();
  const arrivals: Promise<void>[] = [];
  let failure: { readonly error: unknown } | undefined;
  for (const [name, source] of sources) {
    const before = arrivals.at(-AHEAD);
    const rows: WeightSource["rows"] = async (...range) => {
      await before;
      if (failure) throw failure.error;
      return source.rows(...range);
    };
    const { weight, arrived } = uploadLater({ ...source, rows }, signal);
    streamed.set(name, weight);
    const arrival = arrived.then(() => onWeight?.(source));
    arrival.catch((error) => {
      failure ??= { error };
    });
    arrivals.push(arrival);
  }
  const arrived = allArrived(arrivals);
  arrived.catch(() => {}); // nobody may be waiting when it fails: whoever uses the weights hears of it
  return { weights: mapWeights(config, ({ name }) => streamed.get(name) as H["weight"]), arrived };
}

/** Settles when all have, as the first of them that failed. */
async function allArrived(arrivals: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(arrivals)) {
    if (result.status === "rejected") throw result.reason;
  }
}
