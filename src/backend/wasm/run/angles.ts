/**
 * Cosines and sines of RoPE, of all positions that were asked for: computed once, for all layers and sequences.
 * @module
 */
import { ropeAngles } from "../../../nn/rope.ts";
import type { Memories } from "../memory/memories.ts";

/** Positions that are computed together. */
const BLOCK = 64;

export class Angles {
  readonly #memories: Memories;
  readonly #blocks = new Map<string, number>();

  constructor(memories: Memories) {
    this.#memories = memories;
  }

  /** The address of H/2 cosines, which as many sines follow, of position `pos`. */
  at(pos: number, headDim: number, theta: number): number {
    const block = Math.floor(pos / BLOCK);
    const key = `${block} ${headDim} ${theta}`;
    const half = headDim / 2;
    let at = this.#blocks.get(key);
    if (at === undefined) {
      const length = BLOCK * headDim;
      const place = this.#memories.atHome("angles of positions", 4 * length);
      const bytes = this.#memories.bytes(place, 4 * length);
      const numbers = new Float32Array(bytes.buffer, place.at, length);
      const { cos, sin } = ropeAngles(block * BLOCK, BLOCK, headDim, { theta });
      for (let row = 0; row < BLOCK; row++) {
        numbers.set(cos.subarray(row * half, (row + 1) * half), row * headDim);
        numbers.set(sin.subarray(row * half, (row + 1) * half), row * headDim + half);
      }
      at = place.at;
      this.#blocks.set(key, at);
    }
    return at + 4 * headDim * (pos - block * BLOCK);
  }
}
