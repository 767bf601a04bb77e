/** A run of the suite: what is asked, how answers are judged, what is told. */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { conformance } from "../../../src/conformance/conformance.ts";
import { MUTANTS } from "../../../src/conformance/mutants/mutants.ts";
import { engineTestee } from "../../../src/conformance/run/engine-testee.ts";
import type { Result } from "../../../src/conformance/run/result.ts";
import { runSuite } from "../../../src/conformance/run/run.ts";
import type { Outputs, Testee } from "../../../src/conformance/run/testee.ts";
import { WAYS } from "../../../src/conformance/ways/ways.ts";
import { ArgumentError, UnsupportedError } from "../../../src/errors.ts";
import { bfloat16, float32 } from "../../../src/tensor/precision.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { SUITE, TEXTS } from "../../support/suite.ts";

const right = engineTestee();

/** An engine that answers otherwise. */
const answering = (forward: (outputs: Outputs) => Promise<Outputs> | Outputs): Testee => ({
  ...right,
  forward: async (feed, taps) => forward(await right.forward(feed, taps)),
});

const first = async (testee: Testee, id: string) =>
  (await runSuite(testee, SUITE, { only: id })).results[0];

describe("the reference", () => {
  it.each(["float64", "float32", "bfloat16"] as const)("passes in %s", async (precision) => {
    const parts = { precision: { float64: undefined, float32, bfloat16 }[precision] };
    const report = await runSuite(engineTestee(parts), SUITE);
    expect(report.results.filter(({ status }) => status !== "pass")).toEqual([]);
    expect(report).toMatchObject({ passed: true, accuracy: precision });
    expect(report.diagnosis).toBeUndefined();
    expect(new Set(report.results.map(({ tier }) => tier))).toEqual(new Set(["T0", "T1", "T2"]));
  });

  const ways = Object.entries(WAYS).flatMap(([accuracy, some]) =>
    some.map(({ id, parts }) => [id, accuracy, parts] as const),
  );
  it.runIf(IS_LONG).each(ways)(
    "passes by %s in %s, as its budget says",
    async (_, accuracy, parts) => {
      const testee = engineTestee({ ...parts, info: { accuracy: accuracy as "float32" } });
      const only = "t1.mqa.taps";
      expect((await runSuite(testee, SUITE, { only })).passed).toBe(true);
    },
  );
});

describe("a run", () => {
  it("has the tiers and the vectors that are asked for, and tells of each as it comes", async () => {
    const told: Result[] = [];
    const onResult = (result: Result) => told.push(result);
    const report = await runSuite(right, SUITE, { tiers: ["T0"], onResult });
    expect(report.results.every(({ tier }) => tier === "T0")).toBe(true);
    expect(told).toEqual(report.results);
    const some = await runSuite(right, SUITE, { only: "t1.gqa.*" });
    expect(some.results.map(({ id }) => id)).toContain("t1.gqa.taps");
    expect(some.results.every(({ id }) => id.startsWith("t1.gqa."))).toBe(true);
  });

  it("judges in the class that is asked for, else in the testee's own, else in float32", async () => {
    const nothingSaid = { ...engineTestee({ precision: bfloat16 }), info: { name: "mine" } };
    const only = "t1.mqa.one";
    const strict = await runSuite(nothingSaid, SUITE, { only });
    expect(strict).toMatchObject({ accuracy: "float32", passed: false });
    const wide = await runSuite(nothingSaid, SUITE, { only, accuracy: "bfloat16" });
    expect(wide).toMatchObject({ accuracy: "bfloat16", passed: true });
    const unknown = runSuite(right, SUITE, { accuracy: "float8" as "q8" });
    await expect(unknown).rejects.toThrow(ArgumentError);
  });

  it("ends with the reason of its signal", async () => {
    const controller = new AbortController();
    const onResult = () => controller.abort("enough");
    const { signal } = controller;
    await expect(runSuite(right, SUITE, { signal, onResult })).rejects.toBe("enough");
  });
});

