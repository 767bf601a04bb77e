/**
 * A way through a source: each epoch has every sequence once, in an order of its own.
 * @module
 */
import { assertInteger } from "../../../check.ts";
import { refusals } from "../../../errors.ts";
import {
  assertRandomState,
  type RandomState,
  type SeededRandom,
  xoshiro128From,
} from "../../../random.ts";
import { isObject, type JsonValue } from "../../../source/json.ts";
import { shuffledOrder } from "../../run/shuffled-batches.ts";

/** Where a {@link Cursor} stands. */
export interface CursorState {
  /** Epochs that are over. */
  readonly epoch: number;
  /** How many of this epoch were given. */
  readonly at: number;
  /** The generator as this epoch's order was drawn. */
  readonly random: RandomState;
}

/** Numbers from 0 to `length` − 1 without end, shuffled anew each epoch. */
export class Cursor {
  readonly length: number;
  #random: SeededRandom;
  #drawn: RandomState;
  #order: Uint32Array;
  #epoch = 0;
  #at = 0;

  constructor(length: number, random: SeededRandom) {
    this.length = length;
    this.#random = random;
    this.#drawn = random.state();
    this.#order = shuffledOrder(length, random);
  }

  /** The next number, and whether an epoch had to begin for it. */
  next(): { readonly i: number; readonly begun: boolean } {
    const begun = this.#at === this.length;
    if (begun) {
      this.#epoch++;
      this.#at = 0;
      this.#drawn = this.#random.state();
      this.#order = shuffledOrder(this.length, this.#random);
    }
    return { i: this.#order[this.#at++], begun };
  }

  /** Epochs that are over. */
  get epoch(): number {
    return this.#epoch;
  }

  state(): CursorState & JsonValue {
    return { epoch: this.#epoch, at: this.#at, random: this.#drawn };
  }

  /** @throws {ArgumentError} unless it is a state of a cursor of this length. */
  restore(op: string, argument: string, value: unknown): void {
    if (!isObject(value))
      throw refusals(op).argument(argument, "a state of a source", typeof value);
    const { epoch, at, random } = value as unknown as CursorState;
    assertInteger(op, `${argument}.epoch`, epoch, { from: 0 });
    assertInteger(op, `${argument}.at`, at, { from: 0, to: this.length });
    assertRandomState(op, random);
    this.#random = xoshiro128From(random);
    this.#drawn = random;
    this.#order = shuffledOrder(this.length, this.#random);
    [this.#epoch, this.#at] = [epoch, at];
  }
}
