/**
 * The WebAssembly backend: SIMD kernels over weights as they are stored, on several threads.
 *
 * Kernels are written by an emitter (asm/) and are one file each (kernels/); what they read is told in formats/. A
 * kernel that is recorded becomes a command (run/record.ts); a read sends all commands at once, in phases
 * (run/schedule.ts), to workers that share the memories (run/pool.ts), or does them on this thread (run/inline.ts).
 *
 * Results are float32, sums too. Each sum runs in one order, whatever the threads, the rows beside it and the way a
 * prompt is cut: a sequence gets the same bits alone and in a batch.
 * @module
 */

import { brief } from "../../brief.ts";
import { assertInteger, POSITIVE } from "../../check.ts";
import { disposed, refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { WeightSource } from "../../tensor/stored.ts";
import type { FloatArray } from "../../tensor/tensor.ts";
import type { Arriving, Backend, BackendError, KVOptions, Rows } from "../backend.ts";
import { FORMATS, type KernelType } from "./formats/formats.ts";
import type { PackedType } from "./formats/int8/formats.ts";
import type { WasmHandles, WasmKV } from "./handles.ts";
import type { Simd } from "./kernels/multiply-add.ts";
import { LAYOUT } from "./layout.ts";
import { kernelModule, simdOfThisMachine } from "./machine.ts";
import {
  Memories,
  type MemorySizes,
  type MemoryUser,
  noRoom,
  type Place,
  SIZES,
} from "./memory/memories.ts";
import { Angles } from "./run/angles.ts";
import type { Executor } from "./run/executor.ts";
import { inlineExecutor } from "./run/inline.ts";
import { Pool } from "./run/pool.ts";
import { Postponed } from "./run/postponed.ts";
import { cacheLayer, headLayout, recordedOps, rowsAt } from "./run/record.ts";
import { Rooms } from "./run/rooms.ts";
import { Schedule } from "./run/schedule.ts";
import { processors, threadsUnavailable } from "./run/threads.ts";
import { type Activations, uploadLater, placesOf as weightPlaces } from "./upload.ts";

export type { WasmHandles } from "./handles.ts";
export type { Simd } from "./kernels/multiply-add.ts";
export type { Activations } from "./upload.ts";

/** How the WebAssembly backend computes. */
export interface WasmOptions {
  /**
   * Threads that compute, besides this one; 1 computes on this one, between turns of the event loop. Default: one a
   * processor where there is SharedArrayBuffer and the weights are worth it, at most 16; else 1.
   */
  readonly threads?: number;
  /** Rows of a pass. Default 128. */
  readonly maxRows?: number;
  /**
   * What rows of x are rounded to before they are multiplied with weights in q8_0 or q4_0. Default: `float32`, which is
   * not to be rounded. With `int8` a block of 32 numbers becomes d · q, as llama.cpp's reference rounds to Q8_0: q is x /
   * d, to the nearest integer, and d is max |x| / 127, rounded to float16. Products are integers then, whose sum over a
   * block is exact; it is scaled by d and by the weights' scale, and added in float32. That is faster and less exact:
   * `info.accuracy` is `q8`. Weights of other dtypes are multiplied with x as it is.
   */
  readonly activations?: Activations;
  /** The instructions that the kernels use. Default: `relaxed-simd`, which fuses multiply-adds, where it is. */
  readonly simd?: Simd;
}

const NAMES: OptionNames<WasmOptions> = {
  threads: true,
  maxRows: true,
  activations: true,
  simd: true,
};
const KV_NAMES: OptionNames<KVOptions> = { positions: true };

/** Threads that are started unless more are asked for. */
const MOST_THREADS = 16;

/** Bytes of weights from which on several threads are worth starting. */
const WORTH_THREADS = 2 ** 24;

/**
 * The WebAssembly backend.
 * @throws {ArgumentError} if an option is out of range.
 * @throws {UnsupportedError} if this machine has no SIMD for WebAssembly, or lacks what an option asks for.
 */
export function wasmBackend(options: WasmOptions = {}): Backend<WasmHandles> {
  return wasmBackendWith(SIZES, options);
}

/** As {@link wasmBackend}, with memories of other sizes: a specification has no 5 GB to spread. */
export function wasmBackendWith(
  sizes: MemorySizes,
  options: WasmOptions = {},
): Backend<WasmHandles> {
  assertOptions("wasmBackend", options, NAMES);
  const refuse = refusals("wasmBackend");
  const { maxRows = 128, threads: wanted, activations = "float32" } = options;
  assertInteger("wasmBackend", "maxRows", maxRows, POSITIVE);
  const noThreads = threadsUnavailable();
  if (wanted !== undefined) {
    assertInteger("wasmBackend", "threads", wanted, POSITIVE);
    if (wanted > 1 && noThreads !== undefined) {
      throw refuse.unsupported("threads", "threads that share memory", noThreads, "leave it out");
    }
  }
  if (activations !== "float32" && activations !== "int8") {
    throw refuse.argument("activations", '"float32" or "int8"', brief(activations));
  }
  const available = simdOfThisMachine();
  const { simd = available ?? "simd128" } = options;
  if (simd !== "simd128" && simd !== "relaxed-simd") {
    throw refuse.argument("simd", '"simd128" or "relaxed-simd"', brief(simd));
  }
  if (available === undefined || (simd === "relaxed-simd" && available === "simd128")) {
    const hint = 'backend "cpu" runs everywhere';
    throw refuse.unsupported("simd", `a machine that has ${simd}`, "one that has not", hint);
  }

  const isShared = noThreads === undefined;
  const floatAccuracy = simd === "relaxed-simd" ? "float32-relaxed" : "float32";
  const module = kernelModule(simd, isShared);
  const most = wanted ?? (isShared ? Math.min(MOST_THREADS, processors()) : 1);
  let isDisposed = false;
  const live = new Map<number, WebAssembly.Memory>();
  const packers = new Map<number, WebAssembly.Instance>();
  let tellLost: (error: BackendError) => void = () => {};
  const lost = new Promise<BackendError>((resolve) => {
    tellLost = resolve;
  });
  let threads = wanted ?? 1;
  let executor: Executor =
    threads > 1 ? new Pool(module, LAYOUT, threads, tellLost) : inlineExecutor(module, LAYOUT);

  const user: MemoryUser = {
    add(index, memory) {
      live.set(index, memory);
      packers.set(index, new WebAssembly.Instance(module, { env: { memory } }));
      executor.add(index, memory);
    },
    drop(index) {
      live.delete(index);
      packers.delete(index);
      rooms.drop(index);
      executor.drop(index);
    },
  };
  const memories = new Memories(isShared, user, sizes);

  /** Batches that are not over, oldest first. */
  const underWay: Batch[] = [];
  let open: Batch = emptyBatch();
  const freeLater = (place: Place) => open.frees.push(() => [place]);
  const schedule = new Schedule();
  const rooms = new Rooms(memories, () => threads, freeLater);
  const angles = new Angles(memories);
  const ops = recordedOps({ schedule, rooms, angles, threads: () => threads });
  const postponed = new Postponed(() => {
    schedule.take();
    settle(closeBatch(), false);
  });

  /** Records what may have to wait for weights; nothing any more once the memories are gone. */
  function record(work: () => void, weight?: WasmHandles["weight"]): void {
    if (!isDisposed) postponed.record(work, weight);
  }

  /** Starts threads if the weights have come to be worth it, and nothing is recorded that was cut for one. */
  function startThreads(): void {
    if (threads > 1 || most === 1 || memories.kept < WORTH_THREADS) return;
    if (isDisposed || underWay.length > 0 || !schedule.isEmpty) return;
    const pool = new Pool(module, LAYOUT, most, tellLost);
    for (const [index, memory] of live) pool.add(index, memory);
    executor = pool;
    threads = most;
  }

  function layersFor(kv: Pick<WasmKV, "config">, positions: number): WasmKV["layers"] {
    const { heads, padded } = headLayout({ config: kv.config, layers: [] });
    const bytes = 4 * positions * heads * padded;
    const layers: WasmKV["layers"][number][] = [];
    try {
      for (let l = 0; l < kv.config.numHiddenLayers; l++) {
        const place = memories.anywhere(`keys and values of layer ${l}`, 2 * bytes);
        layers.push({ place, positions, bytes });
      }
    } catch (error) {
      for (const { place } of layers) memories.free(place);
      throw error;
    }
    return layers;
  }

  /** Positions 0 … count − 1 of every layer, from one place to another. */
  function copyLayers(from: WasmKV, to: WasmKV, count: number): void {
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
        schedule.add({ ...command, chunks: 1, perChunk: 1 }, touched, to);
      }
    }
  }

  function grow(kv: WasmKV, positions: number): void {
    const before = kv.layers;
    const held = before[0]?.positions ?? 0;
    if (held >= positions) return;
    const after = layersFor(kv, positions);
    copyLayers(kv, { config: kv.config, layers: after }, held);
    kv.layers = after;
    open.grown.push({ kv, before, after });
  }

  /** The open batch, which is under way from here on; the next one begins. */
  function closeBatch(): Batch {
    const batch = open;
    open = emptyBatch();
    rooms.forgetPacked();
    underWay.push(batch);
    return batch;
  }

  /** Frees places once all work that was recorded up to now is over; which they are is asked then. */
  function retire(places: () => readonly Place[]): void {
    const isQuiet = schedule.isEmpty && open.frees.length === 0 && open.grown.length === 0;
    const last = isQuiet ? underWay.at(-1) : open;
    if (last) last.frees.push(places);
    else for (const place of places()) memories.free(place);
  }

  function settle(batch: Batch, isDone: boolean): void {
    batch.isOver = true;
    if (isDisposed) return;
    for (const { kv, before, after } of batch.grown) {
      const isUndone = !isDone && kv.layers === after;
      if (isUndone) kv.layers = before;
      retire(() => (isUndone ? after : before).map(({ place }) => place));
    }
    // One that was aborted may be over before those that were recorded earlier, which still use what it frees.
    while (underWay[0]?.isOver) {
      for (const places of (underWay.shift() as Batch).frees) {
        for (const place of places()) memories.free(place);
      }
    }
  }

  function packer(memory: number, type: PackedType) {
    const { exports } = packers.get(memory) as WebAssembly.Instance;
    return exports[`pack_${type}`] as (...args: number[]) => number;
  }

  function later(source: WeightSource, signal?: AbortSignal): Arriving<WasmHandles["weight"]> {
    if (isDisposed) throw gone("upload");
    return uploadLater(source, { memories, packer, activations, simd }, signal);
  }

  async function readNow(
    src: WasmHandles["tensor"],
    { from, count }: Rows,
    signal?: AbortSignal,
  ): Promise<FloatArray> {
    const what = { src: rowsAt(src, from), rows: count, columns: src.columns };
    const touched = { reads: [src], writes: [] };
    schedule.add({ kind: "read", ...what, chunks: 1, perChunk: 1 }, touched);
    const phases = schedule.take();
    const batch = closeBatch();
    let isDone = false;
    try {
      signal?.throwIfAborted();
      const result = await executor.run(phases, signal);
      isDone = true;
      return result;
    } finally {
      settle(batch, isDone);
    }
  }

  return {
    info: {
      name: "wasm",
      precision: "float32",
      accuracy: activations === "int8" ? "q8" : floatAccuracy,
      maxRows,
      weightTypes: Object.keys(FORMATS) as KernelType[],
    },

    ops: {
      embed: (...args) => record(() => ops.embed(...args), args[1]),
      rmsNorm: (...args) => record(() => ops.rmsNorm(...args), args[2]),
      matmul: (...args) => record(() => ops.matmul(...args), args[2]),
      rope: (...args) => record(() => ops.rope(...args)),
      kvWrite: (...args) => record(() => ops.kvWrite(...args)),
      attention: (...args) => record(() => ops.attention(...args)),
      geglu: (...args) => record(() => ops.geglu(...args)),
      add: (...args) => record(() => ops.add(...args)),
    },
    lost,

    alloc(label, rows, columns) {
      const stride = 16 * Math.ceil(columns / 4);
      if (isDisposed) return { label, columns, place: NOWHERE, stride, version: 0 };
      const place = memories.atHome(label, rows * stride);
      memories.bytes(place, rows * stride).fill(0); // the numbers that fill up a row have to be 0
      return { label, columns, place, stride, version: 0 };
    },
    allocIds(length) {
      try {
        return new Int32Array(length);
      } catch (cause) {
        throw noRoom("ids", 4 * length, cause);
      }
    },
    createKV(config, kvOptions) {
      assertOptions("createKV", kvOptions, KV_NAMES);
      if (isDisposed) return { config, layers: [] };
      return { config, layers: layersFor({ config }, kvOptions.positions) };
    },
    reserve(kv, kvOptions) {
      assertOptions("reserve", kvOptions, KV_NAMES);
      record(() => grow(kv, kvOptions.positions));
    },
    copyKV(dst, src, count) {
      record(() => copyLayers(src, dst, count));
    },

    async upload(source, signal) {
      try {
        const { weight, arrived } = later(source, signal);
        await arrived;
        startThreads();
        return weight;
      } catch (error) {
        throw isDisposed ? gone("upload") : error; // the memories are gone, too
      }
    },
    uploadLater: later,

    // Ids stay on this thread: a command carries those that it looks up.
    setIds(dst, ids) {
      const copy = Array.from(ids);
      record(() => {
        startThreads();
        dst.set(copy);
      });
    },

    write(dst, data) {
      if (data.length === 0) return;
      const copy = Float32Array.from(data);
      record(() => {
        dst.version++;
        const command = { kind: "write", dst: rowsAt(dst, 0), columns: dst.columns } as const;
        const touched = { reads: [], writes: [dst] };
        schedule.add({ ...command, data: copy, chunks: 1, perChunk: 1 }, touched);
      });
    },

    async read(src, rows, signal): Promise<FloatArray> {
      if (isDisposed) throw gone("read");
      return postponed.read(() => readNow(src, rows, signal), signal);
    },

    free(kind, handle) {
      if (isDisposed || kind === "ids") return;
      const one = handle as Exclude<typeof handle, Int32Array>;
      const freeNow = () => {
        if (!isDisposed) postponed.free(() => retire(() => placesOf(one)));
      };
      // One that is still being filled is freed afterwards; if it cannot arrive, it frees itself.
      if ("arriving" in one && one.arriving) void one.arriving.then(freeNow, () => {});
      else freeNow();
    },

    dispose() {
      if (isDisposed) return;
      isDisposed = true;
      const reason = gone("read");
      postponed.abandon(reason);
      executor.end(reason);
      schedule.take();
      memories.dispose();
      live.clear();
      packers.clear();
    },
  };
}

function gone(op: string): Error {
  return disposed(op, "backend", "load the model again");
}

/** What was recorded up to one read, beside its commands. */
interface Batch {
  /** Places that are free once it is over, and those before it. */
  readonly frees: (() => readonly Place[])[];
  /** Caches that grow in it, as they were: if it is not done, they have not grown. */
  readonly grown: { kv: WasmKV; before: WasmKV["layers"]; after: WasmKV["layers"] }[];
  isOver: boolean;
}

function emptyBatch(): Batch {
  return { frees: [], grown: [], isOver: false };
}

/** Where tensors of a disposed backend lie. */
const NOWHERE: Place = { memory: 0, at: 0 };

/** Where a handle lies. */
function placesOf(handle: WasmHandles["tensor"] | WasmHandles["weight"] | WasmKV): Place[] {
  if ("layers" in handle) return handle.layers.map(({ place }) => place);
  return "kind" in handle ? weightPlaces(handle) : [handle.place];
}
