import { describe, expect, it } from "vitest";
import { describeAdapter, isSoftware } from "../../../src/backend/webgpu/adapter.ts";

/** As an adapter of which nothing else is known. */
const info = (said: Partial<GPUAdapterInfo>): GPUAdapterInfo =>
  ({
    ...{ vendor: "", architecture: "", device: "", description: "", isFallbackAdapter: false },
    ...said,
  }) as GPUAdapterInfo;

const SWIFTSHADER = info({
  vendor: "google",
  architecture: "swiftshader",
  device: "swiftshader-device-subzero-",
  description: "SwiftShader driver 5.0.0",
});
const LLVMPIPE = info({ vendor: "mesa", device: "llvmpipe-llvm-15-0-6-256-bits-" });
const IN_NODE = info({
  vendor: "nvidia",
  architecture: "lovelace",
  device: "nvidia-geforce-rtx-4090",
  description: "NVIDIA 550.54.14",
});
const IN_CHROME = info({ vendor: "nvidia", architecture: "lovelace", device: "0x2684" });

describe("isSoftware", () => {
  it.each([
    SWIFTSHADER,
    info({ architecture: "swiftshader" }), // as in a page
    LLVMPIPE,
    info({ description: "Microsoft Basic Render Driver" }),
    info({ vendor: "unheard of", isFallbackAdapter: true }),
  ])("knows a processor that plays a GPU: $vendor $architecture $device", (said) => {
    expect(isSoftware(said)).toBe(true);
  });

  it.each([
    IN_NODE,
    IN_CHROME,
    info({ vendor: "apple", architecture: "metal-3" }),
    info({}),
    { ...IN_CHROME, isFallbackAdapter: undefined } as unknown as GPUAdapterInfo, // before Chrome 140
  ])("takes others for GPUs: $vendor $architecture $device", (said) => {
    expect(isSoftware(said)).toBe(false);
  });
});

describe("describeAdapter", () => {
  it.each([
    [IN_NODE, "nvidia geforce rtx 4090 (NVIDIA 550.54.14)"],
    [SWIFTSHADER, "swiftshader device subzero (SwiftShader driver 5.0.0)"],
    [IN_CHROME, "nvidia lovelace"],
    [info({ vendor: "apple" }), "apple"],
    [info({ description: "a card" }), "a card"],
    [info({}), "an adapter without a name"],
  ])("%#: says as much as there is", (said, name) => {
    expect(describeAdapter(said)).toBe(name);
  });
});
