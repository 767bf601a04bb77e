/**
 * The WebGPU backend: the eight kernels in WGSL, one file each (kernels/), over weights as formats/ say.
 *
 * A kernel that is recorded becomes a dispatch in a command encoder (run/record.ts, run/commands.ts); a read submits all
 * that, with a copy of what it reads behind it, and waits once. Pipelines are compiled at the start, or when the first
 * weight of a format comes; buffers are bound once; positions and rows are in uniforms. So a token makes nothing new.
 *
 * Results are float32, and sums run in whatever order a kernel likes: `float32-relaxed`.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger } from "../../check.ts";
import { disposed, refusals } from "../../errors.ts";
import { turnOfTheEventLoop } from "../../event-loop.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { FloatArray } from "../../tensor/tensor.ts";
import type { Backend, BackendError, KVOptions } from "../backend.ts";
import { describeAdapter } from "./adapter.ts";
import { requestDevice, usesSubgroups } from "./device.ts";
import { FORMATS, type GpuType } from "./formats/unpack.ts";
import { strideOf, type WebgpuHandles } from "./handles.ts";
import { MOST_GROUPS } from "./kernels/kernel.ts";
import { TOP_STRIDE } from "./kernels/top.ts";
import { Angles } from "./run/angles.ts";
import { BindGroups } from "./run/bind-groups.ts";
import { Caches } from "./run/caches.ts";
import { Commands } from "./run/commands.ts";
import { fusedOps } from "./run/fuse.ts";
import { makeLibrary } from "./run/library.ts";
import { type Allocation, Memory } from "./run/memory.ts";
import { Pipelines } from "./run/pipelines.ts";
import { Readback } from "./run/readback.ts";
import { recordedOps } from "./run/record.ts";
import { recordedTogether } from "./run/together.ts";
import { TopFinder } from "./run/top.ts";
import { deviceError, lossOf, Troubles } from "./run/troubles.ts";
import { Waiting } from "./run/waiting.ts";
import { allocationsOf, uploadWeight } from "./upload.ts";

export type { WebgpuHandles } from "./handles.ts";

/** How the WebGPU backend computes. */
export interface WebgpuOptions {
  /** The device. Default: that of the adapter with most power, with its limits. One that is given is not destroyed. */
  readonly device?: GPUDevice;
  /** Rows of a pass, at most 65,535. Default 128. */
  readonly maxRows?: number;
  /** Whether kernels use subgroups. Default: where the device has them. */
  readonly subgroups?: boolean;
  /**
   * Most bytes of a binding, at least 4 MiB, to try what a smaller device does. Larger weights and tensors are bound in
   * parts. Default: what the device allows.
   */
  readonly maxBindingSize?: number;
}

const NAMES: OptionNames<WebgpuOptions> = {
  device: true,
  maxRows: true,
  subgroups: true,
  maxBindingSize: true,
};
const KV_NAMES: OptionNames<KVOptions> = { positions: true };

/** A binding has room for a row of logits at least, and for some of any weight. */
const SMALLEST_BINDING = 2 ** 22;

/**
 * The WebGPU backend.
 * @throws {ArgumentError} if an option is out of range.
 * @throws {UnsupportedError} if this machine has no WebGPU, or lacks what an option asks for.
 * @throws {BackendError} of kind "kernel" if the device does not take a shader.
 */
export async function webgpuBackend(options: WebgpuOptions = {}): Promise<Backend<WebgpuHandles>> {
  assertOptions("webgpuBackend", options, NAMES);
  const { maxRows, subgroups } = options;
  if (maxRows !== undefined) {
    assertInteger("webgpuBackend", "maxRows", maxRows, { from: 1, to: MOST_GROUPS });
  }
  if (subgroups !== undefined && typeof subgroups !== "boolean") {
    throw refusals("webgpuBackend").argument("subgroups", "true or false", brief(subgroups));
  }
  if (options.device === undefined) return ownDevice(await requestDevice(), options);
  return onDevice(options.device, options, false);
}

/** The backend on a device that ends with it, and at once where no backend comes of it. */
export async function ownDevice(
  device: GPUDevice,
  options: WebgpuOptions = {},
): Promise<Backend<WebgpuHandles>> {
  try {
    return await onDevice(device, options, true);
  } catch (error) {
    device.destroy();
    throw error;
  }
}

async function onDevice(
  device: GPUDevice,
  { maxRows = 128, subgroups, ...options }: WebgpuOptions,
  isOurs: boolean,
): Promise<Backend<WebgpuHandles>> {
  const hasSubgroups = await usesSubgroups(device, subgroups);
  const allowed = device.limits.maxStorageBufferBindingSize;
  const { maxBindingSize = allowed } = options;
  const range = { from: SMALLEST_BINDING, to: allowed };
  assertInteger("webgpuBackend", "maxBindingSize", maxBindingSize, range);
  return backendOn(device, { maxRows, hasSubgroups, maxBindingSize, isOurs });
}

interface Choices {
  readonly maxRows: number;
  readonly hasSubgroups: boolean;
  readonly maxBindingSize: number;
  /** Whether the device ends with the backend. */
  readonly isOurs: boolean;
}

