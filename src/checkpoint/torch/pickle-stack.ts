/**
 * The stack of the pickle machine. Marks lie among its values: a tuple, or the items of a list or dict, are
 * the values from the last mark on.
 * @module
 */
import type { PickleReader } from "./pickle-reader.ts";
import type { PickleValue } from "./pickle-values.ts";

const MARK = Symbol("mark");

/** Values and marks; taking a value that is not there is an error. */
export class PickleStack {
  readonly #items: (PickleValue | typeof MARK)[] = [];
  readonly #damaged: PickleReader["damaged"];

  /** @param pickle makes the errors. */
  constructor(pickle: PickleReader) {
    this.#damaged = (expected, got) => pickle.damaged(expected, got);
  }

  push(value: PickleValue): void {
    this.#items.push(value);
  }

  mark(): void {
    this.#items.push(MARK);
  }

  /** Undefined where there is no value. */
  top(): PickleValue | undefined {
    const top = this.#items.at(-1);
    return top === MARK ? undefined : top;
  }

  /** Takes a value or a mark away. */
  drop(): void {
    this.#items.pop();
  }

  /** Takes the last value. */
  pop(): PickleValue {
    const value = this.#items.pop();
    if (value === undefined || value === MARK)
      throw this.#damaged("a value on the stack", "nothing");
    return value;
  }

  /** The last `count` values, in the order they were pushed. */
  popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  /** The values from the last mark on, which goes too. */
  popToMark(): PickleValue[] {
    const mark = this.#items.lastIndexOf(MARK);
    if (mark < 0) throw this.#damaged("a mark on the stack", "nothing");
    return this.#items.splice(mark).slice(1) as PickleValue[];
  }
}
