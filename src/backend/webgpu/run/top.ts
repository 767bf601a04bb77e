/**
 * The most probable token of rows of logits, found on the device: of each, 12 bytes come back.
 * @module
 */
import type { Rows } from "../../backend.ts";
import type { GpuTensor } from "../handles.ts";
import { FOUND_BYTES, slicesOf, TOP_STRIDE } from "../kernels/top.ts";
import type { BindGroups } from "./bind-groups.ts";
import type { Commands } from "./commands.ts";
import type { Library } from "./library.ts";
import type { Allocation, Memory } from "./memory.ts";
import { Room } from "./room.ts";
import { inWindows } from "./windows.ts";

export class TopFinder {
  readonly #memory: Memory;
  readonly #commands: Commands;
  readonly #groups: BindGroups;
  readonly #library: Library;
  /** A row of {@link TOP_STRIDE} words each. */
  readonly #results: Room;
  /** What was found in the slices of each row. */
  readonly #found: Room;
  #except: { readonly ids: readonly number[]; readonly memory: Allocation } | undefined;

  constructor(memory: Memory, commands: Commands, groups: BindGroups, library: Library) {
    this.#memory = memory;
    this.#commands = commands;
    this.#groups = groups;
    this.#library = library;
    this.#results = new Room("most probable tokens", memory, commands, groups);
    this.#found = new Room("tops of slices", memory, commands, groups);
  }

  /** Records the search → where the results will lie: {@link TOP_STRIDE} words a row. */
  record(src: GpuTensor, { from, count }: Rows, except: readonly number[]): Allocation {
    this.#commands.letGo();
    const { columns, stride } = src;
    const slices = slicesOf(columns);
    const results = { memory: this.#results.atLeast(4 * TOP_STRIDE * count) };
    const found = { memory: this.#found.atLeast(FOUND_BYTES * slices * count) };
    const memory = this.#exceptFor(except);
    const { top, topOfSlices } = this.#library;
    const logits = [{ tensor: src, first: from }];
    inWindows(this.#memory.mostBound, count, logits, ([{ bound, row }], window) => {
      const group = this.#groups.of(topOfSlices, [found, bound, { memory }]);
      const integers = [row, window.begin, columns, stride, except.length];
      this.#commands.dispatch(topOfSlices, group, [slices, window.count], integers);
    });
    if (count > 0) {
      this.#commands.dispatch(top, this.#groups.of(top, [results, found]), [count, 1], [slices]);
    }
    return results.memory;
  }

  #exceptFor(except: readonly number[]): Allocation {
    const known = this.#except;
    const isKnown =
      known?.ids.length === except.length && known.ids.every((id, i) => id === except[i]);
    if (known && isKnown) return known.memory;
    if (known) this.#release(known.memory);
    const memory = this.#memory.storage("ids that are not chosen", 4 * Math.max(1, except.length));
    if (except.length > 0) this.#commands.write(memory, 0, Uint32Array.from(except));
    this.#except = { ids: [...except], memory };
    return memory;
  }

  #release(allocation: Allocation): void {
    this.#groups.forget(allocation);
    this.#commands.free(allocation);
  }
}