async function backendOn(
  device: GPUDevice,
  { maxRows, hasSubgroups, maxBindingSize, isOurs }: Choices,
): Promise<Backend<WebgpuHandles>> {
  const troubles = new Troubles(device);
  const memory = new Memory(device, troubles, maxBindingSize);
  const commands = new Commands(device, memory, troubles);
  const groups = new BindGroups(device, troubles, commands.uniforms);
  const angles = new Angles(memory, commands, groups);
  const library = await makeLibrary(new Pipelines(device), hasSubgroups);
  const recorder = { commands, groups, library, memory, angles };
  const fused = fusedOps(recordedOps(recorder), recordedTogether(recorder), recorder);
  commands.letGo = fused.letGo;
  const readback = new Readback(memory, commands);
  const finder = new TopFinder(memory, commands, groups, library);

  let isDisposed = false;
  let loss: BackendError | undefined;
  const waiting = new Waiting();
  const lost = new Promise<BackendError>((resolve) => {
    void device.lost.then(({ message }) => {
      if (isDisposed) return;
      loss = lossOf(message);
      waiting.end(loss);
      resolve(loss);
    });
  });

  function release(allocation: Allocation): void {
    commands.letGo();
    groups.forget(allocation);
    commands.free(allocation);
  }

  const caches = new Caches(memory, commands, release);

  /** @throws if nothing can be asked of the device any more. */
  function assertLive(op: string): void {
    if (isDisposed) throw disposed(op, "backend", "load the model again");
    if (loss) throw loss;
  }

  /** What the device gives back, or why it does not. */
  async function checked(work: Promise<Float32Array>): Promise<Float32Array> {
    const trouble = troubles.take();
    const [result] = await Promise.allSettled([work]);
    const error = await trouble;
    if (error) throw error;
    if (result.status === "fulfilled") return result.value;
    await turnOfTheEventLoop(); // a device that is lost says so a little later
    throw loss ?? deviceError("kernel", "read", String(result.reason?.message ?? result.reason));
  }

  return {
    info: {
      name: "webgpu",
      device: describeAdapter(device.adapterInfo),
      precision: "float32",
      accuracy: "float32-relaxed",
      maxRows,
      weightTypes: Object.keys(FORMATS) as GpuType[],
    },
    ops: fused.ops,
    lost,

    alloc(label, rows, columns) {
      const stride = strideOf(columns);
      const allocation = memory.windowed(label, rows, 4 * stride);
      return { label, columns, stride, memory: allocation };
    },
    allocIds: (length) => memory.storage("ids", 4 * length),
    createKV(config, kvOptions) {
      assertOptions("createKV", kvOptions, KV_NAMES);
      return caches.create(config, kvOptions.positions);
    },
    reserve(kv, kvOptions) {
      assertOptions("reserve", kvOptions, KV_NAMES);
      caches.grow(kv, kvOptions.positions);
    },
    copyKV: (dst, src, count) => caches.copy(src, dst, count),

    async upload(source, signal) {
      signal?.throwIfAborted();
      assertLive("upload");
      const isMatrix = source.shape.length > 1;
      // Kernels compile while the weight is on its way.
      const compiling = isMatrix ? library.prepare(FORMATS[source.dtype as GpuType]) : undefined;
      compiling?.catch(() => {}); // it is awaited behind the weight
      const weight = await uploadWeight(source, device, memory, signal);
      try {
        await compiling;
        return weight;
      } catch (error) {
        for (const one of allocationsOf(weight)) release(one);
        throw error;
      }
    },

    setIds(dst, ids) {
      if (ids.length > 0) commands.write(dst, 0, Uint32Array.from(ids));
    },
    write(dst, data) {
      const { columns, stride, memory: to } = dst;
      const rows = data.length / columns;
      if (rows === 0) return;
      const padded = new Float32Array(rows * stride);
      for (let r = 0; r < rows; r++) {
        padded.set(data.subarray(r * columns, (r + 1) * columns), r * stride);
      }
      commands.write(to, 0, padded);
    },

    async read(src, { from, count }, signal): Promise<FloatArray> {
      assertLive("read");
      const { columns, stride } = src;
      const work = readback.read(src.memory, 4 * from * stride, 4 * count * stride);
      const padded = await waiting.for(checked(work), signal);
      const copy = new Float32Array(count * columns);
      for (let r = 0; r < count; r++) {
        copy.set(padded.subarray(r * stride, r * stride + columns), r * columns);
      }
      return copy;
    },

    async readKV(kv, layer, part, { from, count }, signal): Promise<FloatArray> {
      assertLive("readKV");
      const { numKeyValueHeads: K, headDim: H } = kv.config;
      const padded = 4 * Math.ceil(H / 4); // whole vectors, as kernels/kv-write.ts has them
      const bytes = 4 * padded * K;
      const work = readback.read(kv.layers[layer][part], bytes * from, bytes * count);
      const data = await waiting.for(checked(work), signal);
      if (padded === H) return data;
      const dense = new Float32Array(count * K * H);
      for (let head = 0; head < count * K; head++) {
        dense.set(data.subarray(head * padded, head * padded + H), head * H);
      }
      return dense;
    },

    async top(src, rows, except, signal): Promise<FloatArray> {
      assertLive("top");
      const { count } = rows;
      const found = finder.record(src, rows, except);
      const work = readback.read(found, 0, 4 * TOP_STRIDE * count);
      const numbers = await waiting.for(checked(work), signal);
      const ids = new Uint32Array(numbers.buffer);
      return Float32Array.from({ length: 3 * count }, (_, i) => {
        const at = TOP_STRIDE * Math.floor(i / 3) + (i % 3);
        return i % 3 === 0 ? ids[at] : numbers[at];
      });
    },

    free(kind, handle) {
      if (isDisposed) return;
      if (kind === "ids") release(handle as Allocation);
      else if (kind === "tensor") release((handle as WebgpuHandles["tensor"]).memory);
      else if (kind === "kv") caches.free((handle as WebgpuHandles["kv"]).layers);
      else for (const one of allocationsOf(handle as WebgpuHandles["weight"])) release(one);
    },

    dispose() {
      if (isDisposed) return;
      isDisposed = true;
      waiting.end(disposed("read", "backend", "load the model again"));
      memory.dispose();
      if (isOurs) device.destroy();
    },
  };
}
