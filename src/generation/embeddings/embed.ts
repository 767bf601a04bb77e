/**
 * Texts as vectors, to be compared by their angle: what the model has made of the tokens before its last step, which would
 * be the logits.
 *
 *     mean: e = 1/T · Σ_t h[t]        last: e = h[T − 1]        normalize: e / √(e · e)
 *
 * h [T, D] is what the final norm gives, `last_hidden_state` of transformers. Gemma was not trained to embed; a token sees those
 * before it alone, so the last has seen the whole text.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { assertOneOf } from "../../check.ts";
import { assertIds, assertPrompts, assertSequence } from "../../model/check-ids.ts";
import { assertIsModel } from "../../model/check-model.ts";
import type { Model } from "../../model/model.ts";
import { assertOptions, type OptionNames } from "../../options.ts";

/** How a text becomes one vector. */
export interface EmbedOptions {
  /**
   * "mean" of all tokens, BOS counted, as in sentence-transformers (default); or that of the "last" token, which alone has
   * seen all others.
   */
  readonly pooling?: "mean" | "last";
  /** Whether vectors have length 1, so that their dot product is the cosine of their angle. Default false. */
  readonly normalize?: boolean;
  /** Stops it. */
  readonly signal?: AbortSignal;
}

export const EMBED_NAMES: OptionNames<EmbedOptions> = {
  pooling: true,
  normalize: "boolean",
  signal: true,
};

/** Passes whose rows are under way at most: each sequence has a cache meanwhile. */
const PASSES = 4;

/**
 * A vector [D] of each of `sequences`, ids from a BOS on. They share passes, and no logits are computed; means are summed in float64.
 * @param op the call that errors name.
 * @param nameOf what errors call each.
 * @throws {ArgumentError} if a sequence is empty or does not fit into the context, or an id is outside the vocabulary.
 * @throws as `Model.forward`, if a number is NaN or infinite.
 */
export async function embedList<Dev extends Handles>(
  model: Model<Dev>,
  sequences: readonly ArrayLike<number>[],
  options: EmbedOptions = {},
  op = "embedList",
  nameOf: (i: number) => string = (i) => `sequences[${i}]`,
): Promise<number[][]> {
  assertIsModel(op, model, "Model.load(...) gives one, and gemma.embed(...) has its own");
  assertOptions(op, options, EMBED_NAMES);
  assertPrompts(op, sequences);
  assertOneOf(op, "pooling", options.pooling, ["mean", "last"]);
  const { pooling = "mean", normalize = false } = options;
  const signal = options.signal ?? undefined;
  const all = sequences.map((ids, i) => {
    assertIds(op, ids, model.config, nameOf(i));
    assertSequence(op, ids, model.config, nameOf(i));
    return Array.from(ids);
  });
  const vectors: Float64Array[] = [];
  for (const some of inGroups(all, PASSES * model.backend.info.maxRows)) {
    signal?.throwIfAborted();
    vectors.push(...(await pooled(model, some, { op, pooling, signal })));
  }
  if (normalize) for (const vector of vectors) toLength1(vector);
  return vectors.map((vector) => Array.from(vector));
}

/** Sequences with about `rows` tokens together, or one that has more. */
function* inGroups(all: readonly number[][], rows: number): Generator<number[][]> {
  let group: number[][] = [];
  let count = 0;
  for (const ids of all) {
    group.push(ids);
    count += ids.length;
    if (count < rows) continue;
    yield group;
    [group, count] = [[], 0];
  }
  if (group.length > 0) yield group;
}

async function pooled<Dev extends Handles>(
  model: Model<Dev>,
  sequences: readonly number[][],
  how: { readonly op: string; readonly pooling: "mean" | "last"; readonly signal?: AbortSignal },
): Promise<Float64Array[]> {
  const { op, pooling, signal } = how;
  const { hiddenSize: D } = model.config;
  const sums = sequences.map(() => new Float64Array(D));
  const batch = sequences.map((ids) => {
    return { ids, cache: model.createCache({ contextLength: ids.length }) };
  });
  try {
    await model.eachHidden({
      op,
      batch,
      signal,
      take: (rows, sequence, begin) => {
        const sum = sums[sequence];
        const { length } = sequences[sequence];
        const first = pooling === "mean" ? 0 : length - 1 - begin;
        for (let r = first; r * D < rows.length; r++) {
          for (let d = 0; d < D; d++) sum[d] += rows[r * D + d];
        }
      },
    });
  } finally {
    for (const { cache } of batch) cache.dispose();
  }
  for (const [i, sum] of sums.entries()) {
    if (pooling === "mean") for (let d = 0; d < D; d++) sum[d] /= sequences[i].length;
    if (!sum.every(Number.isFinite)) await sayWhy(model, sequences[i], signal);
  }
  return sums;
}

/** The logits of such a text are not finite either: the search for what made them so is that of `forward`. */
async function sayWhy<Dev extends Handles>(
  model: Model<Dev>,
  ids: readonly number[],
  signal?: AbortSignal,
): Promise<void> {
  const cache = model.createCache({ contextLength: ids.length });
  await model.forward(ids, cache, { logits: "all", signal }).finally(() => cache.dispose());
}

function toLength1(vector: Float64Array): void {
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  if (length > 0) for (const [d, x] of vector.entries()) vector[d] = x / length;
}
