/** The WebGPU backend passes the suite, and no shader has to fall back: with subgroups and without. */
import { describe, expect, it } from "vitest";
import { webgpuBackend } from "../../../src/backend/webgpu/webgpu.ts";
import { backendConformance } from "../../../src/conformance/backend/conformance.ts";
import { openSuite } from "../../../src/conformance/vectors/suite.ts";
import { fixtureFolder } from "../../support/files.ts";
import { GPU_HERE } from "../../support/webgpu.ts";

/** What this backend need not have, as its results say it. */
const OPTIONAL =
  /^conformance: "(weightTypes|uploadLater|accuracy)" got|^backend: expected a sequence/;

/** SwiftShader computes on the processor, beside other specs. */
const PATIENCE = 120_000;

describe.skipIf(!GPU_HERE)("the suite passes on WebGPU", { timeout: 900_000 }, async () => {
  const suite = await openSuite(fixtureFolder("conformance"));

  it.each([true, false])("subgroups: %s", async (subgroups) => {
    const make = () => webgpuBackend({ subgroups });
    const report = await backendConformance(make, suite, {
      tiers: subgroups ? ["T0", "T1", "T2"] : ["T0"],
      patience: PATIENCE,
    });
    const wrong = report.results.filter(
      ({ status }) => status !== "pass" && status !== "unsupported",
    );
    expect(wrong.map(({ id, message }) => `${id}: ${message}`)).toEqual([]);
    const refused = report.results.filter(({ status }) => status === "unsupported");
    expect(refused.filter(({ message }) => !OPTIONAL.test(message ?? ""))).toEqual([]);
    expect(report.results.length - refused.length).toBeGreaterThan(320);
  });
});
