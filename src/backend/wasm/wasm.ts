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

import { disposed } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { WeightSource } from "../../tensor/stored.ts";
import type { FloatArray } from "../../tensor/tensor.ts";
import type { Arriving, Backend, BackendError, KVOptions, Rows } from "../backend.ts";
import { FORMATS, type KernelType } from "./formats/formats.ts";
import type { PackedType } from "./formats/int8/formats.ts";
import type { WasmHandles, WasmKV } from "./handles.ts";
import { LAYOUT } from "./layout.ts";
import { kernelModule } from "./machine.ts";
import {
  Memories,
  type MemorySizes,
  type MemoryUser,
  noRoom,
  type Place,
  SIZES,
} from "./memory/memories.ts";
import { type WasmOptions, wasmChoices } from "./options.ts";
import { Angles } from "./run/angles.ts";
import { type Batch, Batches } from "./run/batches.ts";
import { Caches } from "./run/caches.ts";
import type { HeadLayout } from "./run/command.ts";
import type { Executor } from "./run/executor.ts";
import { inlineExecutor } from "./run/inline.ts";
import { Pool } from "./run/pool.ts";
import { Postponed } from "./run/postponed.ts";
import { headLayout, recordedOps, rowsAt } from "./run/record.ts";
import { Rooms } from "./run/rooms.ts";
import { Schedule } from "./run/schedule.ts";
import { uploadLater, placesOf as weightPlaces } from "./upload.ts";

export type { WasmHandles } from "./handles.ts";
export type { Simd } from "./kernels/multiply-add.ts";
export type { WasmOptions } from "./options.ts";
export type { Activations } from "./upload.ts";

