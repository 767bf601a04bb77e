/**
 * Sequences take turns in shared passes, whoever feeds them: several answers, several chats, several texts on one
 * model. A pass takes rows of all that wait when it begins (shares.ts); those that come later are in the
 * next one. So the weights, which are most of what a pass reads, are read once for all.
 *
 *     wait a turn of the event loop     so that all whose token has just come can come back with it
 *     share the rows, run the pass      model/forward.ts, with a span for each sequence
 *     read, and hand each its logits    which it answers with its next token
 *
 * Each gets the bits that it gets alone, and what goes wrong reaches the sequence that it belongs to: an abort leaves
 * the others alone; a number that is not finite belongs to its row; a pass that fails is run again for each by itself.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { turnOfTheEventLoop } from "../../event-loop.ts";
import { onAbort } from "../../signals.ts";
import type { FloatArray } from "../../tensor/tensor.ts";
import { assertIds, assertRoom } from "../check-ids.ts";
import { AHEAD, growCaches, recordedPass, type Sequence } from "../feed.ts";
import type { KVCache } from "../kv-cache.ts";
import { firstBad } from "../non-finite.ts";
import { areTokens, type Wanted } from "../passes.ts";
import { TOP_COLUMNS, topsOf } from "../top.ts";
import type { FaultSearch, PassSetting } from "./fault-search.ts";
import { Feeding } from "./feeding.ts";
import { Flight } from "./flight.ts";
import { shares } from "./shares.ts";

/** One call: sequences that are fed side by side. */
export interface TurnsOptions {
  readonly op: string;
  readonly wanted: Wanted;
  readonly signal?: AbortSignal;
  /** Takes logits of a sequence of the call, [R, V], or the numbers of top.ts; `begin` is the token of the first row. */
  readonly take: (values: FloatArray, sequence: number, begin: number) => void;
}

/**
 * How long a pass waits for a sequence that was in the last one and has not come back: this part of the last pass's time,
 * and at most so many milliseconds. It may have ended, or its reader may be slow.
 */
const PATIENCE = { part: 1 / 8, most: 5 };

