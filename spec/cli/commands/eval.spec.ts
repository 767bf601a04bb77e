import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cli } from "../../support/cli.ts";
import { fixture } from "../../support/paths.ts";
import { scratchFolder } from "../../support/scratch.ts";

const folder = scratchFolder("eval");
const DATE = { SOURCE_DATE_EPOCH: "1700000000" };

/** Of the bundled model in float32: on documents with gaps of at least 0.9 between the first two choices. */
const TABLE = `
|   Tasks    |Version|Filter|n-shot|  Metric   |   |Value |   |Stderr|
|------------|------:|------|-----:|-----------|---|-----:|---|-----:|
|demo_endings|      1|none  |     0|acc        |↑  |0.7500|±  |0.1118|
|            |       |none  |     0|acc_norm   |↑  |0.8125|±  |0.1008|
|demo_sums   |      1|number|     0|exact_match|↑  |0.6250|±  |0.1250|
`.trimStart();

describe("eval demo", () => {
  const out = join(folder, "runs");
  const own = join(out, "tiny-stories-it");
  const answers = () => readFileSync(join(out, "answers.jsonl"), "utf8");

  it("takes no data, keeps answers and files, and the second time computes nothing", async () => {
    const first = await cli(["eval", "demo", "--out", out], { env: DATE });
    expect(first.out.startsWith(TABLE)).toBe(true);
    expect(first.code).toBe(0);
    const files = readdirSync(own).sort();
    expect(files).toEqual([
      "results_2023-11-14T22-13-20.json",
      "samples_demo_endings_2023-11-14T22-13-20.jsonl",
      "samples_demo_sums_2023-11-14T22-13-20.jsonl",
    ]);
    const before = [answers(), ...files.map((file) => readFileSync(join(own, file), "utf8"))];
    expect(before[0].trim().split("\n").length).toBe(16 * 5);
    const second = await cli(["eval", "demo", "--out", out]);
    expect(second.out).toBe(first.out);
    const after = [answers(), ...files.map((file) => readFileSync(join(own, file), "utf8"))];
    expect(after).toEqual(before);
  });

  it("goes on from the answers that there are, after Ctrl-C too", async () => {
    const half = join(folder, "half");
    const controller = new AbortController();
    controller.abort();
    const stopped = await cli(["eval", "demo", "--out", half], { signal: controller.signal });
    expect(stopped.code).toBe(130);
    mkdirSync(half, { recursive: true });
    const lines = answers().trim().split("\n");
    // The last line was being written as the power went.
    writeFileSync(
      join(half, "answers.jsonl"),
      `${lines.slice(0, 40).join("\n")}\n${lines[40].slice(0, 30)}`,
    );
    const { out: shown } = await cli(["eval", "demo", "--out", half], { env: DATE });
    expect(shown).toContain(TABLE);
    const keys = readFileSync(join(half, "answers.jsonl"), "utf8").trim().split("\n");
    expect(new Set(keys).size).toBe(80);
    expect(keys.length).toBe(80);
  });

  it("gives its results as JSON, a page, and Inspect's logs", async () => {
    const [page, logs] = [join(folder, "demo.html"), join(folder, "logs")];
    const argv = ["eval", "demo_sums", "--json", "--html", page, "--inspect", logs, "--limit", "4"];
    const { code, out: json } = await cli(argv, { env: DATE });
    expect(code).toBe(0);
    const results = JSON.parse(json);
    expect(Object.keys(results.results)).toEqual(["demo_sums"]);
    expect(results["n-samples"].demo_sums).toEqual({ original: 16, effective: 4 });
    expect(results.config.limit).toBe(4);
    expect(readFileSync(page, "utf8")).toContain("<h2>demo_sums</h2>");
    const [log] = readdirSync(logs);
    expect(JSON.parse(readFileSync(join(logs, log), "utf8")).samples.length).toBe(4);
  });

  it("compares two runs, and files of samples", async () => {
    const file = join(own, readdirSync(own).find((name) => name.includes("demo_sums")) as string);
    const { out: text } = await cli(["eval", "--compare", out, file]);
    expect(text).toMatch(/demo_sums +exact_match,number +16 +0\.6250 +0\.6250 +\+0\.0000/);
    const { out: json } = await cli(["eval", "--compare", out, file, "--json"]);
    expect(JSON.parse(json)).toMatchObject([{ task: "demo_sums", documents: 16, difference: 0 }]);
  });
});

describe("eval", () => {
  it("takes a task of the harness's YAML and its documents", async () => {
    const yaml = join(folder, "mine.yaml");
    const text = `task: mine\ntest_split: test\noutput_type: multiple_choice\ndoc_to_text: "{{context}}"\ndoc_to_choice: "{{endings}}"\ndoc_to_target: "{{label}}"\nmetric_list:\n  - metric: acc\n`;
    writeFileSync(yaml, text);
    const documents = readFileSync(fixture("evaluation/tasks/tiny_endings.test.jsonl"));
    mkdirSync(join(folder, "mine"));
    writeFileSync(join(folder, "mine/test.jsonl"), documents);
    const argv = ["eval", "--yaml", yaml, "--data", folder, "--limit", "3", "--json"];
    const { out } = await cli(argv);
    expect(JSON.parse(out)["n-samples"].mine).toEqual({ original: 29, effective: 3 });
  });

  it("lists its tasks, in lines of a terminal", async () => {
    const { out } = await cli(["eval", "--list"]);
    for (const name of ["arc_challenge", "mmlu", "demo", "truthfulqa_mc2", "minerva_math"]) {
      expect(out).toMatch(new RegExp(`^${name} `, "m"));
    }
  });

  it.each([
    [["eval"], "expected a task, as in eval demo"],
    [["eval", "hellaswog"], "did you mean hellaswag?"],
    [["eval", "humaneval"], "--run-code says that they may"],
    [["eval", "piqa"], "piqa expects --data DIR, with the file piqa.validation.jsonl"],
    [["eval", "demo", "--limit", "0"], "--limit expects"],
    [["eval", "--compare", "a"], "expected eval --compare RUN RUN"],
  ])("refuses %j", async (argv, said) => {
    const { code, err } = await cli(argv);
    expect([code, err]).toEqual([2, expect.stringContaining(said)]);
  });

  it.each([
    [
      ["eval", "piqa", "--data", folder],
      "with the fields goal, sol1, sol2, label (licence: AFL-3.0",
    ],
    [["eval", "--compare", folder, join(folder, "nowhere")], "no such file or folder"],
    [["eval", "--yaml", join(folder, "none.yaml"), "--data", folder], "no such file"],
  ])("says what is missing: %j", async (argv, said) => {
    const { code, err } = await cli(argv);
    expect([code, err]).toEqual([1, expect.stringContaining(said)]);
  });
});
