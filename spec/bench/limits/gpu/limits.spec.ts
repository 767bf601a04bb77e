import { describe, expect, it } from "vitest";
import { BackendError } from "../../../../src/backend/backend.ts";
import { requestDevice } from "../../../../src/backend/webgpu/device.ts";
import { GpuLimitsMeter } from "../../../../src/bench/limits/gpu/limits.ts";
import { makeLoops } from "../../../../src/bench/limits/gpu/loops.ts";
import { longEnough } from "../../../../src/bench/repeat.ts";
import { deviceForSpec, GPU_HERE } from "../../../support/webgpu.ts";

const SIZE = { bytes: 2 ** 20, least: 2 ** 18 };

describe.skipIf(!GPU_HERE)("GpuLimitsMeter", { timeout: 120_000 }, () => {
  it.each([
    ["by the device's clock", () => requestDevice(undefined, ["timestamp-query"]), true],
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
    }
    meter.end();
    device.destroy();
  });

  it("counts the seconds of the device's clock as the processor does, within a factor of ten", async () => {
    const device = await requestDevice(undefined, ["timestamp-query"]);
    const { mulAdd, dispose } = await makeLoops(device, SIZE);
    let waited = 0;
    const work = async (times: number) => {
      const begin = performance.now();
      const seconds = await mulAdd.time(times);
      waited = (performance.now() - begin) / 1000;
      return seconds;
    };
    const { seconds } = await longEnough(work, { from: mulAdd.least, most: 2 ** 14 });
    expect(seconds).toBeLessThan(1.01 * waited); // a clock may go a little faster than another
    expect(seconds).toBeGreaterThan(waited / 10); // of 50 ms and more a submission takes less than that
    dispose();
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
