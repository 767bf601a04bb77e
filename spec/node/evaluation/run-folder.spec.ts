import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FormatError, SourceError } from "../../../src/errors.ts";
import type { TaskSpec } from "../../../src/evaluation/task/spec.ts";
import { GSM8K } from "../../../src/evaluation/tasks/maths/gsm8k.ts";
import { readDocuments } from "../../../src/node/evaluation/documents.ts";
import { beginning, dateOf, readRunSamples } from "../../../src/node/evaluation/run-folder.ts";
import { scratchFolder } from "../../support/scratch.ts";

const folder = scratchFolder("documents");
const write = (name: string, text: string) => {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const plain: TaskSpec = { ...GSM8K, name: "plain", shots: { count: 0 } };

describe("documents", () => {
  it("are read from either of two places, as lines or as a list", async () => {
    write("gsm8k.test.jsonl", '{"question": "1"}\n\n{"question": "2"}');
    write("gsm8k/train.json", '[{"question": "3"}]');
    expect(await readDocuments(folder, GSM8K)).toEqual({
      test: [{ question: "1" }, { question: "2" }],
      train: [{ question: "3" }],
    });
  });

  it("of shots are asked for where there are shots only", async () => {
    write("plain.test.jsonl", '{"question": "1"}');
    expect(await readDocuments(folder, plain)).toEqual({ test: [{ question: "1" }] });
    await expect(readDocuments(folder, { ...plain, shots: { count: 1 } })).rejects.toThrow(
      "the split train of plain, in plain.train.jsonl or plain/train.jsonl",
    );
  });

  it("that are not there are named, with where they are to be had", async () => {
    const missing = readDocuments(join(folder, "nowhere"), GSM8K);
    await expect(missing).rejects.toThrow(SourceError);
    await expect(missing).rejects.toThrow("openai/gsm8k (main)");
  });

  it.each([
    ['{"a": 1}\nx', "line 2"],
    ["[1]", "a JSON object"],
    ['"text"', "a JSON object"],
  ])("are refused with their line: %j", async (text, said) => {
    write("plain.test.jsonl", text);
    const reading = readDocuments(folder, plain);
    await expect(reading).rejects.toThrow(FormatError);
    await expect(reading).rejects.toThrow(said);
  });
});

describe("a folder of runs", () => {
  it("knows when a run with these settings began", async () => {
    mkdirSync(join(folder, "runs"));
    const runs = join(folder, "runs");
    expect(await beginning(runs, { limit: 3 }, 100.7)).toBe(100);
    expect(await beginning(runs, { limit: 3 }, 200)).toBe(100);
    expect(await beginning(runs, { limit: 4 }, 200)).toBe(200);
    expect(dateOf(100)).toBe("1970-01-01T00-01-40");
    writeFileSync(join(runs, "runs.json"), "{");
    await expect(beginning(runs, {}, 1)).rejects.toThrow(FormatError);
  });

  it("gives the newest samples of each task, wherever they lie in it", async () => {
    const line = (id: number) => `{"doc_id": ${id}, "acc": 1.0}\n`;
    write("out/m/samples_a_b_2026-01-01T00-00-00.123456.jsonl", line(1));
    write("out/m/samples_a_b_2026-01-02T00-00-00.jsonl", line(2));
    write("out/samples_c_2026-01-01T00-00-00.jsonl", line(3));
    write("out/results_2026-01-01T00-00-00.json", "{}");
    const samples = await readRunSamples(join(folder, "out"));
    expect([...samples.keys()].sort()).toEqual(["a_b", "c"]);
    expect(samples.get("a_b")?.map(({ doc_id }) => doc_id)).toEqual([2]);
    const file = join(folder, "out/samples_c_2026-01-01T00-00-00.jsonl");
    expect([...(await readRunSamples(file)).keys()]).toEqual(["c"]);
    await expect(readRunSamples(join(folder, "runs"))).rejects.toThrow("samples_*.jsonl");
    expect(readFileSync(file, "utf8")).toBe(line(3));
  });
});
