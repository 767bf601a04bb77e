/**
 * A pass under watch: taps that are kept, and hooks that may change them.
 *
 * At each step of the walk (model/walk.ts) what belongs to the tensor it has written is done in the order of computing:
 * the chain that leads to it, itself, and the view that it completes. Where nobody changes anything, nothing is waited
 * for: the reads are recorded, and what is derived is derived when the walk is through.
 * @module
 */
import type { Handles, Rows } from "../../backend/backend.ts";
import { refusals } from "../../errors.ts";
import type { KVCache } from "../../model/kv-cache.ts";
import type { Model } from "../../model/model.ts";
import { parseTap, type RecordedTap, type TapName, tapColumns } from "../../model/taps.ts";
import type { Look } from "../../model/walk.ts";
import { precisionNamed } from "../../tensor/precision.ts";
import { type NdArray, tensor } from "../../tensor/tensor.ts";
import type { Chain, ChainContext, Past } from "../chains/chain.ts";
import type { Hook } from "./hooks.ts";
import { type Station, stationsOf } from "./stations.ts";
import { differingRows, isMap, numbersOf, rowsAlong, shown } from "./tensors.ts";
import { apart, sideBySide, type View } from "./views.ts";
import { weightOf, weightRows } from "./weights.ts";

/** What is watched. */
export interface Watch {
  /** The call that errors name. */
  readonly op: string;
  readonly ids: readonly number[];
  readonly keep: ReadonlySet<TapName>;
  readonly hooks: ReadonlyMap<TapName, readonly Hook[]>;
  /** Rows that are kept. Default: all. */
  readonly rows?: readonly number[];
  /** Whether everything is computed, wanted or not: then the tokens count as fed. */
  readonly isWhole: boolean;
  /** Keys and values of what the cache holds already, by block; those of `ids` are added. */
  readonly past: Past;
  /** Weights that earlier passes have read, where there are several. A single pass reads each once. */
  readonly weights?: Map<string, Promise<NdArray>>;
  readonly signal?: AbortSignal;
}

/**
 * Runs ids [L] after what `cache` holds → the taps that are kept, as hooks have left them.
 * @throws {UnsupportedError} if the model's forward page does not write one of them.
 */
export async function runWatched<Dev extends Handles>(
  model: Model<Dev>,
  cache: KVCache<Dev>,
  watch: Watch,
): Promise<Map<TapName, NdArray>> {
  const { op, ids, keep, hooks, rows, isWhole, signal } = watch;
  const all = { from: 0, count: ids.length };
  const logitRows = hooks.has("logits") || rows === undefined ? [all] : stretchesOf(rows);
  const stations = stationsOf(model.config, new Set([...keep, ...hooks.keys()]));
  const watched = new Watched(model, watch);
  await model.walk(cache, {
    op,
    ids,
    logitRows: stations.has("logits") ? logitRows : [],
    last: isWhole ? undefined : [...stations.keys()].at(-1),
    signal,
    after(tap, look) {
      const station = stations.get(tap);
      return station && watched.pass(station, look);
    },
  });
  const kept = await watched.kept();
  for (const name of keep) {
    if (kept.has(name)) continue;
    const got = "another, which the model was loaded with";
    throw refusals(op).unsupported("names", `a forward page that writes ${name}`, got);
  }
  return kept;
}

/** Rows as stretches of consecutive ones. */
function stretchesOf(rows: readonly number[]): Rows[] {
  const stretches: { from: number; count: number }[] = [];
  for (const row of rows) {
    const last = stretches.at(-1);
    if (last && last.from + last.count === row) last.count++;
    else stretches.push({ from: row, count: 1 });
  }
  return stretches;
}

class Watched<Dev extends Handles> {
  readonly #model: Model<Dev>;
  readonly #watch: Watch;
  readonly #kept = new Map<TapName, () => Promise<NdArray>>();

  constructor(model: Model<Dev>, watch: Watch) {
    this.#model = model;
    this.#watch = watch;
  }

  /** What the walk does when the tensor of `station` has been written. */
  pass(station: Station, look: Look): void | Promise<void> {
    const { tap, chain, view, taps } = station;
    const { hooks } = this.#watch;
    if (taps.some((name) => hooks.has(name))) return this.#passHooked(station, look);
    if (chain) this.#keepChain(chain, look);
    this.#keepRecorded(tap, look);
    if (view) this.#keepView(view, look);
  }