describe("an answer", () => {
  it("of the last row alone is judged by that row", async () => {
    const last = answering((outputs) => {
      const { data, shape } = outputs.get("logits") as never as {
        data: Float64Array;
        shape: number[];
      };
      const [, V] = shape;
      return new Map([["logits", tensor(data.slice(data.length - V), [V])]]);
    });
    expect(await first(last, "t1.mqa.long")).toMatchObject({ status: "pass" });
    expect(await first(last, "t1.mqa.decode")).toMatchObject({ status: "pass" });
  });

  it("that is NaN fails, and says where", async () => {
    const broken = answering((outputs) => {
      const logits = outputs.get("logits");
      logits?.set(2, 5, Number.NaN);
      return outputs;
    });
    const { status, message } = await first(broken, "t1.mqa.taps");
    expect(status).toBe("fail");
    expect(message).toMatch(/^logits is not finite: \[2, 5\] is NaN, expected -?\d\.\d+$/);
  });

  it.each([
    ["no logits", () => new Map(), "gave none of"],
    [
      "another shape",
      () => new Map([["logits", tensor(new Float64Array(7), [7])]]),
      "has shape [7]",
    ],
    ["an exception", () => Promise.reject(new Error("out of memory")), "out of memory"],
  ])("that is %s is an error of that vector alone", async (_, answer, said) => {
    let isBroken = false;
    const broken = answering((outputs) => (isBroken ? answer() : outputs));
    const report = await runSuite(broken, SUITE, {
      only: "t1.mqa.*",
      onResult: ({ id }) => {
        isBroken = id === "t1.mqa.taps"; // the one before t1.mqa.long
      },
    });
    const bad = report.results.filter(({ status }) => status !== "pass");
    expect(bad.map(({ id, status }) => [id, status])).toEqual([["t1.mqa.long", "error"]]);
    expect(bad[0].message).toContain(said);
    expect(report.passed).toBe(false);
  });

  it("that the engine does not do is unsupported, and no failure", async () => {
    const reason = new UnsupportedError({ op: "mine", expected: "positions from 0 on" });
    const limited: Testee = { ...right, forward: () => Promise.reject(reason), op: undefined };
    const { results, passed } = await runSuite(limited, SUITE);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(["unsupported"]));
    expect(results[0].message).toContain("operators by themselves");
    expect(passed).toBe(true);
  });

  it("that is off only in a shape beyond Gemma 1 does not fail the run", async () => {
    const report = await runSuite(engineTestee({ mutant: "attention-head-modulo" }), SUITE, {
      tiers: ["T1"],
    });
    expect(report.passed).toBe(true);
    const failed = report.results.filter(({ status }) => status === "fail");
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.every(({ beyondGemma1 }) => beyondGemma1)).toBe(true);
  });
});

describe("invariants", () => {
  it.each([
    ["cache-stale-after-rewind", "t2.mqa.rewind"],
    ["cache-chunk-restarts-position", "t2.mqa.decode"],
    ["attention-no-mask", "t2.mqa.causal"],
    ["rope-angle-bfloat16", "t2.mqa.shift"],
  ])("without any stored number, %s breaks %s", async (mutant, id) => {
    const { results } = await runSuite(engineTestee({ mutant }), SUITE, { tiers: ["T2"] });
    expect(results.find((result) => result.id === id)?.status).toBe("fail");
  });
});

describe("conformance", () => {
  const options = { suite: SUITE, texts: TEXTS, only: "t1.mqa.taps*" };

  it("takes an engine, what makes one, and what makes a backend", async () => {
    expect((await conformance(right, options)).passed).toBe(true);
    expect((await conformance(() => right, options)).passed).toBe(true);
    const { passed, results } = await conformance(() => cpuBackend(), options);
    expect(passed).toBe(true);
    expect(results.length).toBeGreaterThan(1); // in passes of several sizes
  });

  it("names the bug of a backend, beside the kernel", async () => {
    const components = MUTANTS.find(({ id }) => id === "gelu-erf")?.parts.components;
    const make = () => cpuBackend({ components });
    const report = await conformance(make, { suite: SUITE, only: "t0.geglu.*" });
    expect(report.results.find(({ status }) => status === "fail")?.message).toMatch(/geglu/);
    expect(report.diagnosis?.named[0].ids).toEqual(["gelu-erf"]);
  });

  it("takes tiers, a class and a signal as runSuite does, and tells of each result", async () => {
    const told: string[] = [];
    const onResult = ({ id }: Result) => told.push(id);
    const report = await conformance(right, { suite: SUITE, tiers: ["T0"], onResult });
    expect(told).toEqual(report.results.map(({ id }) => id));
    const texts = await conformance(right, { suite: SUITE, texts: TEXTS, tiers: ["T3"] });
    expect(texts.results).toHaveLength(TEXTS.vectors.length);
    const signal = AbortSignal.abort("enough");
    await expect(conformance(right, { ...options, signal })).rejects.toBe("enough");
    const wide = await conformance(right, { ...options, accuracy: "q8" });
    expect(wide.accuracy).toBe("q8");
  });

  it("refuses what is neither", async () => {
    const expected = /"subject" expected a Testee, or a function that makes a Backend or a Testee/;
    // @ts-expect-error a backend, not what makes one
    await expect(conformance(cpuBackend(), { suite: SUITE })).rejects.toThrow(expected);
  });
});