const KV_NAMES: OptionNames<KVOptions> = { positions: true };

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
  const { maxRows, activations, simd, isShared, workerUrl, onWarning, ...choices } =
    wasmChoices(options);
  const floatAccuracy = simd === "relaxed-simd" ? "float32-relaxed" : "float32";
  const module = kernelModule(simd, isShared);
  let isDisposed = false;
  const live = new Map<number, WebAssembly.Memory>();
  const packers = new Map<number, WebAssembly.Instance>();
  let tellLost: (error: BackendError) => void = () => {};
  const lost = new Promise<BackendError>((resolve) => {
    tellLost = resolve;
  });
  let { threads, most } = choices;
  let executor: Executor =
    threads > 1
      ? new Pool(module, LAYOUT, threads, tellLost, workerUrl)
      : inlineExecutor(module, LAYOUT);
  /** Threads that have started on their own, or are about to; they compute once all are there. */
  let pool: Pool | undefined;

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

  const schedule = new Schedule();
  const batches = new Batches(memories, schedule);
  const caches = new Caches(memories, schedule, batches);
  const rooms = new Rooms(
    memories,
    () => threads,
    (place) => batches.freeLater(place),
  );
  const angles = new Angles(memories);
  const ops = recordedOps({ schedule, rooms, angles, threads: () => threads });
  const postponed = new Postponed(() => {
    schedule.take();
    batches.settle(closeBatch(), false);
  });

  /** Records what may have to wait for weights; nothing any more once the memories are gone. */
  function record(work: () => void, weight?: WasmHandles["weight"]): void {
    if (!isDisposed) postponed.record(work, weight);
  }

  /** Starts threads if the weights have come to be worth it, and uses them once all are there. */
  function startThreads(): void {
    if (isDisposed || threads > 1 || most === 1 || memories.kept < WORTH_THREADS) return;
    pool ??= new Pool(module, LAYOUT, most, lose, workerUrl);
    // What is recorded already was cut for one.
    if (!pool.hasStarted || !batches.areOver) return;
    for (const [index, memory] of live) pool.add(index, memory);
    executor = pool;
    threads = most;
  }

  /** A thread that started on its own has ended. If it did not compute yet, nobody misses it. */
  function lose(error: BackendError): void {
    if (executor === pool) {
      tellLost(error);
      return;
    }
    pool = undefined;
    most = 1;
    const message = `"wasm" computes on one thread, since others could not be started: ${error.got}; ${error.hint}`;
    onWarning({ kind: "threads", message });
  }

  function closeBatch(): Batch {
    rooms.forgetPacked();
    return batches.close();
  }

  function packer(memory: number, type: PackedType) {
    const { exports } = packers.get(memory) as WebAssembly.Instance;
    return exports[`pack_${type}`] as (...args: number[]) => number;
  }

  function later(source: WeightSource, signal?: AbortSignal): Arriving<WasmHandles["weight"]> {
    if (isDisposed) throw gone("upload");
    return uploadLater(source, { memories, packer, activations, simd }, signal);
  }

  function readTensor(src: WasmHandles["tensor"], { from, count }: Rows): void {
    const what = { memory: 0, src: rowsAt(src, from), rows: count, columns: src.columns };
    const touched = { reads: [src], writes: [] };
    schedule.add({ kind: "read", ...what, chunks: 1, perChunk: 1 }, touched);
  }

  /** Does what is recorded, the last of which is a read. */
  async function readNow(recordRead: () => void, signal?: AbortSignal): Promise<Float32Array> {
    recordRead();
    const phases = schedule.take();
    const batch = closeBatch();
    let isDone = false;
    try {
      signal?.throwIfAborted();
      const result = await executor.run(phases, signal);
      isDone = true;
      return result;
    } finally {
      batches.settle(batch, isDone);
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
      return caches.create(config, kvOptions.positions);
    },
    reserve(kv, kvOptions) {
      assertOptions("reserve", kvOptions, KV_NAMES);
      record(() => caches.grow(kv, kvOptions.positions));
    },
    copyKV(dst, src, count) {
      record(() => caches.copy(src, dst, count));
    },

    async upload(source, signal) {
      try {
        const { weight, arrived } = later(source, signal);
        await arrived;
        startThreads();
        await pool?.untilStarted();
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
      return postponed.read(() => readNow(() => readTensor(src, rows), signal), signal);
    },
    async readKV(kv, layer, part, rows, signal): Promise<FloatArray> {
      if (isDisposed) throw gone("readKV");
      const read = () => readNow(() => caches.read(kv, layer, part, rows), signal);
      return withoutPadding(headLayout(kv), await postponed.read(read, signal));
    },

    free(kind, handle) {
      if (isDisposed || kind === "ids") return;
      const one = handle as Exclude<typeof handle, Int32Array>;
      const freeNow = () => {
        if (!isDisposed) postponed.free(() => batches.retire(() => placesOf(one)));
      };
      // One that is still being filled is freed afterwards; if it cannot arrive, it frees itself.
      if ("arriving" in one && one.arriving) void one.arriving.then(freeNow, () => {});
      else freeNow();
    },

    dispose() {
      if (isDisposed) return;
      isDisposed = true;
      const reason = gone("read");
      batches.abandon();
      postponed.abandon(reason);
      executor.end(reason);
      pool?.end(reason);
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

/** Where tensors of a disposed backend lie. */
const NOWHERE: Place = { memory: 0, at: 0 };

/** Heads as the model has them. */
function withoutPadding({ columns, padded }: HeadLayout, data: FloatArray): FloatArray {
  if (columns === padded) return data;
  const heads = data.length / padded;
  const dense = new Float32Array(heads * columns);
  for (let head = 0; head < heads; head++) {
    dense.set(data.subarray(head * padded, head * padded + columns), head * columns);
  }
  return dense;
}

/** Where a handle lies. */
function placesOf(handle: WasmHandles["tensor"] | WasmHandles["weight"] | WasmKV): Place[] {
  if ("layers" in handle) return handle.layers.map(({ place }) => place);
  return "kind" in handle ? weightPlaces(handle) : [handle.place];
}