  async #passHooked({ tap, chain, view }: Station, look: Look): Promise<void> {
    const { hooks } = this.#watch;
    if (chain?.stages.some((stage) => hooks.has(stage.tap))) {
      await this.#changeChain(tap, chain, look);
    } else if (chain) this.#keepChain(chain, look);
    if (hooks.has(tap)) await this.#changeRecorded(tap, look);
    this.#keepRecorded(tap, look);
    if (!view) return;
    if (hooks.has(view.tap)) await this.#changeView(view, look);
    this.#keepView(view, look);
  }

  /** What was kept, once the walk is through. */
  async kept(): Promise<Map<TapName, NdArray>> {
    const { keep, signal } = this.#watch;
    const kept = new Map<TapName, NdArray>();
    for (const [name, value] of this.#kept) {
      if (keep.has(name)) kept.set(name, await value());
      signal?.throwIfAborted();
    }
    return kept;
  }

  #keepChain(chain: Chain, look: Look): void {
    const { keep } = this.#watch;
    if (!chain.stages.some(({ tap }) => keep.has(tap))) return;
    const context = this.#context();
    const readings = chain.inputs.map((input) => this.#read(input, look));
    let before: (() => Promise<NdArray>) | undefined;
    for (const { tap, compute } of chain.stages) {
      const earlier = before;
      before = once(async () => compute(await earlier?.(), await Promise.all(readings), context));
      this.#keepDerived(tap, before);
    }
  }

  #keepRecorded(tap: RecordedTap, look: Look): void {
    const { keep, rows, hooks } = this.#watch;
    if (!keep.has(tap)) return;
    const { config } = this.#model;
    // Of logits no others were even computed, unless a hook has seen them.
    if (rows === undefined || (tap === "logits" && !hooks.has("logits"))) {
      const reading = this.#read(tap, look);
      this.#kept.set(tap, async () => shown(tap, await reading, config));
      return;
    }
    const from = Math.min(...rows);
    const reading = this.#read(tap, look, { from, count: Math.max(...rows) + 1 - from });
    const within = rows.map((row) => row - from);
    this.#kept.set(tap, async () => shown(tap, rowsAlong(await reading, 0, within), config));
  }

  #keepView({ tap, parts }: View, look: Look): void {
    if (!this.#watch.keep.has(tap)) return;
    const readings = parts.map((part) => this.#read(part, look));
    this.#keepDerived(tap, async () => sideBySide(await Promise.all(readings)));
  }

  #keepDerived(name: TapName, value: () => Promise<NdArray>): void {
    const { rows } = this.#watch;
    this.#kept.set(name, async () => {
      const whole = await value();
      return rows === undefined ? whole : rowsAlong(whole, isMap(name) ? 1 : 0, rows);
    });
  }

  async #changeChain(target: RecordedTap, chain: Chain, look: Look): Promise<void> {
    const context = this.#context();
    const inputs = await Promise.all(chain.inputs.map((input) => this.#read(input, look)));
    let value: NdArray | undefined;
    const changedRows = new Set<number>();
    for (const { tap, compute } of chain.stages) {
      const computed = await compute(value, inputs, context);
      const changed = await this.#called(tap, computed, look);
      if (changed) {
        for (const row of differingRows(computed, changed, isMap(tap) ? 1 : 0))
          changedRows.add(row);
      }
      const left = changed ?? computed;
      this.#keepDerived(tap, async () => left);
      value = left;
    }
    if (changedRows.size > 0) {
      // The others stay as the backend has computed them, to the bit.
      const { data } = await this.#read(target, look);
      const finished = await chain.finish(value, inputs, context);
      const [, columns] = finished.shape;
      for (const row of changedRows) {
        const [from, to] = [row * columns, (row + 1) * columns];
        data.set(finished.data.subarray(from, to), from);
      }
      look.write(target, data);
    }
    chain.remember?.(inputs, context);
  }

  async #changeRecorded(tap: RecordedTap, look: Look): Promise<void> {
    const value = shown(tap, await this.#read(tap, look), this.#model.config);
    const changed = await this.#called(tap, value, look);
    if (changed) look.write(tap, changed.data);
  }

  async #changeView({ tap, parts }: View, look: Look): Promise<void> {
    const values = await Promise.all(parts.map((part) => this.#read(part, look)));
    const changed = await this.#called(tap, sideBySide(values), look);
    if (!changed) return;
    const widths = values.map(({ shape }) => shape[1]);
    for (const [i, { data }] of apart(changed, widths).entries()) look.write(parts[i], data);
  }

  /** What the hooks of a tap make of its value; undefined if they leave it as it is. */
  async #called(name: TapName, value: NdArray, { pos }: Look): Promise<NdArray | undefined> {
    const { op, hooks, ids } = this.#watch;
    const precision = precisionNamed(this.#model.backend.info.precision);
    const { shape } = value;
    let now = value.data;
    for (const hook of hooks.get(name) ?? []) {
      const given = tensor(now.slice(), shape);
      const { layer } = parseTap(name);
      const returned = (await hook(given, { name, layer, ids, pos })) ?? given;
      const numbers = numbersOf(op, `hook of ${name}`, returned, shape);
      if (numbers.every((x, i) => Object.is(x, now[i]))) continue;
      now = precision.alloc(numbers.length);
      for (let i = 0; i < now.length; i++) now[i] = precision.round(numbers[i]);
    }
    return now === value.data ? undefined : tensor(now, shape);
  }

  /** Rows, by default all, of a tensor that the forward pass has written: [rows, columns]. It may be waited for later, or never. */
  #read(tap: RecordedTap, look: Look, rows?: Rows): Promise<NdArray> {
    const columns = tapColumns(tap, this.#model.config);
    const reading = look
      .read(tap, rows)
      .then((data) => tensor(data, [data.length / columns, columns]));
    reading.catch(() => {});
    return reading;
  }

  #context(): ChainContext {
    const { config, embedScale, backend } = this.#model;
    const { ids, past, weights, signal } = this.#watch;
    return {
      config,
      precision: precisionNamed(backend.info.precision),
      ids,
      past,
      embedScale,
      weight: (name) => {
        const weight = weights?.get(name) ?? weightOf(this.#model, name, signal);
        weights?.set(name, weight);
        return weight;
      },
      weightRows: (name, rows) => weightRows(this.#model, name, rows, signal),
    };
  }
}

/** Computes a value when it is first asked for. */
function once<T>(compute: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () => {
    value ??= compute();
    return value;
  };
}
