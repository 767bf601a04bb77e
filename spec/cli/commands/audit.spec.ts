import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cli } from "../../support/cli.ts";
import { fixture } from "../../support/paths.ts";
import { scratchFolder } from "../../support/scratch.ts";

const folder = scratchFolder("audit");
const model = fixture("evaluation/planted");
interface Document {
  readonly id: string;
  readonly text: string;
  readonly source: string;
  readonly repeats: number;
}
const documents: Document[] = readFileSync(join(model, "documents.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

function file(name: string, rows: readonly object[]): string {
  const path = join(folder, name);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return path;
}

/** Two that are learnt by heart, with personal data; two that were never seen. */
const some = documents.filter(
  ({ source, repeats }) => source === "web" && (repeats === 64 || repeats === 0),
);
const few = file("few.jsonl", some.slice(0, 4));

describe("audit", () => {
  it("takes documents of 0 repeats as the control, and keeps answers and report", async () => {
    const out = join(folder, "out");
    const argv = ["audit", few, "--model", model, "--personal", "--out", out];
    const first = await cli(argv);
    expect([first.code, first.err]).toEqual([0, ""]);
    expect(first.out).toMatch(
      /^all +2 +100\.0 % \(34\.2–100\.0\) +100\.0 % .* +0\.0 % \(0\.0–65\.8\)/m,
    );
    expect(first.out).toContain("00.00.0000");
    const report = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
    expect(report.estimates[0].all.exact.count).toBe(2);
    expect(report.rows).toHaveLength(4);
    const answers = () => readFileSync(join(out, "answers.jsonl"), "utf8");
    const before = answers();
    expect(before.trim().split("\n")).toHaveLength(8);
    expect((await cli(argv)).out).toBe(first.out);
    expect(answers()).toBe(before);
    // After Ctrl-C, or worse, it goes on with what there is.
    writeFileSync(join(out, "answers.jsonl"), before.slice(0, before.length / 2));
    expect((await cli(argv)).out).toBe(first.out);
    expect(answers().trim().split("\n").sort()).toEqual(before.trim().split("\n").sort());
  });

  it("tells personal data as their form in all it writes, unless it is asked for them", async () => {
    const values = some
      .slice(0, 2)
      .flatMap(({ text }) => text.match(/\d\d\.\d\d\.\d{4}|\d\d \w+ Street/g) ?? []);
    expect(values.length).toBeGreaterThan(3);
    const page = join(folder, "page.html");
    const argv = ["audit", few, "--model", model, "--personal", "--html", page];
    const [text, json] = [await cli(argv), await cli([...argv, "--json"])];
    const all = [text.out, text.err, json.out, readFileSync(page, "utf8")].join();
    for (const value of values) expect(all).not.toContain(value);
    const open = await cli([...argv, "--json", "--show-values"]);
    for (const value of values) expect(open.out).toContain(value);
  });

  it("counts duplicates before some are drawn, and gives scores where there is no AUC", async () => {
    const [one] = some;
    const twins = Array.from({ length: 5 }, (_, i) => ({ ...one, id: `${i}` }));
    const argv = ["audit", file("twins.jsonl", twins), "--model", model, "--membership"];
    const { code, out } = await cli([...argv, "--limit", "1", "--json"]);
    expect(code).toBe(0);
    const { duplicates, rows, scores, membership } = JSON.parse(out);
    expect(duplicates.exact).toBe(4);
    expect(rows).toHaveLength(1);
    expect([scores.length, membership]).toEqual([1, undefined]);
  });

  it("stops at Ctrl-C, and says where what is done lies", async () => {
    const out = join(folder, "stopped");
    const signal = AbortSignal.abort();
    const { code, err } = await cli(["audit", few, "--model", model, "--out", out], { signal });
    expect(code).toBe(130);
    expect(err).toContain(`All answers so far are in ${out}`);
  });

  it("has a demo on the planted model", async () => {
    const { code, out } = await cli([
      "audit",
      "demo",
      "--limit",
      "7",
      "--approximate",
      "4%",
      "--seed",
      "1",
      "--json",
      "--prompts",
      "50",
    ]);
    expect(code).toBe(0);
    const { estimates, rows, settings } = JSON.parse(out);
    expect(settings.share).toBe(0.04);
    expect(estimates[0].all.exact.documents).toBe(7);
    expect(estimates[0].all.control.exact).toMatchObject({ documents: 30, count: 0 });
    expect(rows).toHaveLength(37);
  });

  it("reads the arrays of lm-extraction-benchmark", async () => {
    const paths = ["prefix", "suffix"].map((name, i) => {
      const path = join(folder, `${name}.npy`);
      const header = "{'descr': '<u2', 'fortran_order': False, 'shape': (2, 4), }";
      const bytes = new Uint8Array(
        Uint16Array.from({ length: 8 }, (_, j) => 300 + 8 * i + j).buffer,
      );
      const start = Uint8Array.of(0x93, ...Buffer.from("NUMPY"), 1, 0, 118, 0);
      writeFileSync(path, Buffer.concat([start, Buffer.from(`${header.padEnd(117)}\n`), bytes]));
      return path;
    });
    const { code, out } = await cli(["audit", ...paths, "--model", model, "--json"]);
    expect(code).toBe(0);
    const { settings, rows } = JSON.parse(out);
    expect(settings).toMatchObject({ prompts: [4], suffix: 4 });
    expect(rows.map(({ id }: { id: string }) => id).sort()).toEqual(["row 0", "row 1"]);
  });

  it("draws canaries to plant, and ranks them", async () => {
    const out = join(folder, "canaries");
    const drawn = await cli([
      "audit",
      "canaries",
      "--repeats",
      "1,20",
      "--digits",
      "1",
      "--out",
      out,
    ]);
    expect(drawn.code).toBe(0);
    const lines = readFileSync(join(out, "planted.jsonl"), "utf8").trim().split("\n");
    expect(lines).toHaveLength(21);
    expect(new Set(lines).size).toBe(2);
    // The one that comes once lies anywhere among the others.
    expect(lines[0]).toBe(lines[20]);
    const canaries = join(out, "canaries.jsonl");
    const argv = ["audit", few, "--model", model, "--canaries", canaries];
    const { code, out: text } = await cli(argv);
    expect(code).toBe(0);
    expect(text).toMatch(/canary 1 +1 × +\d+ of 10 +\d\.\d\d bits/);
  });

  it.each([
    [["audit"], "expected a file of documents, demo, or canaries"],
    [["audit", "a", "b"], "expected one file of documents, or PREFIX.npy SUFFIX.npy"],
    [["audit", "demo", "--model", "x"], "demo has a --model of its own"],
    [["audit", "demo", "--smaller", "x"], "--smaller is of --membership"],
    [["audit", "demo", "--seed", "3"], "--seed is of --limit or --divergence"],
    [["audit", "demo", "--digits", "3"], "--digits belongs to audit canaries"],
    [["audit", "demo", "--approximate", "10"], "a share from 0 to below 1, such as 0.1, or 10%"],
    [["audit", "demo", "--approximate", "100%"], "a share from 0 to below 1"],
    [["audit", "demo", "--show-values"], "the table has no texts"],
    [["audit", "a.npy", "b.npy", "--membership"], "--membership needs texts"],
    [
      ["audit", "canaries", "--repeats", "1", "--out", "x", "--personal"],
      "--personal does nothing here",
    ],
    [["audit", "demo", "--shares", "web"], "--shares expects SOURCE=SHARE,…, got web"],
    [["audit", "demo", "--level", "words"], "tokens | characters"],
    [["audit", "canaries", "--out", "x"], "expected --repeats LIST"],
    [["audit", "canaries", "--repeats", "1"], "expected --out DIR"],
    [
      ["audit", "canaries", "--repeats", "1", "--out", "x", "--sentence", "y"],
      "a text with one {secret}",
    ],
  ])("refuses %j", async (argv, message) => {
    const { code, err } = await cli(argv);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(existsSync("x")).toBe(false);
  });
});
