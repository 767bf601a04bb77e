/**
 * Adapters beside a model: low-rank factors that are held with the weights, and computed with where a sequence asks for
 * them. The weights stay as they are, quantised ones too:
 *
 *     y = x Wᵀ + (x Aᵀ) (s · B)ᵀ        W [F, D], A [r, D], B [F, r]
 *
 * An adapter belongs to a cache, from its first token on. So rows of different adapters, and of none, share a pass, and
 * no token is ever fed under one adapter and continued under another.
 * @module
 */
import type { Backend, Handles, Ops } from "../../backend/backend.ts";
import { brief } from "../../brief.ts";
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import type { WeightSource } from "../../tensor/stored.ts";
import { type Weights, weightSpecs, weightsInOrder } from "../weights/weights.ts";
import type { LowRank } from "./low-rank.ts";
import { type AdaptedRows, adaptedOps, type HeldFactors, type Run } from "./ops.ts";
import { type Scratch, scratchOf } from "./scratch.ts";
import { freeFactors, uploadFactors } from "./upload.ts";

/** An adapter that is held. */
export interface HeldAdapter<Dev extends Handles> extends HeldFactors<Dev> {
  /** Where each weight can be read with the adapter in it. */
  readonly sources: ReadonlyMap<string, WeightSource>;
}

/** The adapters of one model, by name. */
export class Adapters<Dev extends Handles> {
  readonly #config: GemmaConfig;
  readonly #backend: Backend<Dev>;
  /** Handles by name. */
  readonly #weights: ReadonlyMap<string, Dev["weight"]>;
  readonly #held = new Map<string, HeldAdapter<Dev>>();
  readonly #scratch: Scratch<Dev>;
  #isOver = false;

  constructor(config: GemmaConfig, backend: Backend<Dev>, weights: Weights<Dev["weight"]>) {
    this.#config = config;
    this.#backend = backend;
    const handles = weightsInOrder(weights);
    this.#weights = new Map(weightSpecs(config).map(({ name }, i) => [name, handles[i]]));
    this.#scratch = scratchOf(backend);
  }

  /** Their names, in the order in which they came. */
  get names(): string[] {
    return [...this.#held.keys()];
  }

  /**
   * Holds another one.
   * @param sources where each weight can be read with the adapter in it.
   * @throws {ArgumentError} if there is one of that name, or it does not fit the model.
   */
  async add(
    op: string,
    name: string,
    adapter: LowRank,
    sources: ReadonlyMap<string, WeightSource>,
    signal?: AbortSignal,
  ): Promise<void> {
    this.#assertNew(op, name);
    const factors = await uploadFactors(op, adapter, {
      config: this.#config,
      backend: this.#backend,
      weights: this.#weights,
      signal,
    });
    try {
      if (!this.#isOver) this.#assertNew(op, name); // another may have come meanwhile
    } catch (error) {
      freeFactors(this.#backend, factors);
      throw error;
    }
    if (this.#isOver) freeFactors(this.#backend, factors);
    else this.#held.set(name, { ...factors, sources });
  }

  /** Gives the factors back. Nothing that was recorded afterwards may ask for them. */
  remove(op: string, name: string): void {
    freeFactors(this.#backend, this.get(op, name));
    this.#held.delete(name);
  }

  /** Whether it is held, and was not taken away and come again. */
  holds(name: string, adapter: HeldAdapter<Dev>): boolean {
    return this.#held.get(name) === adapter;
  }

  /** @throws {ArgumentError} if none of that name is held. */
  get(op: string, name: string): HeldAdapter<Dev> {
    const held = this.#held.get(name);
    if (held) return held;
    const { names } = this;
    const expected = names.length === 0 ? "the name of an adapter" : names.join(", ");
    const hint =
      names.length === 0
        ? "there is no adapter: Gemma.load(BASE, { adapters: { NAME: FOLDER } })"
        : undefined;
    throw refusals(op).argument("adapter", expected, brief(name), hint);
  }

  /** The kernels of a pass with these rows, each with its adapter or none. */
  ops(rows: readonly AdaptedRows[]): Ops<Dev> {
    const runs: Run<Dev>[] = [];
    for (const { from, count, adapter } of rows) {
      const held = adapter === undefined ? undefined : this.get("forward", adapter);
      const last = runs.at(-1);
      if (last && last.held === held && last.from + last.count === from) last.count += count;
      else runs.push({ from, count, held });
    }
    const { ops } = this.#backend;
    return runs.some(({ held }) => held) ? adaptedOps(ops, runs, this.#scratch.of) : ops;
  }

  /** Gives back all that it has in the backend. */
  free(): void {
    this.#isOver = true;
    for (const held of this.#held.values()) freeFactors(this.#backend, held);
    this.#held.clear();
    this.#scratch.free();
  }

  #assertNew(op: string, name: string): void {
    const { argument: refuse } = refusals(op);
    if (typeof name !== "string" || name === "") {
      throw refuse("adapter", "a name", brief(name));
    }
    if (!this.#held.has(name)) return;
    throw refuse("adapter", "a name that no adapter has", brief(name), "unload that one first");
  }
}
