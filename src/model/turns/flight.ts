/**
 * A pass that is under way, with the tokens of one sequence or of many.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import type { FloatArray } from "../../tensor/tensor.ts";
import { areTokens, type LogitRows, logitRows, type Pass } from "../passes.ts";
import type { Feeding } from "./feeding.ts";

/** A pass, and those whose tokens are in it. */
export class Flight<Dev extends Handles> {
  readonly pass: Pass;
  /** By the number of the sequence in the pass. */
  readonly feedings: readonly Feeding<Dev>[];
  /** Rows whose logits are wanted. */
  readonly logitRows: readonly LogitRows[];
  readonly began: number = performance.now();
  /** Whether what is read are the numbers of top.ts, and not logits. */
  bringsTokens = false;
  /** What is read of it. */
  reading: Promise<FloatArray> = Promise.resolve(new Float32Array(0));
  readonly #abort = new AbortController();

  /** @param shares of each feeding, the rows that it has in the pass. */
  constructor(feedings: readonly Feeding<Dev>[], shares: readonly number[]) {
    const isLast = (i: number) => shares[i] === feedings[i].left;
    // Rows with logits lie side by side where they can: then they are one matmul with the table. So do those of one adapter.
    const adapters = [...new Set(feedings.map(({ cache }) => cache.adapter))];
    const place = (i: number) => adapters.indexOf(feedings[i].cache.adapter);
    const order = feedings
      .map((_, i) => i)
      .filter((i) => shares[i] > 0)
      .sort(
        (i, j) =>
          Number(isLast(i)) - Number(isLast(j)) || place(i) - place(j) || shares[j] - shares[i],
      );
    let from = 0;
    const stretches = order.map((i, sequence) => {
      const { recorded: begin } = feedings[i];
      const stretch = {
        sequence,
        begin,
        count: shares[i],
        from,
        left: feedings[i].left - shares[i],
      };
      from += shares[i];
      return stretch;
    });
    this.feedings = order.map((i) => feedings[i]);
    this.pass = { count: from, stretches };
    const wanted = this.feedings.map(({ options }) => options.wanted);
    this.logitRows = logitRows(this.pass, wanted);
    for (const { sequence, count } of stretches) this.feedings[sequence].recorded += count;
  }

  /** Aborted when nobody waits for it any more. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Those whose tokens count when it has been read. */
  get going(): readonly Feeding<Dev>[] {
    return this.feedings.filter(({ isGoing }) => isGoing);
  }

  /** Whether nobody wants logits, but some the most probable token. */
  get wantsTokens(): boolean {
    const all = this.feedings.map(({ options }) => options.wanted);
    return all.some(areTokens) && all.every((one) => areTokens(one) || one === "none");
  }

  /** Those that end in it and probably come back, with the token that follows. */
  get ended(): readonly Feeding<Dev>[] {
    return this.pass.stretches
      .filter(({ left }) => left === 0)
      .map(({ sequence }) => this.feedings[sequence])
      .filter(({ wantsNext }) => wantsNext);
  }

  get bringsBack(): boolean {
    return this.ended.length > 0;
  }

  /** Has the backend drop it if nobody waits for it any more. */
  endIfLeft(): void {
    if (this.going.length === 0 && !this.signal.aborted) this.#abort.abort();
  }
}