/** The passes of one model. */
export class Turns<Dev extends Handles> {
  readonly #setting: PassSetting<Dev>;
  readonly #faults: FaultSearch<Dev>;
  /** All that are not over. */
  readonly #feedings = new Set<Feeding<Dev>>();
  /** Those with tokens that are in no pass yet, in the order of their turns. */
  #waiting: Feeding<Dev>[] = [];
  /** Passes under way, the oldest first. */
  #flights: Flight<Dev>[] = [];
  #isGoing = false;
  #expected: { readonly caches: readonly WeakRef<KVCache<Dev>>[]; readonly until: number } = {
    caches: [],
    until: 0,
  };

  constructor(setting: PassSetting<Dev>, faults: FaultSearch<Dev>) {
    this.#setting = setting;
    this.#faults = faults;
  }

  /**
   * Feeds sequences, each after what its cache holds. If one fails, none goes on.
   * @throws {ArgumentError} if an id is outside the vocabulary, a context is too short, or a cache is in use.
   */
  async feed(given: readonly Sequence<Dev>[], options: TurnsOptions): Promise<void> {
    const { op, wanted, signal, take } = options;
    const { model, slots } = this.#setting;
    for (const { ids, cache } of given) {
      assertIds(op, ids, model.config);
      assertRoom(op, ids.length, cache);
    }
    const mine: Feeding<Dev>[] = [];
    const failAll = (error: unknown) => {
      for (const feeding of mine) this.#fail(feeding, error);
    };
    const letGo = onAbort(signal, () => failAll(signal?.reason));
    try {
      for (const [i, one] of given.entries()) {
        const name = one.name ?? (given.length > 1 ? `batch[${i}]` : undefined);
        const own = { op, wanted, name, take: takeOf(i, take) };
        const feeding = new Feeding(one, own);
        mine.push(feeding);
        this.#feedings.add(feeding);
      }
      signal?.throwIfAborted();
      await growCaches(model.backend, mine, { slots: slots.of(1), signal });
      this.#enter(mine);
      await Promise.all(mine.map(({ done }) => done));
    } catch (error) {
      failAll(error);
      throw error;
    } finally {
      letGo();
      for (const feeding of mine) this.#feedings.delete(feeding);
    }
  }

  /** Ends all that wait: the model is disposed. */
  end(reason: unknown): void {
    for (const feeding of [...this.#feedings]) this.#fail(feeding, reason);
  }

  #enter(feedings: readonly Feeding<Dev>[]): void {
    this.#waiting.push(...feedings.filter(({ isGoing }) => isGoing));
    if (this.#isGoing || this.#waiting.length === 0) return;
    this.#isGoing = true;
    void this.#go();
  }

  /** Pass after pass, as long as anybody waits. It never rejects: what goes wrong is told to those it belongs to. */
  async #go(): Promise<void> {
    while (this.#waiting.length > 0 || this.#flights.length > 0) {
      if (this.#flights.length === 0) await this.#gather();
      if (this.#mayGoAhead()) this.#takeOff();
      else if (this.#flights.length > 0) await this.#land();
    }
    this.#isGoing = false;
  }

  /** Lets those come whose token has just come. */
  async #gather(): Promise<void> {
    const { caches, until } = this.#expected;
    const isMissing = (reference: WeakRef<KVCache<Dev>>) => {
      const cache = reference.deref();
      if (!cache || cache.isDisposed) return false;
      return !this.#waiting.some((feeding) => feeding.cache === cache);
    };
    do await turnOfTheEventLoop();
    while (performance.now() < until && caches.some(isMissing));
    this.#expected = { caches: [], until: 0 };
  }

  /**
   * Whether a pass can be recorded now: with nothing under way, or ahead of the results, as long as nobody comes back
   * with them.
   */
  #mayGoAhead(): boolean {
    if (this.#waiting.length === 0 || this.#flights.length === AHEAD) return false;
    return !this.#flights.some(({ bringsBack }) => bringsBack);
  }

  /** Records a pass of those who wait, if there still are any. */
  #takeOff(): void {
    for (const feeding of this.#waiting.filter(({ cache }) => cache.isDisposed)) {
      this.#attempt(feeding, () => feeding.cache.assertLive(feeding.options.op));
    }
    const [first] = this.#waiting;
    if (!first) return;
    const { model, ids, slots, run, except } = this.#setting;
    const some = first.isAlone ? [first] : this.#waiting;
    const flight = new Flight(some, shares(some, model.backend.info.maxRows));
    const served = new Set(flight.feedings);
    const unserved = this.#waiting.filter((feeding) => !served.has(feeding));
    this.#waiting = [...unserved, ...flight.feedings.filter(({ left }) => left > 0)];
    this.#flights.push(flight);
    try {
      const count = flight.logitRows.reduce((sum, rows) => sum + rows.count, 0);
      const wanted = flight.feedings.map(({ options }) => options.wanted);
      const own = { slots: slots.of(count), ids, wanted };
      const { tokens, args } = recordedPass(model, flight.pass, flight.feedings, own);
      model.backend.setIds(ids, tokens);
      run(args);
      const rows = { from: 0, count };
      const { backend } = model;
      const src = own.slots("logits");
      flight.bringsTokens = backend.top !== undefined && flight.wantsTokens;
      flight.reading =
        backend.top && flight.bringsTokens
          ? backend.top(src, rows, except, flight.signal)
          : backend.read(src, rows, flight.signal);
    } catch (error) {
      flight.reading = Promise.reject(error);
    }
    flight.reading.catch(() => {}); // it is awaited in its turn
  }

  /** Waits for the oldest pass, and hands each sequence what is its own. */
  async #land(): Promise<void> {
    const [flight] = this.#flights;
    let values: FloatArray;
    try {
      values = await flight.reading;
    } catch (error) {
      await this.#crash(flight, error);
      return;
    }
    this.#flights.shift();
    const { model, except } = this.#setting;
    const columns = flight.bringsTokens ? TOP_COLUMNS : model.config.vocabSize;
    for (const { sequence, count } of flight.pass.stretches) {
      const feeding = flight.feedings[sequence];
      if (!feeding.isGoing) continue;
      const rows = flight.logitRows.find((some) => some.sequence === sequence);
      const found = rows && {
        values: values.subarray(rows.into * columns, (rows.into + rows.count) * columns),
        rows: rows.count,
      };
      const isToFind = areTokens(feeding.options.wanted) && !flight.bringsTokens;
      if (found && isToFind && firstBad(found.values) < 0) {
        found.values = topsOf(found.values, found.rows, except);
      }
      this.#deliver(feeding, count, found);
    }
    const back = flight.ended.map(({ cache }) => new WeakRef(cache));
    const now = performance.now();
    const patience = Math.min(PATIENCE.most, PATIENCE.part * (now - flight.began));
    this.#expected = { caches: back, until: now + patience };
  }

  #deliver(
    feeding: Feeding<Dev>,
    count: number,
    found: { readonly values: FloatArray; readonly rows: number } | undefined,
  ): void {
    feeding.isAlone = false;
    if (!found || firstBad(found.values) < 0) {
      this.#attempt(feeding, () => feeding.advance(count, found));
      return;
    }
    this.#withdraw(feeding);
    const search = new AbortController();
    feeding.onOver = () => search.abort();
    const fail = (error: unknown) => this.#fail(feeding, error);
    const end = feeding.fed + count;
    this.#faults.errorOf(found.values, feeding, end, search.signal).then(fail, fail);
  }

  /**
   * A pass has failed. Nobody can say whose part of it was at fault: so all are run again, each by itself, and each that
   * fails then has its own error. What is written twice to a cache is the same.
   */
  async #crash(flight: Flight<Dev>, error: unknown): Promise<void> {
    if (flight.going.length < 2) {
      this.#flights.shift();
      for (const feeding of flight.going) this.#fail(feeding, error);
      return;
    }
    const flights = this.#flights;
    await Promise.allSettled(flights.map(({ reading }) => reading));
    this.#flights = [];
    for (const feeding of flight.going) feeding.isAlone = true;
    const again = new Set(flights.flatMap(({ going }) => going));
    for (const feeding of again) feeding.recorded = feeding.fed;
    this.#waiting = [...again, ...this.#waiting.filter((feeding) => !again.has(feeding))];
  }

  /** Does what may fail because of this sequence. */
  #attempt(feeding: Feeding<Dev>, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(feeding, error);
    }
  }

  #fail(feeding: Feeding<Dev>, error: unknown): void {
    feeding.fail(error);
    this.#withdraw(feeding);
  }

  /** Its passes count no more. */
  #withdraw(feeding: Feeding<Dev>): void {
    feeding.isGoing = false;
    this.#waiting = this.#waiting.filter((other) => other !== feeding);
    for (const flight of this.#flights) flight.endIfLeft();
  }
}

function takeOf(
  sequence: number,
  take: TurnsOptions["take"],
): (values: FloatArray, begin: number) => void {
  return (values, begin) => take(values, sequence, begin);
}
