/** Every shader is valid WGSL, tried on a device that computes nothing; and reads as a page should. */
import { describe, expect, it } from "vitest";
import type { GpuFormat } from "../../../src/backend/webgpu/formats/format.ts";
import { FORMATS } from "../../../src/backend/webgpu/formats/unpack.ts";
import type { Kernel } from "../../../src/backend/webgpu/kernels/kernel.ts";
import { kernelsOf, plainKernels } from "../../../src/backend/webgpu/run/library.ts";
import { Pipelines } from "../../../src/backend/webgpu/run/pipelines.ts";
import { nullDawn } from "../../support/null-dawn.ts";

const formats = [...new Set<GpuFormat>(Object.values(FORMATS))];
const kernels = (hasSubgroups: boolean): Kernel[] => [
  ...Object.values({ ...plainKernels(hasSubgroups) }),
  ...formats.flatMap((format) => Object.values({ ...kernelsOf(format, hasSubgroups) })),
];

const gpu = await nullDawn();

describe("the shaders", () => {
  it("have a name each, and bind what they declare", () => {
    for (const hasSubgroups of [true, false]) {
      const all = kernels(hasSubgroups);
      expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
      for (const { name, bindings, code } of all) {
        const declared = [...code.matchAll(/@binding\((\d+)\) var<(\w+)(?:, (\w+))?>/g)];
        const wanted = bindings.map((binding, i) => [
          `${i + 1}`,
          binding === "read" ? "read" : "read_write",
        ]);
        const found = declared.filter(([, , space]) => space === "storage");
        expect([name, found.map(([, at, , access]) => [at, access])]).toEqual([name, wanted]);
        expect(declared[0].slice(1, 3)).toEqual(["0", "uniform"]);
      }
    }
  });

  it("have no more buffers than every device binds", () => {
    for (const { bindings } of kernels(true)) expect(bindings.length).toBeLessThanOrEqual(8);
  });

  it.skipIf(!gpu).each([true, false])("are valid, with subgroups: %s", async (hasSubgroups) => {
    const adapter = await gpu?.requestAdapter();
    const device = await adapter?.requestDevice({ requiredFeatures: ["subgroups"] });
    if (!device) return expect.fail("no device");
    const pipelines = new Pipelines(device);
    for (const kernel of kernels(hasSubgroups)) await pipelines.make(kernel);
    const broken = { ...kernels(hasSubgroups)[0], name: "broken", code: "fn main() -> {}" };
    await expect(pipelines.make(broken)).rejects.toThrow(/"broken" expected work .* line 1: /);
    device.destroy();
  });
});
