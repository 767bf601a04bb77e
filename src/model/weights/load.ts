/**
 * How weights get into a backend: all before the first pass, or while it runs.
 * @module
 */
import type { Backend, Handles } from "../../backend/backend.ts";
import type { GemmaConfig } from "../../config.ts";
import { turnOfTheEventLoop } from "../../event-loop.ts";
import { derived, rowsInto, type WeightSource } from "../../tensor/stored.ts";
import { widened } from "../../tensor/widen.ts";
import { mapWeights, type Weights, weightsInOrder } from "./weights.ts";

/** What is told while weights are uploaded, and what stops it. */
export interface UploadOptions {
  readonly signal?: AbortSignal;
  readonly onWeight?: (source: WeightSource) => void;
}

/** Weights in a backend, and when all of them are there, or no more are coming. */
export interface Uploaded<W> {
  readonly weights: Weights<W>;
  readonly arrived: Promise<void>;
}

/** Uploads all weights, one after another. If one fails, those before it are freed. */
export async function uploadWeights<Dev extends Handles>(
  config: GemmaConfig,
  sources: ReadonlyMap<string, WeightSource>,
  backend: Backend<Dev>,
  { signal, onWeight }: UploadOptions = {},
): Promise<Uploaded<Dev["weight"]>> {
  const uploaded = new Map<string, Dev["weight"]>();
  try {
    for (const [name, source] of sources) {
      signal?.throwIfAborted();
      const accepted = widened(source, backend.info.weightTypes);
      uploaded.set(name, await backend.upload(accepted, signal));
      onWeight?.(source);
    }
    signal?.throwIfAborted(); // an abort in the last read may have come too late for it
  } catch (error) {
    for (const weight of uploaded.values()) backend.free("weight", weight);
    throw error;
  }
  const weights = mapWeights(config, ({ name }) => uploaded.get(name) as Dev["weight"]);
  return { weights, arrived: Promise.resolve() };
}

/** Weights read at once, so that the disk is busy while earlier ones are computed with. */
const AHEAD = 4;

/**
 * As {@link uploadWeights}, with the weights at once, to compute with while they arrive. They are asked for in
 * the order in which the forward pass needs them, and read in whatever order the backend does, and when: it may
 * wait until a weight is used. After one that failed, or an abort, no more are read, and those are not waited for.
 */
export function streamWeights<Dev extends Handles>(
  config: GemmaConfig,
  sources: ReadonlyMap<string, WeightSource>,
  backend: Backend<Dev> & Required<Pick<Backend<Dev>, "uploadLater">>,
  { signal, onWeight }: UploadOptions = {},
): Uploaded<Dev["weight"]> {
  const streamed = new Map<string, Dev["weight"]>();
  const arrivals: Promise<void>[] = [];
  const gate = new Gate(AHEAD);
  const stop = () => gate.close(signal?.reason);
  signal?.addEventListener("abort", stop);
  try {
    for (const [name, source] of sources) {
      const accepted = widened(source, backend.info.weightTypes);
      const gated = derived(accepted, {
        rows: (...range) => gate.pass(() => accepted.rows(...range)),
        rowsInto: (...range) => gate.pass(() => rowsInto(accepted, ...range)),
      });
      const { weight, arrived } = backend.uploadLater(gated, signal);
      streamed.set(name, weight);
      const arrival = arrived.then(() => onWeight?.(source));
      arrival.catch((error) => gate.close(error));
      arrivals.push(arrival);
    }
  } catch (error) {
    gate.close(error);
    signal?.removeEventListener("abort", stop);
    for (const weight of streamed.values()) backend.free("weight", weight);
    throw error;
  }
  const arrived = Promise.race([allArrived(arrivals), gate.ended]).finally(() => {
    signal?.removeEventListener("abort", stop);
  });
  arrived.catch(() => {}); // nobody may be waiting when it fails; using the weights fails as well
  return {
    weights: mapWeights(config, ({ name }) => streamed.get(name) as Dev["weight"]),
    arrived,
  };
}

/** Lets so many through at a time, in the order they come; none after it was closed. */
class Gate {
  #room: number;
  readonly #size: number;
  readonly #waiting: (() => void)[] = [];
  #closed: { readonly error: unknown } | undefined;
  /** Rejects once it was closed, nobody is inside, and those who were have heard of it. */
  readonly ended: Promise<never>;
  #end: () => void = () => {};

  constructor(size: number) {
    this.#room = size;
    this.#size = size;
    this.ended = new Promise<void>((resolve) => {
      this.#end = resolve;
    })
      .then(turnOfTheEventLoop)
      .then(() => {
        throw this.#closed?.error;
      });
    this.ended.catch(() => {}); // not everybody waits for it
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#room === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#room--;
    try {
      if (this.#closed) throw this.#closed.error;
      return await work();
    } catch (error) {
      this.close(error);
      throw error;
    } finally {
      const next = this.#waiting.shift(); // takes over the place
      if (next) next();
      else this.#room++;
      this.#endIfEmpty();
    }
  }

  close(error: unknown): void {
    this.#closed ??= { error };
    this.#endIfEmpty();
  }

  #endIfEmpty(): void {
    if (this.#closed && this.#room === this.#size) this.#end();
  }
}

/** Settles when all have, as the first of them that failed. */
async function allArrived(arrivals: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(arrivals)) {
    if (result.status === "rejected") throw result.reason;
  }
}

/** Gives the backend's memory of all weights back. */
export function freeWeights<Dev extends Handles>(
  backend: Backend<Dev>,
  weights: Weights<Dev["weight"]>,
): void {
  for (const weight of weightsInOrder(weights)) backend.free("weight", weight);
}
