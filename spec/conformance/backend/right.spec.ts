/** Backends that are right pass, whatever they are made of. */
import { describe, expect, it } from "vitest";
import { naiveBackend } from "../../../docs/examples/naive-backend.ts";
import type { Backend } from "../../../src/backend/backend.ts";
import { withChecks } from "../../../src/backend/checks.ts";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { wasmBackend } from "../../../src/backend/wasm/wasm.ts";
import {
  type BackendTier,
  backendConformance,
} from "../../../src/conformance/backend/conformance.ts";
import { openSuite } from "../../../src/conformance/vectors/suite.ts";
import type { PrecisionName } from "../../../src/tensor/precision.ts";
import { deferredBackend } from "../../support/deferred-backend.ts";
import { fixtureFolder } from "../../support/files.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { HAS_THREADS } from "../../support/workers.ts";

const suite = await openSuite(fixtureFolder("conformance"));
const cpu = (precision: PrecisionName) => () => cpuBackend({ precision });

const WITH_THREADS: (typeof RIGHT)[number] = [
  "wasm on two threads",
  () => wasmBackend({ threads: 2 }),
  ["T0"],
];

/**
 * Without whole models (T1), which take longest: the CPU has specs of its own for them, and the naive kernels go through
 * them in spec/cli/commands/new-backend.spec.ts.
 */
const RIGHT: readonly (readonly [name: string, make: () => unknown, tiers: BackendTier[]])[] = [
  ["naive", naiveBackend, ["T0", "T2"]],
  ["deferred", deferredBackend, ["T0", "T2"]],
  ["cpu in float32", cpu("float32"), ["T0", "T2"]],
  ["wasm on one thread", () => wasmBackend({ threads: 1 }), ["T0", "T1", "T2"]],
  [
    "wasm, activations in int8",
    () => wasmBackend({ threads: 1, activations: "int8" }),
    ["T0", "T1"],
  ],
  ...(HAS_THREADS ? [WITH_THREADS] : []),
];

/** In `npm run test:long`, which takes minutes. */
const MORE: typeof RIGHT = [
  ["naive", naiveBackend, ["T1"]],
  ["cpu in float64", cpu("float64"), ["T0", "T1", "T2"]],
  ["cpu in bfloat16", cpu("bfloat16"), ["T0", "T1", "T2"]],
  ["naive, with checks", () => withChecks(naiveBackend()), ["T0"]],
];

/** What a backend need not have, as its results say it. */
const OPTIONAL =
  /^conformance: "(weightTypes|uploadLater|top|reserve|copyKV|readKV|accuracy)" got|^backend: expected a sequence/;

describe("the suite passes", () => {
  it.each([...RIGHT, ...(IS_LONG ? MORE : [])])("%s", async (_, make, tiers) => {
    const report = await backendConformance(make as () => Backend, suite, { tiers });
    const wrong = report.results.filter(
      ({ status }) => status !== "pass" && status !== "unsupported",
    );
    expect(wrong.map(({ id, message }) => `${id}: ${message}`)).toEqual([]);
    expect(report.passed).toBe(true);
    const refused = report.results.filter(({ status }) => status === "unsupported");
    expect(refused.filter(({ message }) => !OPTIONAL.test(message ?? ""))).toEqual([]);
    expect(report.results.length - refused.length).toBeGreaterThan(320);
  });
});
