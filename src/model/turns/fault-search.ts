/**
 * The search for what made logits NaN or infinite: a weight, or a pass whose numbers grow too large. It is made beside
 * the passes of others, which go on.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { FormatError } from "../../errors.ts";
import type { WeightSource } from "../../tensor/stored.ts";
import type { FloatArray } from "../../tensor/tensor.ts";
import { type Runnable, recordedPass } from "../feed.ts";
import type { ForwardArguments } from "../forward.ts";
import { type BadTap, firstBad, firstBadTap, whyNotFinite } from "../non-finite.ts";
import { passes } from "../passes.ts";
import type { PassSlots } from "../slots.ts";
import type { Feeding } from "./feeding.ts";

/** What passes are run with. */
export interface PassSetting<Dev extends Handles> {
  readonly model: Runnable<Dev>;
  readonly ids: Dev["ids"];
  readonly slots: PassSlots<Dev>;
  /** Tokens that are never the most probable. */
  readonly except: readonly number[];
  run(args: ForwardArguments<Dev>): void;
}

/** Finds faults, one at a time: a damaged weight is met by all that come by, and looked for once. */
export class FaultSearch<Dev extends Handles> {
  readonly #setting: PassSetting<Dev>;
  readonly #sources: ReadonlyMap<string, WeightSource>;
  readonly #file: string;
  #last: Promise<unknown> = Promise.resolve();
  #damage: FormatError | undefined;

  /** @param file the checkpoint's name in messages. */
  constructor(setting: PassSetting<Dev>, sources: ReadonlyMap<string, WeightSource>, file: string) {
    this.#setting = setting;
    this.#sources = sources;
    this.#file = file;
  }

  /**
   * The error about `logits`, which are not finite.
   * @param count tokens of the sequence whose passes have been read, those of the logits included.
   * @throws the signal's reason.
   */
  errorOf(
    logits: FloatArray,
    feeding: Feeding<Dev>,
    count: number,
    signal: AbortSignal,
  ): Promise<Error> {
    const { info } = this.#setting.model.backend;
    const where = () => this.#where(logits, feeding, count, signal);
    const found = this.#last.then(async () => {
      if (this.#damage) return this.#damage;
      const error = await whyNotFinite(this.#sources, this.#file, info, where, signal);
      if (error instanceof FormatError) this.#damage = error;
      return error;
    });
    this.#last = found.catch(() => {});
    return found;
  }

  /** Runs the sequence again, by itself. */
  async #where(
    logits: FloatArray,
    feeding: Feeding<Dev>,
    count: number,
    signal: AbortSignal,
  ): Promise<BadTap> {
    const { model, ids, slots, run } = this.#setting;
    const options = { slots: slots.of(1), ids, wanted: "none" } as const;
    const again = [...passes([count], model.backend.info.maxRows)].map((pass) =>
      recordedPass(model, pass, [feeding], options),
    );
    const found = await firstBadTap(model, again, run, signal);
    const value = logits[firstBad(logits)];
    return { tap: "logits", value, ...found, sequence: feeding.options.name };
  }
}
