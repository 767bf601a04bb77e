import { describe, expect, it } from "vitest";
import { type NaiveHandles, naiveBackend } from "../../../docs/examples/naive-backend.ts";
import type { Backend } from "../../../src/backend/backend.ts";
import { conformanceTests, type TestContext } from "../../../src/conformance/backend/as-tests.ts";
import { backendTestee } from "../../../src/conformance/backend/backend-testee.ts";
import {
  backendConformance,
  backendResults,
  type ConformanceOptions,
} from "../../../src/conformance/backend/conformance.ts";
import type { Result } from "../../../src/conformance/run/result.ts";
import { openSuite } from "../../../src/conformance/vectors/suite.ts";
import { ArgumentError, UnsupportedError } from "../../../src/errors.ts";
import { mistakeNamed } from "../../support/backend-mistakes.ts";
import { fixtureFolder } from "../../support/files.ts";

const suite = await openSuite(fixtureFolder("conformance"));
type Change = (right: Backend<NaiveHandles>) => Partial<Backend<NaiveHandles>>;
const naiveWith = (change: Change) => () => {
  const right = naiveBackend();
  return { ...right, ...change(right) };
};
const mistaken = (id: string) => mistakeNamed(id).make;
const idsOf = (results: readonly Result[]) => results.map(({ id }) => id);

