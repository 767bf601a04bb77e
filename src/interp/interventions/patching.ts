/**
 * Activation patching: which part of the model carries the difference between two texts?
 *
 * Two runs that differ in a few tokens, the clean one and the corrupted one, end in different logits. The corrupted run
 * is then repeated, each time with one activation of the clean run in its place: the nearer the logits come to the clean
 * ones, the more that place matters.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { brief } from "../../brief.ts";
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import { assertIds, assertSequence } from "../../model/check-ids.ts";
import { assertIsModel } from "../../model/check-model.ts";
import type { Model } from "../../model/model.ts";
import type { LayerTap, TapName } from "../../model/taps.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { float64, zeros } from "../../tensor/precision.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { placesOf } from "../run/places.ts";
import { run } from "../run/run-with-cache.ts";
import { metricOf, type PatchMetric } from "./patch-metric.ts";
import { type PatchOptions, patchWith } from "./patch-with.ts";

/**
 * What is patched: the stream or what a part adds to it, at one position (`resid_pre`, `attn_out`, …), or what a head
 * has, at all positions (`q`, `k`, `v`, `pattern`, `z`).
 */
export type PatchSite =
  | `resid_${"pre" | "mid" | "post"}`
  | "attn_out"
  | "mlp_out"
  | "q"
  | "k"
  | "v"
  | "pattern"
  | "z";

/** The tap of each in its block, and the second axis of its sweep. */
const SITES: Readonly<
  Record<
    PatchSite,
    readonly [tap: LayerTap | "hook_resid_pre" | "attn.hook_pattern", axis: "position" | "head"]
  >
> = {
  resid_pre: ["hook_resid_pre", "position"],
  resid_mid: ["hook_resid_mid", "position"],
  resid_post: ["hook_resid_post", "position"],
  attn_out: ["hook_attn_out", "position"],
  mlp_out: ["hook_mlp_out", "position"],
  q: ["attn.hook_q", "head"],
  k: ["attn.hook_k", "head"],
  v: ["attn.hook_v", "head"],
  pattern: ["attn.hook_pattern", "head"],
  z: ["attn.hook_z", "head"],
};

export const PATCH_SITES = Object.keys(SITES) as readonly PatchSite[];

