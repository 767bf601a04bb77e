/**
 * Caches of keys and values: made, copied, grown.
 * @module
 */
import type { GemmaConfig } from "../../../config.ts";
import type { Rows } from "../../backend.ts";
import type { WasmKV } from "../handles.ts";
import type { Memories } from "../memory/memories.ts";
import type { Batches } from "./batches.ts";
import { cacheLayer, headLayout } from "./record.ts";
import type { Schedule } from "./schedule.ts";

export class Caches {
  readonly #memories: Memories;
  readonly #schedule: Schedule;
  readonly #batches: Batches;

  constructor(memories: Memories, schedule: Schedule, batches: Batches) {
    this.#memories = memories;
    this.#schedule = schedule;
    this.#batches = batches;
  }

  /** A cache with room for `positions` tokens. */
  create(config: GemmaConfig, positions: number): WasmKV {
    const { heads, padded } = headLayout({ config, layers: [] });
    const bytes = 4 * positions * heads * padded;
    const layers: WasmKV["layers"][number][] = [];
    try {
      for (let l = 0; l < config.numHiddenLayers; l++) {
        const place = this.#memories.anywhere(`keys and values of layer ${l}`, 2 * bytes);
        layers.push({ place, positions, bytes });
      }
    } catch (error) {
      for (const { place } of layers) this.#memories.free(place);
      throw error;
    }
    return { config, layers };
  }

  /** Records: positions 0 … count − 1 of every layer, from one cache to another. */
  copy(from: WasmKV, to: WasmKV, count: number): void {
    const { heads, padded } = headLayout(from);
    const bytes = 4 * count * heads * padded;
    if (bytes === 0) return;
    for (const [l, layer] of to.layers.entries()) {
      const [a, b] = [cacheLayer(from, l), cacheLayer(to, l)];
      for (const part of ["keys", "values"] as const) {
        const source = { memory: a.memory, at: a[part] };
        const target = { memory: b.memory, at: b[part] };
        const command = { kind: "move", from: source, to: target, bytes } as const;
        const touched = { reads: [from.layers[l]], writes: [layer] };
        this.#schedule.add({ ...command, chunks: 1, perChunk: 1 }, touched, to);
      }
    }
  }

  /** Records the read of positions of a layer's keys or values: [count, K, padded]. */
  read(kv: WasmKV, layer: number, part: "keys" | "values", { from, count }: Rows): void {
    const { heads, padded } = headLayout(kv);
    const where = cacheLayer(kv, layer);
    const stride = 4 * heads * padded;
    const src = { at: where[part] + from * stride, stride };
    const what = { memory: where.memory, src, rows: count, columns: heads * padded };
    const touched = { reads: [kv.layers[layer]], writes: [] };
    this.#schedule.add({ kind: "read", ...what, chunks: 1, perChunk: 1 }, touched);
  }

  /** Records: room for `positions` tokens, with what is there. */
  grow(kv: WasmKV, positions: number): void {
    const held = kv.layers[0]?.positions ?? 0;
    if (held >= positions) return;
    const larger = this.create(kv.config, positions);
    this.copy(kv, larger, held);
    this.#batches.grow(kv, larger.layers);
  }
}
