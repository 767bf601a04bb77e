/**
 * Gemma from the parts of the road: the forward pass of model/forward.ts, in plain arrays, for one sequence in
 * float64. It is slow and short, and every part of it can be a learner's.
 *
 *     x = embed(ids)
 *     x = block(x, …)        once for each layer
 *     logits(x, norm, table)
 *
 * @module
 */
import type { GemmaConfig } from "../config.ts";
import type { Weights } from "../model/weights/weights.ts";
import type { BlockParts, HeadCache, Parts, Row, Rows } from "./parts.ts";

/** Weights as rows: a matrix is its rows, a norm its only row. */
export interface PlainModel {
  readonly config: GemmaConfig;
  readonly weights: Weights<Rows>;
}

/** Keys and values of a sequence: [layer][key-value head]. */
export type PlainCache = readonly (readonly HeadCache[])[];

export function emptyCache({ numHiddenLayers, numKeyValueHeads: K }: GemmaConfig): PlainCache {
  return Array.from({ length: numHiddenLayers }, () =>
    Array.from({ length: K }, () => ({ k: [], v: [] })),
  );
}

/** Feeds tokens, the first at `pos` → the stream behind the last block, a row each. */
export function stream(
  model: PlainModel,
  parts: Parts,
  ids: readonly number[],
  pos: number,
  cache: PlainCache,
): Rows {
  const { config, weights } = model;
  const { hiddenSize: D } = config;
  // #region pass
  let x = joined(ids.map((id) => parts.embed(id, weights.embedTokens))); // [L·D]
  weights.layers.forEach((_, layer) => {
    x = parts.block(x, blockParts(model, parts, layer, pos, cache));
  });
  // #endregion
  return cut(x, D);
}

/** Feeds tokens, the first at `pos` → the logits behind each. */
export function allLogits(
  model: PlainModel,
  parts: Parts,
  ids: readonly number[],
  pos: number,
  cache: PlainCache,
): Rows {
  const { norm, embedTokens } = model.weights;
  return stream(model, parts, ids, pos, cache).map((x) => parts.logits(x, norm[0], embedTokens));
}

/** The four parts of a block, for the rows of one pass, one behind another. */
export function blockParts(
  { config, weights }: PlainModel,
  parts: Parts,
  layer: number,
  pos: number,
  cache: PlainCache,
): BlockParts {
  const { hiddenSize: D, numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = config;
  const { rmsNormEps: eps, ropeTheta: theta } = config;
  const w = weights.layers[layer];
  const { rmsNorm, linear, rope, append, attention, kvHead, geglu } = parts;
  const eachRow = (x: Row, change: (row: Row, l: number) => Row) => joined(cut(x, D).map(change));
  /** [L, heads·H] → [heads][L, H] */
  const byHead = (rows: Rows, heads: number) =>
    Array.from({ length: heads }, (_, n) => rows.map((row) => row.slice(n * H, (n + 1) * H)));
  const project = (x: Rows, W: Rows, heads: number) =>
    byHead(
      x.map((row) => linear(row, W)),
      heads,
    );
  const turned = (rows: Rows) => rows.map((row, l) => rope(row, pos + l, theta));

  // #region parts
  return {
    attentionNorm: (x) => eachRow(x, (row) => rmsNorm(row, w.inputLayernorm[0], eps)),
    attention(normed) {
      const rows = cut(normed, D);
      const q = project(rows, w.qProj, N).map(turned);
      const k = project(rows, w.kProj, K).map(turned);
      const v = project(rows, w.vProj, K);
      cache[layer].forEach((head, kv) => {
        append(head, k[kv], v[kv], pos);
      });
      const z = q.map((head, n) => {
        const { k, v } = cache[layer][kvHead(n, N, K)];
        return attention(head, k, v, pos);
      });
      return joined(rows.map((_, l) => linear(joined(z.map((head) => head[l])), w.oProj)));
    },

    mlpNorm: (x) => eachRow(x, (row) => rmsNorm(row, w.postAttentionLayernorm[0], eps)),
    mlp: (normed) =>
      eachRow(normed, (row) =>
        linear(geglu(linear(row, w.gateProj), linear(row, w.upProj)), w.downProj),
      ),
  };
  // #endregion
}

/** Rows one behind another. */
function joined(rows: Rows): Row {
  const x = new Float64Array(rows.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const row of rows) {
    x.set(row, at);
    at += row.length;
  }
  return x;
}

/** Rows of `width` that lie one behind another. */
function cut(x: Row, width: number): Row[] {
  return Array.from({ length: x.length / width }, (_, l) => x.slice(l * width, (l + 1) * width));
}
