/**
 * What a cache has to be of to be gone on from: the model's shapes, its weights, and how results are rounded. Keys and values
 * of another model would be read as numbers like any, and make nonsense.
 *
 * Weights are told apart by a fingerprint: SHA-256 of the names, dtypes and shapes of all, of each norm, and of the middle row
 * of each matrix. That reads a few hundred rows in place of gigabytes. A training, an adapter (of some layers, too) and a
 * quantisation change nearly all rows of what they change; weights that differ in other rows alone, as after an edit by hand, look
 * the same.
 * @module
 */
import type { Backend, Handles } from "../backend/backend.ts";
import type { GemmaConfig } from "../config.ts";
import { RunningSha256 } from "../source/sha256.ts";
import type { RowSource } from "../tensor/stored.ts";

/** A model, as far as caches depend on it. */
export interface CacheModel {
  readonly config: GemmaConfig;
  readonly backend: Pick<Backend<Handles>, "info">;
  readonly sources: ReadonlyMap<string, RowSource>;
  readonly embedScale: number;
}

/** What is written into the file, by name. */
export type Identity = Readonly<Record<"config" | "weights" | "precision" | "accuracy", string>>;

/** The shapes and constants on which keys and values depend. */
const SHAPES = [
  "vocabSize",
  "hiddenSize",
  "intermediateSize",
  "numHiddenLayers",
  "numAttentionHeads",
  "numKeyValueHeads",
  "headDim",
  "rmsNormEps",
  "ropeTheta",
] as const satisfies readonly (keyof GemmaConfig)[];

/** The identity of a model that computes in some backend. */
export async function identityOf(model: CacheModel, signal?: AbortSignal): Promise<Identity> {
  const { config, backend, embedScale } = model;
  const { precision, accuracy = precision } = backend.info;
  const shapes = SHAPES.map((name) => [name, config[name]] as const);
  return {
    config: JSON.stringify({ ...Object.fromEntries(shapes), embedScale }),
    weights: await fingerprintOf(model, signal),
    precision,
    accuracy,
  };
}

const known = new WeakMap<ReadonlyMap<string, RowSource>, string>();

/** The fingerprint of weights, in hexadecimal digits. */
export async function fingerprintOf(
  { sources }: Pick<CacheModel, "sources">,
  signal?: AbortSignal,
): Promise<string> {
  const before = known.get(sources);
  if (before !== undefined) return before;
  const hash = new RunningSha256();
  const names = [...sources.keys()].sort();
  for (const name of names) {
    const source = sources.get(name) as RowSource;
    const { dtype, shape, normOffset = 1 } = source;
    hash.update(`${JSON.stringify([name, dtype, shape, normOffset])}\n`);
    const middle = shape.length === 1 ? 0 : shape[0] >> 1;
    const end = shape.length === 1 ? shape[0] : middle + 1;
    hash.update(await source.rows(middle, end, signal));
  }
  const digest = hash.digest();
  known.set(sources, digest);
  return digest;
}
