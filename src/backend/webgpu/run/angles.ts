/**
 * Cosines and sines of RoPE as a table [positions, H], H/2 of each, computed by nn/rope.ts in float32 as the interface
 * asks. It grows by doubling.
 * @module
 */
import { ropeAngles } from "../../../nn/rope.ts";
import type { Commands } from "./commands.ts";
import type { Allocation, Memory } from "./memory.ts";
import type { Pipelines } from "./pipelines.ts";

/** Positions of the first table. */
const FIRST = 64;

interface Table {
  readonly memory: Allocation;
  readonly positions: number;
}

export class Angles {
  readonly #memory: Memory;
  readonly #commands: Commands;
  readonly #pipelines: Pipelines;
  readonly #tables = new Map<string, Table>();

  constructor(memory: Memory, commands: Commands, pipelines: Pipelines) {
    this.#memory = memory;
    this.#commands = commands;
    this.#pipelines = pipelines;
  }

  /** A table of at least `positions`. */
  table(positions: number, headDim: number, theta: number): Allocation {
    const key = `${headDim} ${theta}`;
    const old = this.#tables.get(key);
    if (old && old.positions >= positions) return old.memory;
    const count = Math.max(FIRST, 2 ** Math.ceil(Math.log2(positions)));
    const memory = this.#memory.storage("angles of positions", 4 * count * headDim);
    const half = headDim / 2;
    const { cos, sin } = ropeAngles(0, count, headDim, { theta });
    const numbers = new Float32Array(count * headDim);
    for (let row = 0; row < count; row++) {
      numbers.set(cos.subarray(row * half, (row + 1) * half), row * headDim);
      numbers.set(sin.subarray(row * half, (row + 1) * half), row * headDim + half);
    }
    this.#commands.write(memory, 0, numbers);
    if (old) {
      this.#pipelines.forget(old.memory);
      this.#commands.free(old.memory);
    }
    this.#tables.set(key, { memory, positions: count });
    return memory;
  }
}
