/**
 * The backend on a GPU that is one and has room for a model: what `backend: "auto"` wants before all others.
 * @module
 */
import { formatBytes } from "../../table.ts";
import type { RowSource } from "../../tensor/stored.ts";
import type { Backend } from "../backend.ts";
import { describeAdapter, isSoftware } from "./adapter.ts";
import { findAdapter, requestDevice } from "./device.ts";
import type { WebgpuHandles } from "./handles.ts";
import { bytesOnDevice } from "./upload.ts";
import { ownDevice } from "./webgpu.ts";

/** What a model takes beside its weights, as a share of them: tensors of a pass, and a cache of a thousand tokens or so. */
const BESIDE = 0.1;

/** Bytes of a buffer at most, where room is tried: as many as every device gives. */
const PORTION = 2 ** 28;

/**
 * @param weights those that have to fit.
 * @returns why there is none, for people, if there is none.
 * @throws {BackendError} of kind "kernel" if the device does not take a shader.
 */
export async function webgpuIfReal(
  weights: Iterable<Pick<RowSource, "dtype" | "shape">>,
): Promise<Backend<WebgpuHandles> | string> {
  const adapter = await findAdapter();
  if (typeof adapter === "string") return `this machine is ${adapter}`;
  const name = describeAdapter(adapter.info);
  if (isSoftware(adapter.info)) return `the only adapter of WebGPU is ${name}, which is no GPU`;
  const device = await requestDevice(adapter).catch((error: Error) => error.message);
  if (typeof device === "string") return `${name} gives no device: ${device}`;
  let bytes = 0;
  for (const weight of weights) bytes += (1 + BESIDE) * bytesOnDevice(weight);
  if (await hasRoom(device, bytes)) return ownDevice(device);
  device.destroy();
  return `${name} has no room for the ${formatBytes(bytes)} that the model takes`;
}

/**
 * Whether the device gives so many bytes. WebGPU does not tell how many it has, so all are asked for, and given back.
 * A driver that promises memory before it has any may say yes all the same: then an upload says no.
 */
async function hasRoom(device: GPUDevice, bytes: number): Promise<boolean> {
  const buffers: GPUBuffer[] = [];
  device.pushErrorScope("out-of-memory");
  for (let left = bytes; left > 0; left -= PORTION) {
    const size = Math.ceil(Math.min(PORTION, left));
    buffers.push(device.createBuffer({ label: "room", size, usage: STORAGE }));
  }
  const error = await device.popErrorScope();
  for (const buffer of buffers) buffer.destroy();
  return error === null;
}

/** GPUBufferUsage.STORAGE. */
const STORAGE = 0x80;
