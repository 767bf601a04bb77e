/** What goes wrong on a device: each has its error, from the read that comes next, and others live on where they can. */
import { afterEach, describe, expect, it } from "vitest";
import { type Backend, BackendError } from "../../../src/backend/backend.ts";
import { type WebgpuHandles, webgpuBackend } from "../../../src/backend/webgpu/webgpu.ts";
import { deviceForSpec, GPU_HERE } from "../../support/webgpu.ts";

const ROWS = { from: 0, count: 1 };

/** The device, but that `changes` stand in for some of its members. */
function changed(device: GPUDevice, changes: Partial<GPUDevice>): GPUDevice {
  return new Proxy(device, {
    get(target, name) {
      if (name in changes) return changes[name as keyof GPUDevice];
      const member = Reflect.get(target, name, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

/** 1 + 2, by way of the device. */
async function sum(backend: Backend<WebgpuHandles>): Promise<number> {
  const [x, y, dst] = ["x", "y", "dst"].map((label) => backend.alloc(label, 1, 1));
  backend.write(x, Float32Array.of(1));
  backend.write(y, Float32Array.of(2));
  backend.ops.add(dst, x, y, ROWS);
  return (await backend.read(dst, ROWS))[0];
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail("nothing went wrong"),
    (error: unknown) => error as BackendError,
  );

describe.skipIf(!GPU_HERE)("on a device of WebGPU", { timeout: 120_000 }, () => {
  const made: { dispose(): void }[] = [];
  const backendOn = async (device: GPUDevice) => {
    const backend = await webgpuBackend({ device, subgroups: false });
    made.push(backend);
    return backend;
  };
  afterEach(() => {
    for (const one of made.splice(0)) one.dispose();
  });

  it("a shader that does not compile is named, with what the compiler says", async () => {
    const device = await deviceForSpec();
    const createShaderModule: GPUDevice["createShaderModule"] = (descriptor) => {
      const code = descriptor.code.replace("tanh(", "tan(h");
      return device.createShaderModule({ ...descriptor, code });
    };
    const error = await failure(backendOn(changed(device, { createShaderModule })));
    expect(error).toBeInstanceOf(BackendError);
    expect(error).toMatchObject({ kind: "kernel", label: "geglu" });
    expect(error.message).toMatch(
      /^webgpuBackend: "geglu" expected work that the device acc.* line \d+: /,
    );
  });

  it("a dispatch that the device refuses is told by the next read, and by no other", async () => {
    const device = await deviceForSpec();
    let isBroken = false;
    const createBindGroup: GPUDevice["createBindGroup"] = (descriptor) => {
      const entries = [...descriptor.entries];
      return device.createBindGroup({
        ...descriptor,
        entries: isBroken ? entries.slice(1) : entries,
      });
    };
    const backend = await backendOn(changed(device, { createBindGroup }));
    expect(await sum(backend)).toBe(3);
    isBroken = true;
    const error = await failure(sum(backend));
    expect(error).toBeInstanceOf(BackendError);
    expect(error.kind).toBe("kernel");
    isBroken = false;
    expect(await sum(backend)).toBe(3);
  });

  it("memory that runs out is told by the next read, with the tensor; the backend goes on", async () => {
    const device = await deviceForSpec();
    // No machine gives up its memory for this: the scope of a buffer says so, once, when it is asked for exhaustion.
    let filters: GPUErrorFilter[] = [];
    let label: string | undefined;
    const pushErrorScope: GPUDevice["pushErrorScope"] = (filter) => {
      filters = [...filters, filter];
      device.pushErrorScope(filter);
    };
    const popErrorScope: GPUDevice["popErrorScope"] = async () => {
      const filter = filters.pop();
      const isFull = filter === "out-of-memory" && label === "y";
      if (isFull) label = undefined;
      const found = await device.popErrorScope();
      return isFull ? ({ message: "device memory is exhausted" } as GPUError) : found;
    };
    let isWatched = false;
    const createBuffer: GPUDevice["createBuffer"] = (descriptor) => {
      if (isWatched) label = descriptor.label;
      return device.createBuffer(descriptor);
    };
    const backend = await backendOn(
      changed(device, { createBuffer, pushErrorScope, popErrorScope }),
    );
    expect(await sum(backend)).toBe(3);
    isWatched = true;
    const error = await failure(sum(backend));
    isWatched = false;
    expect(error).toMatchObject({ name: "BackendError", kind: "memory", label: "y" });
    expect(error.message).toBe(
      'webgpuBackend: "y" expected room in the memory of the device, got device memory is exhausted; ' +
        "ask for a shorter context, or choose another backend",
    );
    expect(await sum(backend)).toBe(3);
  });

  it("a tensor beyond all limits is refused at once", async () => {
    const backend = await backendOn(await deviceForSpec());
    expect(() => backend.alloc("logits", 2 ** 30, 2 ** 20)).toThrow(BackendError);
    expect(() => backend.alloc("logits", 2 ** 30, 2 ** 20)).toThrow(
      /"logits" expected a buffer of at most \d+ bytes/,
    );
    expect(await sum(backend)).toBe(3);
  });

  it("a device that is lost ends the reads that wait and all that come, and resolves `lost`", async () => {
    const device = await deviceForSpec();
    const backend = await backendOn(device);
    expect(await sum(backend)).toBe(3);
    const waiting = failure(sum(backend));
    device.destroy();
    expect(await waiting).toMatchObject({ name: "BackendError", kind: "lost" });
    expect(await failure(sum(backend))).toMatchObject({ name: "BackendError", kind: "lost" });
    expect(await backend.lost).toMatchObject({ name: "BackendError", kind: "lost" });
  });

  it("disposing one of two backends leaves the other alone, on one device", async () => {
    const device = await deviceForSpec();
    const [one, other] = [await backendOn(device), await backendOn(device)];
    expect(await sum(one)).toBe(3);
    one.dispose();
    expect(await sum(other)).toBe(3);
    device.destroy();
  });
});
