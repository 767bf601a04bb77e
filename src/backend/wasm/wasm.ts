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
import type { WasmHandles, WasmKV } from "./handles.ts";
import type { Simd } from "./kernels/multiply-add.ts";
import { LAYOUT } from "./layout.ts";
import { kernelModule, simdOfThisMachine } from "./machine.ts";
import { Memories, noRoom, type Place } from "./memory/memories.ts";
import { Angles } from "./run/angles.ts";
import type { Executor } from "./run/executor.ts";
import { inlineExecutor } from "./run/inline.ts";
import { Pool } from "./run/pool.ts";
import { Postponed } from "./run/postponed.ts";
import { cacheLayer, headLayout, recordedOps, rowsAt } from "./run/record.ts";
import { Rooms } from "./run/rooms.ts";
import { Schedule } from "./run/schedule.ts";
import { processors, threadsUnavailable } from "./run/threads.ts";
import { uploadLater, placesOf as weightPlaces } from "./upload.ts";

export type { WasmHandles } from "./handles.ts";
export type { Simd } from "./kernels/multiply-add.ts";

/** How the WebAssembly backend computes. */
export interface WasmOptions {
  /**
   * Threads that compute, besides this one; 1 computes on this one, between turns of the event loop. Default: one a
   * processor where there is SharedArrayBuffer and the weights are worth it, at most 16; else 1.
   */
  readonly threads?: number;
  /** Rows of a pass. Default 128. */
  readonly maxRows?: number;
  /** The instructions that the kernels use. Default: `relaxed-simd`, which fuses multiply-adds, where it is. */
  readonly simd?: Simd;
}

