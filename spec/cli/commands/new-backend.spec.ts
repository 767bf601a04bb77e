/** From an empty folder to a backend that passes, kernel by kernel. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { naiveBackend } from "../../../docs/examples/naive-backend.ts";
import type { Backend } from "../../../src/backend/backend.ts";
import {
  backendConformance,
  backendResults,
} from "../../../src/conformance/backend/conformance.ts";
import { KERNELS } from "../../../src/conformance/backend/lab.ts";
import { nextKernel } from "../../../src/conformance/backend/next-kernel.ts";
import type { Result } from "../../../src/conformance/run/result.ts";
import { openSuite } from "../../../src/conformance/vectors/suite.ts";
import { conformanceSuitePath } from "../../../src/node/conformance-suite.ts";
import { openFolder } from "../../../src/node/folder.ts";
import { cli } from "../../support/cli.ts";
import { scratchFolder } from "../../support/scratch.ts";

const folder = scratchFolder("new-backend");
const FILES = ["README.md", "backend.test.ts", "backend.ts", "package.json", "tsconfig.json"];
const SRC = fileURLToPath(new URL("../../../src", import.meta.url));

describe("new-backend", () => {
  it("writes a project, and says what to do there", async () => {
    const dir = join(folder, "My GPU!");
    const { code, out, err } = await cli(["new-backend", dir]);
    expect([code, err]).toEqual([0, ""]);
    expect(readdirSync(dir).sort()).toEqual(FILES);
    expect(out).toBe(`${dir}: ${FILES.join(", ")}\n\n  cd ${dir} && npm install && npm test\n`);
    const json = JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
    expect(json.name).toBe("my-gpu");
    // The package that writes it, which npm has not installed here.
    expect(json.dependencies["gemma-reference"]).toBe(`file:${resolve(".")}`);
    expect(readFileSync(join(dir, "backend.ts"), "utf8")).toContain('name: "my-gpu"');
    expect(readFileSync(join(dir, "README.md"), "utf8")).toMatch(/^# my-gpu\n/);
  });

  it("writes JSON, and asks npm for the package that is given", async () => {
    const dir = join(folder, "json");
    mkdirSync(dir); // an empty folder will do
    const tarball = join(folder, "package.tgz");
    writeFileSync(tarball, "");
    const { out } = await cli(["new-backend", dir, "--json", "--package", tarball]);
    expect(JSON.parse(out)).toEqual({ dir, files: FILES });
    const spec = (name: string) =>
      JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8")).dependencies;
    expect(spec("json")).toEqual({ "gemma-reference": `file:${tarball}` });
    await cli(["new-backend", join(folder, "version"), "--package", "^7.1.0"]);
    expect(spec("version")).toEqual({ "gemma-reference": "^7.1.0" });
  });

  it("refuses a package that is not there", async () => {
    const { code, err } = await cli([
      "new-backend",
      join(folder, "none"),
      "--package",
      "./none.tgz",
    ]);
    expect(code).toBe(2);
    expect(err).toContain(`--package expected a tarball or a folder, got ${resolve("none.tgz")}`);
  });

  it("refuses a folder with files in it, and leaves them alone", async () => {
    const dir = join(folder, "full");
    mkdirSync(dir);
    writeFileSync(join(dir, "backend.ts"), "mine");
    const { code, err } = await cli(["new-backend", dir]);
    expect(code).toBe(1);
    expect(err).toContain("got a folder with files in it; give another name");
    expect(readdirSync(dir)).toEqual(["backend.ts"]);
    expect(readFileSync(join(dir, "backend.ts"), "utf8")).toBe("mine");
  });

  it.each([[[]], [["a", "b"]]])("expects one folder, not %j", async (names) => {
    const { code, err } = await cli(["new-backend", ...names]);
    expect(code).toBe(2);
    expect(err).toContain(`expected DIR, got ${names.length} arguments`);
  });
});

describe("what it writes", () => {
  /** The stub, as a module that finds the library in src/. */
  async function stub(): Promise<() => Backend> {
    const dir = mkdtempSync(join(folder, "stub-"));
    await cli(["new-backend", dir]);
    const text = readFileSync(join(dir, "backend.ts"), "utf8")
      .replace('"gemma-reference"', JSON.stringify(`${SRC}/index.ts`))
      .replace(/"gemma-reference\/(\w+)"/g, (_, door) => JSON.stringify(`${SRC}/${door}/index.ts`));
    const path = join(dir, "here.ts");
    writeFileSync(path, text);
    return (await import(path)).myBackend;
  }

  const suite = openSuite(openFolder(conformanceSuitePath()));
  const right = naiveBackend().ops as Backend["ops"];
  /** The stub with what is in `filled`, now or later. */
  async function stubWith(filled: Partial<Backend["ops"]>): Promise<() => Backend> {
    const make = await stub();
    return () => {
      const { ops, ...rest } = make();
      return { ...rest, ops: { ...ops, ...filled } };
    };
  }

  it("says which kernel is next, one by one", async () => {
    const filled: Partial<Backend["ops"]> = {};
    const backend = await stubWith(filled);
    for (const [count, kernel] of KERNELS.entries()) {
      const results: Result[] = [];
      for await (const result of backendResults(backend, await suite, { tiers: ["T0"] })) {
        results.push(result);
      }
      const wrong = results.filter(({ status }) => status !== "pass" && status !== "unsupported");
      expect(wrong).toEqual([]); // what is not written yet is no failure
      const next = nextKernel(results) ?? "";
      expect(next).toMatch(`Next: ${kernel} (${count} of 8 kernels are written)`);
      expect(next).toMatch(new RegExp(`^ {4}${kernel}\\(`, "m"));
      expect(next).toContain("For example:");
      Object.assign(filled, { [kernel]: right[kernel] });
    }
  });

  it("passes once its kernels are filled in", async () => {
    const report = await backendConformance(await stubWith(right), await suite);
    expect(nextKernel(report.results)).toBeUndefined();
    expect(report.passed).toBe(true);
    const passed = (tier: string) =>
      report.results.filter((result) => result.tier === tier && result.status === "pass").length;
    expect(passed("T0")).toBeGreaterThan(300);
    expect(passed("T1")).toBeGreaterThan(100);
  });
});
