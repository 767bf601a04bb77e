/**
 * Caches of keys and values: made, copied, grown.
 * @module
 */
import type { GemmaConfig } from "../../../config.ts";
import { refusals } from "../../../errors.ts";
import type { GpuCacheLayer, GpuKV } from "../handles.ts";
import { MOST_HEAD_DIM } from "../kernels/attention.ts";
import type { Commands } from "./commands.ts";
import type { Allocation, Memory } from "./memory.ts";

export class Caches {
  readonly #memory: Memory;
  readonly #commands: Commands;
  /** Frees a buffer once what is recorded is submitted. */
  readonly #release: (allocation: Allocation) => void;

  constructor(memory: Memory, commands: Commands, release: (allocation: Allocation) => void) {
    this.#memory = memory;
    this.#commands = commands;
    this.#release = release;
  }

  /**
   * A cache with room for `positions` tokens.
   * @throws {UnsupportedError} if the heads are larger than `attention` can do.
   */
  create(config: GemmaConfig, positions: number): GpuKV {
    const { headDim: H } = config;
    if (H > MOST_HEAD_DIM) {
      const most = `a head of at most ${MOST_HEAD_DIM}`;
      const hint = 'backend "wasm" has no limit';
      throw refusals("createKV").unsupported("headDim", most, H, hint);
    }
    const bytes = bytesOf(config, positions);
    const made: Allocation[] = [];
    const one = (label: string) => {
      const allocation = this.#memory.storage(label, bytes);
      made.push(allocation);
      return allocation;
    };
    try {
      const layers = Array.from({ length: config.numHiddenLayers }, (_, l) => {
        return { keys: one(`keys of layer ${l}`), values: one(`values of layer ${l}`) };
      });
      return { config, positions, layers };
    } catch (error) {
      for (const allocation of made) this.#memory.free(allocation);
      throw error;
    }
  }

  /** Records: positions 0 … count − 1 of every layer, from one cache to another. */
  copy(from: GpuKV, to: GpuKV, count: number): void {
    const bytes = bytesOf(from.config, count);
    for (const [l, { keys, values }] of from.layers.entries()) {
      this.#commands.copy(keys, 0, to.layers[l].keys, 0, bytes);
      this.#commands.copy(values, 0, to.layers[l].values, 0, bytes);
    }
  }

  /** Records: room for `positions` tokens, with what is there. */
  grow(kv: GpuKV, positions: number): void {
    if (kv.positions >= positions) return;
    const before = kv.layers;
    const larger = this.create(kv.config, positions);
    this.copy(kv, larger, kv.positions);
    kv.layers = larger.layers;
    kv.positions = positions;
    this.free(before);
  }

  free(layers: readonly GpuCacheLayer[]): void {
    for (const { keys, values } of layers) {
      this.#release(keys);
      this.#release(values);
    }
  }
}

/** A head takes whole vectors of four numbers (kernels/kv-write.ts). */
function bytesOf({ numKeyValueHeads: K, headDim: H }: GemmaConfig, positions: number): number {
  return 16 * positions * K * Math.ceil(H / 4);
}