const NAMES: OptionNames<WasmOptions> = { threads: true, maxRows: true, simd: true };
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
  assertOptions("wasmBackend", options, NAMES);
  const refuse = refusals("wasmBackend");
  const { maxRows = 128, threads: wanted } = options;
  assertInteger("wasmBackend", "maxRows", maxRows, POSITIVE);
  const noThreads = threadsUnavailable();
  if (wanted !== undefined) {
    assertInteger("wasmBackend", "threads", wanted, POSITIVE);
    if (wanted > 1 && noThreads !== undefined) {
      throw refuse.unsupported("threads", "threads that share memory", noThreads, "leave it out");
    }
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

  const memories = new Memories(isShared, {
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
  });

  /** What is freed once the work that was recorded up to now is done. */
  let frees: Place[] = [];
  /** Batches that are not over. */
  let underWay = 0;
  const freeLater = (place: Place) => frees.push(place);
  const schedule = new Schedule();
  const rooms = new Rooms(memories, () => threads, freeLater);
  const angles = new Angles(memories);
  const ops = recordedOps({ schedule, rooms, angles, threads: () => threads });
  const postponed = new Postponed(() => {
    schedule.take();
    underWay++;
    settle(openBatch(), false);
  });

  /** Starts threads if the weights have come to be worth it, and nothing is recorded that was cut for one. */
  function startThreads(): void {
    if (threads > 1 || most === 1 || memories.kept < WORTH_THREADS) return;
    if (isDisposed || underWay > 0 || !schedule.isEmpty) return;
    const pool = new Pool(module, LAYOUT, most, tellLost);
    for (const [index, memory] of live) pool.add(index, memory);
    executor = pool;
    threads = most;
  }

  /** Caches that grow in the open batch, as they were: if it is not done, they have not grown. */
  let grown: { kv: WasmKV; before: WasmKV["layers"]; after: WasmKV["layers"] }[] = [];

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
        schedule.add({ ...command, chunks: 1, perChunk: 1 }, touched, true);
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
    grown.push({ kv, before, after });
  }

  /** What has to be settled when the open batch is over; the next one begins. */
  function openBatch(): { frees: Place[]; grown: typeof grown } {
    const batch = { frees, grown };
    [frees, grown] = [[], []];
    rooms.forgetPacked();
    return batch;
  }

  function settle(batch: ReturnType<typeof openBatch>, isDone: boolean): void {
    underWay--;
    if (isDisposed) return;
    for (const place of batch.frees) memories.free(place);
    for (const { kv, before, after } of batch.grown) {
      if (!isDone && kv.layers === after) kv.layers = before;
      for (const { place } of isDone ? before : after) memories.free(place);
    }
  }

  function packer(memory: number, dtype: KernelType) {
    const { exports } = packers.get(memory) as WebAssembly.Instance;
    return exports[`pack_${dtype}`] as (...args: number[]) => number;
  }

  function later(source: WeightSource, signal?: AbortSignal): Arriving<WasmHandles["weight"]> {
    if (isDisposed) throw disposed("upload", "backend", "load the model again");
    return uploadLater(source, { memories, packer }, signal);
  }

  async function readNow(
    src: WasmHandles["tensor"],
    { from, count }: Rows,
    signal?: AbortSignal,
  ): Promise<FloatArray> {
    const what = { src: rowsAt(src, from), rows: count, columns: src.columns };
    const touched = { reads: [src], writes: [] };
    schedule.add({ kind: "read", ...what, chunks: 1, perChunk: 1 }, touched);
    const batch = openBatch();
    const phases = schedule.take();
    underWay++;
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

  /** Frees places, once the work that has been recorded is done with them. */
  function freePlaces(places: readonly Place[]): void {
    if (isDisposed) return;
    if (underWay === 0 && schedule.isEmpty) for (const place of places) memories.free(place);
    else frees.push(...places);
  }

  return {
    info: {
      name: "wasm",
      precision: "float32",
      accuracy: simd === "relaxed-simd" ? "float32-relaxed" : "float32",
      maxRows,
      weightTypes: Object.keys(FORMATS) as KernelType[],
    },

    ops: {
      embed: (...args) => postponed.record(() => ops.embed(...args), args[1]),
      rmsNorm: (...args) => postponed.record(() => ops.rmsNorm(...args), args[2]),
      matmul: (...args) => postponed.record(() => ops.matmul(...args), args[2]),
      rope: (...args) => postponed.record(() => ops.rope(...args)),
      kvWrite: (...args) => postponed.record(() => ops.kvWrite(...args)),
      attention: (...args) => postponed.record(() => ops.attention(...args)),
      geglu: (...args) => postponed.record(() => ops.geglu(...args)),
      add: (...args) => postponed.record(() => ops.add(...args)),
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
      return { config, layers: layersFor({ config }, kvOptions.positions) };
    },
    reserve(kv, kvOptions) {
      assertOptions("reserve", kvOptions, KV_NAMES);
      postponed.record(() => grow(kv, kvOptions.positions));
    },

    async upload(source, signal) {
      const { weight, arrived } = later(source, signal);
      await arrived;
      startThreads();
      return weight;
    },
    uploadLater: later,

    // Ids stay on this thread: a command carries those that it looks up.
    setIds(dst, ids) {
      const copy = Array.from(ids);
      postponed.record(() => {
        startThreads();
        dst.set(copy);
      });
    },

    write(dst, data) {
      if (data.length === 0) return;
      const copy = Float32Array.from(data);
      postponed.record(() => {
        dst.version++;
        const command = { kind: "write", dst: rowsAt(dst, 0), columns: dst.columns } as const;
        const touched = { reads: [], writes: [dst] };
        schedule.add({ ...command, data: copy, chunks: 1, perChunk: 1 }, touched);
      });
    },

    async read(src, rows, signal): Promise<FloatArray> {
      if (isDisposed) throw disposed("read", "backend", "load the model again");
      return postponed.read(() => readNow(src, rows, signal), signal);
    },

    free(kind, handle) {
      if (isDisposed || kind === "ids") return;
      const one = handle as Exclude<typeof handle, Int32Array>;
      const freeNow = () => postponed.free(() => freePlaces(placesOf(one)));
      // One that is still being filled is freed afterwards; if it cannot arrive, it frees itself.
      if ("arriving" in one && one.arriving) void one.arriving.then(freeNow, () => {});
      else freeNow();
    },

    dispose() {
      if (isDisposed) return;
      isDisposed = true;
      const reason = disposed("read", "backend", "load the model again");
      postponed.abandon(reason);
      executor.end(reason);
      schedule.take();
      memories.dispose();
      live.clear();
      packers.clear();
    },
  };
}

/** Where tensors of a disposed backend lie. */
const NOWHERE: Place = { memory: 0, at: 0 };

/** Where a handle lies. */
function placesOf(handle: WasmHandles["tensor"] | WasmHandles["weight"] | WasmKV): Place[] {
  if ("layers" in handle) return handle.layers.map(({ place }) => place);
  return "kind" in handle ? weightPlaces(handle) : [handle.place];
}
