/**
 * The most probable token of rows of logits, found on the device: of each, 12 bytes come back.
 * @module
 */
import type { Rows } from "../../backend.ts";
import type { GpuTensor } from "../handles.ts";
import { TOP_STRIDE } from "../kernels/top.ts";
import type { Commands } from "./commands.ts";
import type { Library } from "./library.ts";
import type { Allocation, Memory } from "./memory.ts";
import type { Pipelines } from "./pipelines.ts";

export class TopFinder {
  readonly #memory: Memory;
  readonly #commands: Commands;
  readonly #pipelines: Pipelines;
  readonly #library: Library;
  #results: Allocation | undefined;
  #except: { readonly ids: string; readonly memory: Allocation } | undefined;

  constructor(memory: Memory, commands: Commands, pipelines: Pipelines, library: Library) {
    this.#memory = memory;
    this.#commands = commands;
    this.#pipelines = pipelines;
    this.#library = library;
  }

  /** Records the search → where the results will lie: {@link TOP_STRIDE} words a row. */
  record(src: GpuTensor, { from, count }: Rows, except: readonly number[]): Allocation {
    const results = this.#resultsFor(count);
    const memory = this.#exceptFor(except);
    const { top } = this.#library;
    const { columns, stride } = src;
    const most = Math.max(1, Math.floor(this.#memory.mostBound / (4 * stride)));
    const isWhole = src.memory.bytes <= this.#memory.mostBound;
    for (let begin = 0; begin < count; begin += isWhole ? count : most) {
      const some = isWhole ? count : Math.min(most, count - begin);
      const window = { offset: 4 * (from + begin) * stride, size: 4 * some * stride };
      const logits = { memory: src.memory, ...(isWhole ? {} : window) };
      const group = this.#pipelines.bind(top, this.#commands.uniforms, [
        { memory: results },
        logits,
        { memory },
      ]);
      const first = isWhole ? from : 0;
      this.#commands.dispatch(
        top,
        group,
        [some, 1],
        [first, begin, columns, stride, except.length],
      );
    }
    return results;
  }

  #resultsFor(rows: number): Allocation {
    const bytes = 4 * TOP_STRIDE * Math.max(1, rows);
    if (this.#results && this.#results.bytes >= bytes) return this.#results;
    if (this.#results) this.#release(this.#results);
    this.#results = this.#memory.storage("most probable tokens", bytes);
    return this.#results;
  }

  #exceptFor(except: readonly number[]): Allocation {
    const ids = except.join();
    if (this.#except?.ids === ids) return this.#except.memory;
    if (this.#except) this.#release(this.#except.memory);
    const memory = this.#memory.storage("ids that are not chosen", 4 * Math.max(1, except.length));
    if (except.length > 0) this.#commands.write(memory, 0, Uint32Array.from(except));
    this.#except = { ids, memory };
    return memory;
  }

  #release(allocation: Allocation): void {
    this.#pipelines.forget(allocation);
    this.#commands.free(allocation);
  }
}
