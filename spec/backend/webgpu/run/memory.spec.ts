/** Buffers as large as they need to be, and as the device has room for. */
import { describe, expect, it } from "vitest";
import { Memory } from "../../../../src/backend/webgpu/run/memory.ts";
import { Troubles } from "../../../../src/backend/webgpu/run/troubles.ts";
import { emptyDevice } from "../../../support/empty-device.ts";

describe("a buffer for results", () => {
  it("fits other reads, but is never larger than the device allows", () => {
    const limits = { maxBufferSize: 3000 };
    const device = emptyDevice({ limits });
    const memory = new Memory(device, new Troubles(device), 1024);
    const sizes = [4, 256, 300, 2000, 2500, 3000].map((bytes) => memory.staging(bytes).bytes);
    expect(sizes).toEqual([256, 256, 512, 2048, 3000, 3000]);
    expect(() => memory.staging(3004)).toThrow(
      /"results" expected a buffer of at most 3000 bytes, .* got 3004; /,
    );
  });
});
