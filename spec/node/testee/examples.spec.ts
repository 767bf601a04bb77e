/** The testees of docs/examples pass Core in their own accuracy class, and their bugs are named. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { conformance } from "../../../src/conformance/conformance.ts";
import type { Report, Tier } from "../../../src/conformance/run/result.ts";
import { runSuite } from "../../../src/conformance/run/run.ts";
import { openSuite } from "../../../src/conformance/vectors/suite.ts";
import { openFolder } from "../../../src/node/folder.ts";
import { processTestee } from "../../../src/node/testee/process-testee.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { fixture } from "../../support/paths.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { bundled, example, works } from "../../support/testees.ts";

const scratch = scratchFolder("testees");
const suite = openSuite(openFolder(fixture("conformance")));

/** Tiers that name a bug: invariants tell that something is wrong, and not what. */
const NAMING = ["T0", "T1"] as const;

/** A whole run through a process. */
async function run(
  [command, ...args]: readonly string[],
  tiers: readonly Tier[] = ["T0", "T1", "T2"],
): Promise<Report> {
  const testee = await processTestee(command, args);
  try {
    return await runSuite(testee, await suite, { tiers });
  } finally {
    await testee.close?.();
  }
}

/** Whatever is no pass, and outputs that were not given. */
async function gaps({ results }: Report): Promise<string[]> {
  const { vectors } = await suite;
  const given = new Map(results.map(({ id, taps }) => [id, taps.map(({ tap }) => tap)]));
  return [
    ...results
      .filter(({ status }) => status !== "pass")
      .map(({ id, message }) => `${id}: ${message}`),
    ...vectors.flatMap(({ id, taps }) =>
      taps.filter((tap) => !given.get(id)?.includes(tap)).map((tap) => `${id}: no ${tap}`),
    ),
  ];
}

async function passes(command: readonly string[], accuracy: string): Promise<void> {
  const report = await run(command);
  expect(report.testee.accuracy).toBe(accuracy);
  expect(await gaps(report)).toEqual([]);
  expect(report.results.length).toBeGreaterThan(70);
}

/** One in `npm test`, all in `npm run test:long`. */
const some = (...bugs: readonly string[]) => (IS_LONG ? bugs : bugs.slice(0, 1));

async function isNamed(command: readonly string[], bug: string): Promise<void> {
  const report = await run([...command, "--bug", bug], NAMING);
  expect(report.passed).toBe(false);
  expect(report.results.filter(({ status }) => status === "error")).toEqual([]);
  expect(report.diagnosis?.named[0]?.ids, report.diagnosis?.text).toContain(bug);
}

describe.skipIf(!works("python3", "-c", "import numpy"))("NumPy (python3 with numpy)", () => {
  const python = ["python3", example("numpy_engine.py")];

  it("passes in float64 and in float32", async () => {
    await passes(python, "float64");
    await passes([...python, "--float32"], "float32");
  });

  it.each(some("rope-interleaved", "gelu-erf", "norm-eps-outside-root"))("with %s: named", (bug) =>
    isNamed(python, bug),
  );
});

describe.skipIf(!works("cc", "--version"))("plain C (cc)", () => {
  const compiled = (name: string, ...options: readonly string[]): string => {
    const out = join(scratch, name);
    const strict = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O2"];
    execFileSync("cc", [...strict, ...options, example("plain.c"), "-lm", "-o", out]);
    return out;
  };
  let engine: string;
  beforeAll(() => {
    engine = compiled("plain");
  });

  it("passes in float64 and in float32", async () => {
    await passes([engine], "float64");
    await passes([compiled("plain-float", "-DREAL=float")], "float32");
  });

  it.each(some("rope-sign", "norm-eps-1e-5", "cache-stale-after-rewind"))("with %s: named", (bug) =>
    isNamed([engine], bug),
  );
});

describe("the reference", () => {
  let reference: string;
  beforeAll(async () => {
    reference = await bundled("reference.ts", scratch);
  });

  it.runIf(IS_LONG)("passes in float64 and in bfloat16", async () => {
    await passes([process.execPath, reference], "float64");
    await passes([process.execPath, reference, "--accuracy", "bf16"], "bfloat16");
  });

  it("passes in texts, and a bug of theirs is named", async () => {
    const through = async (...more: readonly string[]) => {
      const testee = await processTestee(process.execPath, [reference, ...more]);
      try {
        return await conformance(testee, { suite: await suite, tiers: ["T3"] });
      } finally {
        await testee.close?.();
      }
    };
    const report = await through();
    expect(report.results.filter(({ status }) => status !== "pass")).toEqual([]);
    expect(report.results.length).toBeGreaterThan(100);
    const bug = "tokenizer-double-bos";
    expect((await through("--mutant", bug)).diagnosis?.named[0].ids).toEqual([bug]);
  });

  it("with a known bug: named", async () => {
    const report = await run([process.execPath, reference, "--mutant", "rope-k-only"], NAMING);
    expect(report.testee.name).toBe("rope-k-only");
    expect(report.diagnosis?.named[0]?.ids).toEqual(["rope-k-only"]);
  });

  it("refuses a bug that there is not", async () => {
    const started = processTestee(process.execPath, [reference, "--mutant", "none"]);
    await expect(started).rejects.toThrow(
      /exit code 2\); it said: --mutant: one of embed-unscaled/,
    );
  });
});

describe.skipIf(!process.env.JAX_JS)("jax-js (JAX_JS names a node_modules that has it)", () => {
  it("passes in float32", { timeout: 120_000 }, async () => {
    const file = await bundled("jax-js.mjs", scratch, process.env.JAX_JS);
    await passes([process.execPath, file], "float32");
  });
});

it.each(["numpy_engine.py", "plain.c", "jax-js.mjs", "reference.ts"])("%s is short", (name) => {
  expect(readFileSync(example(name), "utf8").split("\n").length - 1).toBeLessThanOrEqual(150);
});