describe("conformance", () => {
  it("reports the suite, the backend, every result as it comes, and whether all is well", async () => {
    const told: string[] = [];
    const onResult = ({ id }: Result) => void told.push(id);
    const report = await backendConformance(naiveBackend, suite, { only: "t0.add.*", onResult });
    expect(report).toMatchObject({
      suite: { version: suite.version, digest: suite.digest },
      testee: { name: "naive", accuracy: "float32" },
      accuracy: "float32",
      tiers: ["T0", "T1", "T2"],
      passed: true,
    });
    expect(idsOf(report.results)).toContain("t0.add.plain@in-place");
    expect(told).toEqual(idsOf(report.results));
    expect(report.results[0].taps[0]).toMatchObject({ tap: "out" });
    const wrong = await backendConformance(mistaken("add-forgets-x"), suite, { only: "t0.add.*" });
    expect(wrong.passed).toBe(false);
  });

  it("runs the tiers that are asked for, and single checks", async () => {
    const only = async (options: ConformanceOptions) =>
      (await backendConformance(naiveBackend, suite, options)).results;
    const tiers = new Set((await only({ tiers: ["T2"], only: "t2.mqa.*" })).map((r) => r.tier));
    expect([...tiers]).toEqual(["T2"]);
    expect(idsOf(await only({ only: "t0.read.copies" }))).toEqual(["t0.read.copies"]);
    expect(await only({ only: "t0.read" })).toEqual([]);
  });

  it("judges by the class that is asked for, or that the backend says", async () => {
    const only = "t0.matmul.plain@plain";
    const eight = mistaken("info-accuracy"); // float32 by what it says, weights of 8 bits
    const status = async (options: ConformanceOptions) =>
      (await backendConformance(eight, suite, { only, ...options })).results[0].status;
    expect(await status({})).toBe("fail");
    expect(await status({ accuracy: "q8" })).toBe("pass");
    const honest = async () => {
      const backend = eight();
      return { ...backend, info: { ...backend.info, accuracy: "q8" as const } };
    };
    expect((await backendConformance(honest, suite, { only })).accuracy).toBe("q8");
  });

  it("has ids of its own for everything", async () => {
    const report = await backendConformance(naiveBackend, suite, { tiers: ["T0"] });
    const ids = idsOf(report.results);
    expect(new Set(ids).size).toBe(ids.length);
    const notes = report.results.filter(({ note }) => !/^[`A-Z0-9a-z].*\.$/.test(note));
    expect(notes).toEqual([]);
  });

  it("stops where it is told to, and disposes its backend", async () => {
    const controller = new AbortController();
    let disposed = 0;
    const make = naiveWith((right) => ({
      dispose() {
        disposed++;
        right.dispose();
      },
    }));
    const onResult = () => controller.abort("enough");
    const { signal } = controller;
    await expect(backendConformance(make, suite, { signal, onResult })).rejects.toBe("enough");
    expect(disposed).toBe(1);
    for await (const _ of backendResults(make, suite)) break;
    expect(disposed).toBe(2);
  });

  it("refuses options that it does not know, and values that are none", async () => {
    const wrong = { acuracy: "float32" } as ConformanceOptions;
    await expect(backendConformance(naiveBackend, suite, wrong)).rejects.toThrow(
      /did you mean accuracy/,
    );
    const class_ = { accuracy: "f99" } as never as ConformanceOptions;
    await expect(backendConformance(naiveBackend, suite, class_)).rejects.toThrow(ArgumentError);
    await expect(backendResults(naiveBackend, suite, wrong).next()).rejects.toThrow(ArgumentError);
    const next = (options: object) => backendResults(naiveBackend, suite, options).next();
    await expect(next({ tiers: ["T3"] })).rejects.toThrow(/"tiers" expected "T0" or "T1" or "T2"/);
    await expect(next({ only: 5 })).rejects.toThrow(/"only" expected an id/);
    for (const patience of [0, -1, 1.5, Number.NaN]) {
      await expect(next({ patience })).rejects.toThrow(/"patience" expected a positive integer/);
    }
  });

  it("gives results of status error for one that crashes, and goes on with a new one", async () => {
    let made = 0;
    const make = () => {
      made++;
      return naiveWith(({ ops }) => ({
        ops: {
          ...ops,
          geglu() {
            throw new RangeError("out of registers");
          },
        },
      }))();
    };
    const report = await backendConformance(make, suite, { only: "t0.geglu.plain@*" });
    const [first] = report.results;
    expect(first.status).toBe("error");
    expect(first.message).toBe("geglu: threw RangeError: out of registers");
    expect(made).toBeGreaterThanOrEqual(report.results.length);
    expect(report.passed).toBe(false);
  });

  it("says that a backend which hangs does, and does not hang itself", async () => {
    const never = naiveWith(() => ({ read: () => new Promise(() => {}) }));
    const options = { only: "t0.read.rows", patience: 50 };
    const report = await backendConformance(never, suite, options);
    expect(report.results[0]).toMatchObject({
      status: "fail",
      message: "read: read has not settled after 0.05 s",
    });
  });

  it("throws what making a backend throws, as nothing can be said of one that is not there", async () => {
    const error = new Error("no adapter");
    await expect(backendConformance(() => Promise.reject(error), suite)).rejects.toBe(error);
  });

  it("refuses what makes no backend", async () => {
    const wrong = naiveBackend() as never as () => Backend;
    await expect(backendConformance(wrong, suite)).rejects.toThrow(
      /"makeBackend" expected a function/,
    );
    const nothing = (() => ({})) as never as () => Backend;
    await expect(backendConformance(nothing, suite)).rejects.toThrow(/one that gives/);
  });

  it("lets a run pass where only a shape fails that Gemma 1 does not have", async () => {
    // K between 1 and N shows the wrong head map, and no Gemma 1 has that.
    const make = mistaken("attention-head-modulo");
    const report = await backendConformance(make, suite, { tiers: ["T1"], only: "t1.gqa.one@*" });
    expect(report.passed).toBe(true);
    const long = await backendConformance(make, suite, {
      tiers: ["T1"],
      only: "t1.gqa.taps@rows-64*",
    });
    expect(long.results.map(({ status }) => status)).toContain("fail");
    expect(long.passed).toBe(true);
    expect(long.results[0].message).toMatch(/attn\.hook_z, which attention writes/);
  });
});

describe("a backend's model as a testee", () => {
  const model = suite.models.get("mqa");
  if (!model) throw new Error("no model");

  it("gives logits, and the intermediates that it has", async () => {
    const testee = backendTestee(naiveBackend() as unknown as Backend);
    expect(testee.info).toMatchObject({ name: "naive", accuracy: "float32" });
    await testee.load(model);
    const taps = ["blocks.0.attn.hook_q", "blocks.0.attn.hook_pattern"] as const;
    const outputs = await testee.forward({ ids: [2, 5, 7], pos: 0 }, taps);
    expect([...outputs.keys()].sort()).toEqual(["blocks.0.attn.hook_q", "logits"]);
    const again = await testee.forward({ ids: [7], pos: 2 }, []);
    const whole = outputs.get("logits");
    expect([...(again.get("logits")?.data ?? [])]).toEqual([...(whole?.data.slice(-130) ?? [])]);
    await testee.reset();
    expect((await testee.forward({ ids: [2], pos: 0 }, [])).get("logits")?.shape).toEqual([1, 130]);
    await testee.close?.();
  });

  it("shares tensors as generation does, or gives each intermediate its own", async () => {
    const [feed] = suite.vectors.flatMap((v) =>
      v.id === "t1.mqa.taps" && "feeds" in v ? v.feeds : [],
    );
    const off = async (way: "forward" | "record") => {
      const testee = backendTestee(mistaken("rope-in-place")(), { way });
      await testee.load(model);
      const outputs = await testee.forward(feed, ["hook_embed"]);
      expect(outputs.has("hook_embed")).toBe(way === "record");
      const truth = suite.expected.get("t1.mqa.taps/logits")?.data ?? [];
      const { data = [] } = outputs.get("logits") ?? {};
      return Math.max(...Array.from(truth, (x, i) => Math.abs(x - data[i])));
    };
    expect(await off("record")).toBeLessThan(1e-3); // float32, logits of about 10
    expect(await off("forward")).toBeGreaterThan(0.1);
  });

  it("takes no sequence that begins far along", async () => {
    const testee = backendTestee(naiveBackend() as unknown as Backend);
    await testee.load(model);
    const far = testee.forward({ ids: [2], pos: 8183 }, []);
    await expect(far).rejects.toThrow(UnsupportedError);
    await expect(far).rejects.toThrow(/t0\.attention\.last/);
  });

  it("is fed in passes of at most so many rows", async () => {
    let most = 0;
    const backend = naiveWith(({ ops }) => ({
      ops: {
        ...ops,
        geglu(dst, gate, up, rows) {
          most = Math.max(most, rows.count);
          ops.geglu(dst, gate, up, rows);
        },
      },
    }))();
    const ids = Array.from({ length: 50 }, (_, i) => i + 1);
    for (const [maxRows, wanted] of [
      [7, 7],
      [64, 32], // the naive backend takes no more
    ]) {
      most = 0;
      const testee = backendTestee(backend as unknown as Backend, { maxRows });
      await testee.load(model);
      await testee.forward({ ids, pos: 0 }, []);
      expect(most).toBe(wanted);
    }
  });
});

describe("as tests of a runner", () => {
  interface Test {
    readonly name: string;
    readonly body: (context: TestContext) => Promise<void>;
  }

  /** What a runner would do with the tests. */
  async function ran(make: () => Backend, options: ConformanceOptions = {}) {
    const tests: Test[] = [];
    const groups: string[] = [];
    let end: (() => Promise<void>) | undefined;
    const runner = {
      describe(name: string, body: () => void) {
        groups.push(name);
        body();
      },
      it: (name: string, body: Test["body"]) => void tests.push({ name, body }),
      after(body: () => Promise<void>) {
        end = body;
      },
    };
    conformanceTests(make, suite, runner, options);
    const outcomes = new Map<string, string>();
    for (const { name, body } of tests) {
      expect(body.length).toBe(0); // a runner that looks for `done` finds none
      let skipped: string | undefined;
      const skip = (note = "") => {
        skipped = note;
      };
      const error = await body({ skip }).then(
        () => undefined,
        (thrown: Error) => thrown.message,
      );
      outcomes.set(name, error ?? (skipped === undefined ? "passed" : `skipped: ${skipped}`));
    }
    await end?.();
    return { outcomes, groups };
  }

  it("one for each check by its id: passed, skipped with the reason, or failed with the message", async () => {
    const make = mistaken("rope-in-place");
    const { outcomes, groups } = await ran(make, { tiers: ["T0"] });
    expect(groups).toEqual(["conformance"]);
    expect(outcomes.get("t0.rope.first@plain")).toBe("passed");
    const failed = outcomes.get("t0.rope.first@in-place");
    expect(failed).toMatch(/^rope, in place \(dst is x\): the first half was written before/);
    expect(failed).toMatch(/\nIn rope, dst may be the very tensor x\.$/);
    expect(outcomes.get("t0.embed.plain@bfloat16")).toMatch(/^skipped: .*widens bfloat16/);
    expect(outcomes.get("every kernel is written")).toBe("passed");
  });
});
