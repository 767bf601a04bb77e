import { describe, expect, it } from "vitest";
import { BackendError } from "../../../../src/backend/backend.ts";
import { requestDevice } from "../../../../src/backend/webgpu/device.ts";
import { GpuLimitsMeter } from "../../../../src/bench/limits/gpu/limits.ts";
import { deviceForSpec, GPU_HERE } from "../../../support/webgpu.ts";

const SIZE = { bytes: 2 ** 20, least: 2 ** 18 };

describe.skipIf(!GPU_HERE)("GpuLimitsMeter", { timeout: 120_000 }, () => {
  it.each([
    ["by the device's clock", () => requestDevice(["timestamp-query"]), true],
    ["by the processor's", deviceForSpec, false],
  ] as const)("measures %s", async (_, request, hasClock) => {
    const device = await request();
    expect(device.features.has("timestamp-query")).toBe(hasClock);
    const meter = await GpuLimitsMeter.start(device, SIZE);
    await meter.round();
    const first = meter.best;
    await meter.round();
    const { best, rounds } = meter;
    expect(rounds).toBe(2);
    expect(best).toEqual({ ...best, sweepBytes: 2 ** 20 });
    expect(best).not.toHaveProperty("threads");
    const figures = ["sweepGigabytesPerSecond", "mulAddGigaflops", "fmaGigaflops"] as const;
    for (const figure of figures) {
      expect(first[figure]).toBeGreaterThan(0);
      expect(best[figure]).toBeGreaterThanOrEqual(first[figure] as number);
      expect(best[figure]).toBeLessThan(1e6); // a thousand TB/s: a clock that counts in other units
    }
    meter.end();
    device.destroy();
  });

  it("says that its device is lost", async () => {
    const device = await deviceForSpec();
    const meter = await GpuLimitsMeter.start(device, SIZE);
    device.destroy();
    const error = await meter.round().then(
      () => expect.fail("it measured"),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(BackendError);
    expect(error).toMatchObject({ kind: "lost" });
    meter.end();
  });
});
