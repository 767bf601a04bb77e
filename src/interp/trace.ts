/**
 * A traced run: the logits of a sequence, and every intermediate that is asked for.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { turnOfTheEventLoop } from "../event-loop.ts";
import { assertIds, assertSequence } from "../model/check-ids.ts";
import { assertIsModel } from "../model/check-model.ts";
import type { Model } from "../model/model.ts";
import { tapHint } from "../model/tap-hint.ts";
import {
  DERIVED_LAYER_TAPS,
  DERIVED_MODEL_TAPS,
  type DerivedTap,
  parseTap,
  type RecordedTap,
  type TapName,
  tapNames,
} from "../model/taps.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { precisionNamed, zeros } from "../tensor/precision.ts";
import { storedFromBytes, widenRow } from "../tensor/stored.ts";
import type { NdArray } from "../tensor/tensor.ts";
import { derivationOf } from "./derived-taps.ts";

export interface TraceOptions {
  /** Which taps to keep: names, or a test of names. All when absent, which takes a lot of memory. */
  readonly names?: readonly TapName[] | ((name: TapName) => boolean);
  readonly signal?: AbortSignal;
}

const TRACE_NAMES: OptionNames<TraceOptions> = { names: true, signal: true };

/** Intermediates by tap name, [L, columns] with L = T, unless model/taps.ts says otherwise. */
export type Trace = ReadonlyMap<TapName, NdArray>;

/**
 * Runs `ids` [T], a whole sequence from its BOS, and keeps the taps that are asked for.
 * @param options {@link TraceOptions}
 * @throws {ArgumentError} if a name is not a tap of this model.
 */
export async function trace<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number>,
  options: TraceOptions = {},
): Promise<Trace> {
  assertIsModel("trace", model);
  assertOptions("trace", options, TRACE_NAMES);
  const { names, signal } = options;
  const wanted = selectTaps(model, names);
  const precision = precisionNamed(model.backend.info.precision);
  const derivations = wanted
    .filter((name) => isDerived(name) && name !== "embed.hook_lookup")
    .map((name) => {
      const derived = name as Exclude<DerivedTap, "embed.hook_lookup">;
      return { name: derived, ...derivationOf(derived, model.config) };
    });
  const recordedNames = new Set([
    ...(wanted.filter((name) => !isDerived(name)) as RecordedTap[]),
    ...derivations.flatMap(({ from }) => from),
  ]);

  assertIds("trace", ids, model.config);
  assertSequence("trace", ids, model.config);
  const cache = model.createCache({ contextLength: Math.max(1, ids.length) });
  const recorded = await model
    .record(ids, cache, [...recordedNames], signal)
    .finally(() => cache.dispose());
  const taps = new Map<TapName, NdArray>();
  for (const name of wanted) {
    const tap = recorded.get(name as RecordedTap);
    if (tap) taps.set(name, tap);
  }
  if (wanted.includes("embed.hook_lookup")) {
    taps.set("embed.hook_lookup", await lookUp(model, ids, signal));
  }
  for (const { name, from, compute } of derivations) {
    await turnOfTheEventLoop();
    signal?.throwIfAborted();
    const inputs = from.map((tap) => recorded.get(tap) as NdArray);
    taps.set(name, compute(inputs, model.config, precision));
  }
  return taps;
}

function selectTaps<Dev extends Handles>(
  { config }: Model<Dev>,
  names: TraceOptions["names"],
): readonly TapName[] {
  const all = tapNames(config);
  if (names === undefined) return all;
  if (typeof names === "function") {
    return all.filter((name) => {
      const isWanted: unknown = names(name);
      if (typeof isWanted === "boolean") return isWanted;
      const hint = isWanted instanceof Promise ? "the test cannot be asynchronous" : undefined;
      const expected = "a test that says true or false";
      throw refuse.argument("names", expected, brief(isWanted), hint);
    });
  }
  const refuse = refusals("trace");
  if (!Array.isArray(names)) {
    const expected = "a list of names of taps, or a test of names";
    const pattern = "for a pattern write (name) => pattern.test(name)";
    const hint = typeof names === "string" ? "put it in [ ]" : pattern;
    throw refuse.argument("names", expected, brief(names), hint);
  }
  const known = new Set<unknown>(all);
  for (const name of names) {
    if (known.has(name)) continue;
    const expected = `tap names such as "${all.find((tap) => tap.endsWith("attn.hook_q"))}"`;
    throw refuse.argument("names", expected, brief(name), tapHint(name, config));
  }
  return names;
}

function isDerived(name: TapName): name is DerivedTap {
  const { tap } = parseTap(name);
  return Object.hasOwn(DERIVED_LAYER_TAPS, tap) || Object.hasOwn(DERIVED_MODEL_TAPS, tap);
}

/** Rows of the embedding table, before √D, read from the checkpoint: [T, D]. */
async function lookUp<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number>,
  signal?: AbortSignal,
): Promise<NdArray> {
  const table = model.sources.get("model.embed_tokens.weight");
  if (!table) throw new Error("a loaded model has an embedding");
  const { hiddenSize: D } = model.config;
  const rows = zeros([ids.length, D], precisionNamed(model.backend.info.precision));
  const row = new Float64Array(D);
  for (let t = 0; t < ids.length; t++) {
    const bytes = await table.rows(ids[t], ids[t] + 1, signal);
    widenRow(storedFromBytes(bytes, table.dtype, [1, D]), 0, row);
    rows.data.set(row, t * D);
  }
  return rows;
}
