import { afterEach, describe, expect, it, vi } from "vitest";
import { Gemma } from "../../src/gemma.ts";
import type { GemmaOptions } from "../../src/load.ts";
import { fixtureFolder } from "../support/files.ts";
import { nullDawn } from "../support/null-dawn.ts";

const CARD = { vendor: "nvidia", architecture: "ampere", device: "", description: "" };
const SWIFTSHADER = { ...CARD, vendor: "google", architecture: "swiftshader" };

/** A machine whose WebGPU has this adapter. */
function machineWith(adapter: object | null): void {
  vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => adapter } });
}

/** An adapter whose device has room for `most` bytes, and computes nothing. */
function adapterWith(most: number, info: object = CARD) {
  const limits = { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 };
  let [bytes, alive] = [0, 0];
  const device = {
    limits,
    pushErrorScope() {},
    createBuffer({ size }: { size: number }) {
      bytes += size;
      alive++;
      return { destroy: () => alive-- };
    },
    popErrorScope: async () => (bytes > most ? { message: "no memory left" } : null),
    destroy: vi.fn(),
  };
  const adapter = { info, limits, features: new Set(), requestDevice: async () => device };
  return { adapter, device, buffersAlive: () => alive };
}

async function chosen(options: GemmaOptions = {}): Promise<{ name: string; why?: string }> {
  const gemma = await Gemma.load(fixtureFolder("tiny-stories-it"), { backend: "auto", ...options });
  const { info } = gemma.backend;
  expect(await gemma.generateBatch(["Once"], { maxTokens: 1 })).toHaveLength(1);
  await gemma.dispose();
  return { name: info.name, why: info.why };
}

describe('backend: "auto"', () => {
  afterEach(() => vi.unstubAllGlobals());

  it("is wasm where WebGPU has no adapter, or one that is no GPU", async () => {
    machineWith(null);
    expect(await chosen()).toEqual({
      name: "wasm",
      why: "this machine is one whose WebGPU finds no adapter: no GPU, or no driver",
    });
    machineWith(adapterWith(Number.POSITIVE_INFINITY, SWIFTSHADER).adapter);
    expect(await chosen()).toEqual({
      name: "wasm",
      why: "the only adapter of WebGPU is google swiftshader, which is no GPU",
    });
  });

  it("is wasm where the model does not fit, and gives back what it tried", async () => {
    const { adapter, device, buffersAlive } = adapterWith(2 ** 20);
    machineWith(adapter);
    const { name, why } = await chosen();
    expect(name).toBe("wasm");
    expect(why).toMatch(/^nvidia ampere has no room for the [\d.]+ MB that the model takes$/);
    expect(buffersAlive()).toBe(0);
    expect(device.destroy).toHaveBeenCalledOnce();
  });

  it("is wasm where the adapter gives no device", async () => {
    const { adapter } = adapterWith(0);
    const requestDevice = () => Promise.reject(new Error("a driver that is too old"));
    machineWith({ ...adapter, requestDevice });
    const why = "nvidia ampere gives no device: a driver that is too old";
    expect(await chosen()).toEqual({ name: "wasm", why });
  });

  it("is cpu in a precision that no other has, and where nothing else runs", async () => {
    machineWith(null);
    expect(await chosen({ precision: "float64" })).toEqual({
      name: "cpu",
      why: "no other computes in float64",
    });
    vi.stubGlobal("WebAssembly", undefined);
    const { name, why } = await chosen();
    expect(name).toBe("cpu");
    expect(why).toMatch(/finds no adapter.*, and one without WebAssembly$/);
  });

  it("refuses options that it may not come to use, before anything is opened", async () => {
    for (const option of [{ threads: 2 }, { activations: "int8" as const }]) {
      const loading = Gemma.load("/nowhere", { backend: "auto", ...option });
      await expect(loading).rejects.toThrow(
        /^Gemma.load: ".*" expected backend "wasm", got "auto"; "auto" may choose a backend/,
      );
    }
    const loading = Gemma.load("/nowhere", { backend: "auto", precision: "int8" as never });
    await expect(loading).rejects.toThrow(/"precision" expected/);
  });
});

const dawn = await nullDawn();

describe.skipIf(!dawn)('backend: "auto" on a GPU', () => {
  afterEach(() => vi.unstubAllGlobals());

  it("is webgpu, on the device that had room", async () => {
    const real = await dawn?.requestAdapter();
    if (!real) return expect.fail("no adapter");
    const { limits, features } = real;
    let devices = 0;
    const requestDevice = (wish: GPUDeviceDescriptor): Promise<GPUDevice> => {
      devices++;
      return real.requestDevice(wish);
    };
    machineWith({ info: CARD, limits, features, requestDevice });
    expect(await chosen()).toEqual({ name: "webgpu", why: "the model fits on the GPU" });
    expect(devices).toBe(1);
  });
});
