/**
 * Cosines and sines of RoPE as a table [positions, H], H/2 of each, computed by nn/rope.ts in float32 as the interface
 * asks. It grows by doubling.
 * @module
 */
import { ropeAngles } from "../../../nn/rope.ts";
import { type GpuTensor, strideOf } from "../handles.ts";
import type { BindGroups } from "./bind-groups.ts";
import type { Commands } from "./commands.ts";
import type { Memory } from "./memory.ts";

/** Positions of the first table. */
const FIRST = 64;

interface Table extends GpuTensor {
  readonly theta: number;
  readonly positions: number;
}

export class Angles {
  readonly #memory: Memory;
  readonly #commands: Commands;
  readonly #groups: BindGroups;
  /** One of each head size and theta: a model has one. */
  #tables: readonly Table[] = [];

  constructor(memory: Memory, commands: Commands, groups: BindGroups) {
    this.#memory = memory;
    this.#commands = commands;
    this.#groups = groups;
  }

  /** A table of at least `positions`. */
  table(positions: number, headDim: number, theta: number): GpuTensor {
    const old = this.#tables.find((one) => one.columns === headDim && one.theta === theta);
    if (old && old.positions >= positions) return old;
    const count = Math.max(FIRST, 2 ** Math.ceil(Math.log2(positions)));
    const [label, stride] = ["angles of positions", strideOf(headDim)];
    const memory = this.#memory.windowed(label, count, 4 * stride);
    const half = headDim / 2;
    const { cos, sin } = ropeAngles(0, count, headDim, { theta });
    const numbers = new Float32Array(count * stride);
    for (let row = 0; row < count; row++) {
      numbers.set(cos.subarray(row * half, (row + 1) * half), row * stride);
      numbers.set(sin.subarray(row * half, (row + 1) * half), row * stride + half);
    }
    this.#commands.write(memory, 0, numbers);
    if (old) {
      this.#groups.forget(old.memory);
      this.#commands.free(old.memory);
    }
    const made = { label, columns: headDim, stride, memory, theta, positions: count };
    this.#tables = [...this.#tables.filter((one) => one !== old), made];
    return made;
  }
}