/** The two texts, what is measured, and which places are tried. */
export interface PatchingOptions<S extends PatchSite = PatchSite, P = ArrayLike<number>> {
  /** The text as it should be. */
  readonly clean: P;
  /** The text with something changed, of as many tokens. */
  readonly corrupted: P;
  /** By which the runs are judged: see {@link PatchMetric}. */
  readonly metric: PatchMetric;
  /** What is patched, a sweep for each. */
  readonly sites: S | readonly S[];
  /** In these blocks only; −1 is the last. Default: in all. */
  readonly layers?: number | readonly number[];
  /** At these positions only, where a sweep is over positions; −1 is the last. Default: at all. */
  readonly positions?: number | readonly number[];
  /** Called after each patched run: how many are done, of how many. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Stops it; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export const PATCHING_NAMES: OptionNames<PatchingOptions> = {
  clean: true,
  corrupted: true,
  metric: true,
  sites: true,
  layers: true,
  positions: true,
  onProgress: "function",
  signal: true,
};

/** The patched runs of one site. */
export interface SiteSweep {
  /** What rows and columns of the results stand for. */
  readonly axes: readonly ["layer", "position" | "head"];
  /** The blocks, a row of the results each. */
  readonly layers: readonly number[];
  /** The positions or heads, a column each: query heads, but key-value heads of k and v. */
  readonly columns: readonly number[];
  /** The metric of each patched run: [layers, columns]. */
  readonly raw: NdArray;
  /** (raw − corrupted) / (clean − corrupted): 0 if the patch changes nothing, 1 if it restores all. [layers, columns] */
  readonly score: NdArray;
}

/** What a sweep has found. */
export interface PatchingSweep<S extends PatchSite = PatchSite> {
  /** The metric of the clean run. */
  readonly clean: number;
  /** The metric of the corrupted run. */
  readonly corrupted: number;
  /** By the name of the site. */
  readonly sites: Readonly<Record<S, SiteSweep>>;
}

/**
 * Runs the corrupted text again and again, each time with one activation of the clean run in its place, and says how much
 * of the clean run's metric that brings back. Takes a run for every cell, and three more.
 * @param options {@link PatchingOptions}
 * @throws {ArgumentError} if the two have not as many tokens, or the metric is the same of both.
 */
export async function patchingSweep<Dev extends Handles, S extends PatchSite>(
  model: Model<Dev>,
  options: PatchingOptions<S>,
): Promise<PatchingSweep<S>> {
  const op = "patchingSweep";
  assertIsModel(op, model);
  assertOptions(op, options, PATCHING_NAMES);
  const { clean, corrupted, signal, onProgress } = options;
  const { config } = model;
  assertPair(op, clean, corrupted, config);
  const sweeps = sweepsOf(op, options, config);
  const measure = metricOf(op, options.metric, config);
  const last = { names: "logits", positions: -1, signal };
  const names = sweeps.flatMap(({ cells }) => cells.map(({ tap }) => tap));
  const cleanMetric = measure((await run(op, model, clean, last)).get("logits"));
  const corruptedMetric = measure((await run(op, model, corrupted, last)).get("logits"));
  const difference = cleanMetric - corruptedMetric;
  if (difference === 0) {
    const got = `${cleanMetric} of both`;
    const hint = "there is nothing to bring back; choose texts that the metric tells apart";
    throw refusals(op).argument("metric", "different values of clean and corrupted", got, hint);
  }
  const cache = await run(op, model, clean, { names, signal });
  const total = names.length;
  let done = 0;
  for (const { cells, raw, score } of sweeps) {
    for (const [i, { tap, place }] of cells.entries()) {
      const hooks = patchWith(cache, tap, place);
      const patched = await run(op, model, corrupted, { ...last, hooks });
      raw.data[i] = measure(patched.get("logits"));
      score.data[i] = (raw.data[i] - corruptedMetric) / difference + 0; // never −0
      onProgress?.({ done: ++done, total });
    }
  }
  const sites = Object.fromEntries(sweeps.map(({ site, cells: _, ...sweep }) => [site, sweep]));
  return {
    clean: cleanMetric,
    corrupted: corruptedMetric,
    sites: sites as Record<S, SiteSweep>,
  };
}

/** @throws {ArgumentError} unless they are ids, and as many. */
function assertPair(
  op: string,
  clean: ArrayLike<number>,
  corrupted: ArrayLike<number>,
  config: GemmaConfig,
): void {
  for (const [name, ids] of Object.entries({ clean, corrupted })) {
    assertIds(op, ids, config, name);
    assertSequence(op, ids, config);
  }
  if (clean.length === corrupted.length) return;
  const expected = `as many tokens as clean has (${clean.length})`;
  const hint = "they are compared position by position: exchange words for words of as many tokens";
  throw refusals(op).argument("corrupted", expected, corrupted.length, hint);
}

interface PlannedSweep extends SiteSweep {
  readonly site: PatchSite;
  /** The patched runs, row by row. */
  readonly cells: readonly { readonly tap: TapName; readonly place: PatchOptions }[];
}

/** The sweeps that are asked for, with their results still 0. */
function sweepsOf(
  op: string,
  { sites, layers, positions, clean }: PatchingOptions,
  config: GemmaConfig,
): PlannedSweep[] {
  const { numHiddenLayers, numAttentionHeads: N, numKeyValueHeads: K } = config;
  const rows = placesOf(op, "layers", numHiddenLayers, layers);
  const places = placesOf(op, "positions", clean.length, positions);
  const chosen = sitesOf(op, sites);
  if (positions !== undefined && chosen.every((site) => SITES[site][1] === "head")) {
    const got = `sweeps over heads only (${chosen.join(", ")})`;
    throw refusals(op).argument("positions", "a sweep over positions", got, "leave it out");
  }
  return chosen.map((site) => {
    const [tap, axis] = SITES[site];
    const heads = range(site === "k" || site === "v" ? K : N);
    const columns = axis === "head" ? heads : places;
    const cells = rows.flatMap((layer) =>
      columns.map((column) => ({
        tap: `blocks.${layer}.${tap}` as const,
        place: axis === "head" ? { heads: column } : { positions: column },
      })),
    );
    const shape = [rows.length, columns.length];
    const results = { raw: zeros(shape, float64), score: zeros(shape, float64) };
    return { site, axes: ["layer", axis], layers: rows, columns, ...results, cells };
  });
}

function sitesOf(op: string, sites: PatchSite | readonly PatchSite[]): readonly PatchSite[] {
  const list: readonly PatchSite[] = typeof sites === "string" ? [sites] : sites;
  const expected = `one or several of ${PATCH_SITES.join(", ")}`;
  if (!Array.isArray(list) || list.length === 0) {
    throw refusals(op).argument("sites", expected, brief(sites));
  }
  for (const site of list) {
    if (!Object.hasOwn(SITES, site)) throw refusals(op).argument("sites", expected, brief(site));
  }
  return [...new Set(list)];
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
