/**
 * Memory for what one kernel leaves to the next. It grows by doubling, so that few tokens make a buffer.
 * @module
 */
import type { BindGroups } from "./bind-groups.ts";
import type { Commands } from "./commands.ts";
import type { Allocation, Memory } from "./memory.ts";

export class Room {
  readonly #label: string;
  readonly #memory: Memory;
  readonly #commands: Commands;
  readonly #groups: BindGroups;
  #allocation: Allocation | undefined;

  constructor(label: string, memory: Memory, commands: Commands, groups: BindGroups) {
    this.#label = label;
    this.#memory = memory;
    this.#commands = commands;
    this.#groups = groups;
  }

  /** A buffer of at least so many bytes. What was in a smaller one is gone. */
  atLeast(bytes: number): Allocation {
    const old = this.#allocation;
    if (old && old.bytes >= bytes) return old;
    const doubled = 2 ** Math.ceil(Math.log2(Math.max(bytes, 4)));
    const size = Math.max(bytes, Math.min(doubled, this.#memory.mostBound));
    this.#allocation = this.#memory.storage(this.#label, size);
    if (old) {
      this.#groups.forget(old);
      this.#commands.free(old);
    }
    return this.#allocation;
  }
}
