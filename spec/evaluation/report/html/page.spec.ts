/** The page of a run: whole, quiet, and true to what the model saw. */
import { beforeAll, describe, expect, it } from "vitest";
import { evaluationPage } from "../../../../src/evaluation/report/html/page.ts";
import { Evaluator } from "../../../../src/evaluation/requests/evaluator.ts";
import { evaluate } from "../../../../src/evaluation/task/evaluate.ts";
import type { TaskResult } from "../../../../src/evaluation/task/result.ts";
import { DEMO_ENDINGS, DEMO_SUMS } from "../../../../src/evaluation/tasks/demo/demo.ts";
import { DEMO_DOCUMENTS } from "../../../../src/evaluation/tasks/demo/stories.ts";
import { PIQA } from "../../../../src/evaluation/tasks/reasoning/piqa.ts";
import { Gemma } from "../../../../src/gemma.ts";
import { fixtureFolder } from "../../../support/files.ts";
import { all, type Element, parseXml, textOf } from "../../../support/xml.ts";

let evaluator: Evaluator;
let results: TaskResult[];
let page: Element;
let text: string;
const ofClass = (element: Element, name: string, of: string) =>
  all(element, name).filter(({ attributes }) => attributes.class?.split(" ").includes(of));

beforeAll(async () => {
  evaluator = new Evaluator(await Gemma.load(fixtureFolder("tiny-stories-it")));
  const hostile = [
    { goal: "<script>alert(1)</script> & \u202e", sol1: "</td>", sol2: '"b"', label: 1 },
  ];
  results = [
    await evaluate(evaluator, DEMO_ENDINGS, DEMO_DOCUMENTS, { limit: 10 }),
    await evaluate(evaluator, DEMO_SUMS, DEMO_DOCUMENTS, { limit: 3, chat: true }),
    await evaluate(evaluator, PIQA, { validation: hostile }),
  ];
  text = evaluationPage(results, evaluator, { model: "my <model>", about: ["float32"] });
  page = parseXml(text);
});

describe("the page", () => {
  it("says whose figures these are", () => {
    const [header] = all(page, "header");
    expect(textOf(header)).toContain("my <model>");
    expect(textOf(header)).toContain("float32");
  });

  it("is whole: no script, nothing from anywhere, foreign text escaped", () => {
    expect(all(page, "script")).toEqual([]);
    expect(text).not.toMatch(/\b(src|href)="(?!#)/);
    expect(text).not.toMatch(/url\(|@import/);
    expect(text).toContain("default-src 'none'");
    expect(textOf(page)).toContain("<script>alert(1)</script> & \\u202e");
  });

  it("shows the prompt as the model saw it: BOS once, and the marks of turns", () => {
    const prompts = ofClass(page, "div", "prompt");
    expect(prompts.length).toBe(14);
    const special = prompts.map((prompt) => all(prompt, "b").map(textOf));
    expect(special[0]).toEqual(["<bos>"]);
    expect(special[10]).toEqual(["<bos>", "<start_of_turn>", "<end_of_turn>", "<start_of_turn>"]);
    expect(textOf(prompts[0])).toBe(`<bos>${DEMO_DOCUMENTS[0].context}`);
  });

  it("colours each token of each choice by its probability", () => {
    const [article] = ofClass(page, "article", "sample");
    const rows = all(all(article, "tbody")[0], "tr");
    const [{ responses }] = results[0].samples;
    for (const [i, row] of rows.entries()) {
      const [answer] = responses[i];
      if (!("isGreedy" in answer)) throw new Error("a likelihood");
      const steps = all(row, "span").filter(({ attributes }) => attributes.title);
      expect(steps.length).toBe(answer.tokens.length);
      const colours = steps.map(({ attributes }) => attributes.class);
      const likely = Array.from(answer.logprobs, (p) => p > Math.log(0.9));
      expect(colours.map((name) => name === "t p0")).toEqual(likely);
      expect(textOf(row)).toContain(answer.logprob.toFixed(3));
    }
  });

  it("can be filtered by right and wrong, and by metrics that disagree", () => {
    const section = all(page, "section").find(({ attributes }) => attributes.id === "task-0");
    if (!section) throw new Error("no section");
    const shown = (name: string) => ofClass(section, "article", name).length;
    const acc = results[0].samples.map(({ metrics }) => metrics.acc);
    expect(shown("right")).toBe(acc.filter((value) => value === 1).length);
    expect(shown("wrong")).toBe(acc.filter((value) => value === 0).length);
    expect(shown("split")).toBe(1);
    const labels = all(section, "label").map(textOf);
    expect(labels).toEqual([
      "All 10",
      `Right ${shown("right")}`,
      `Wrong ${shown("wrong")}`,
      "Metrics disagree 1",
    ]);
    for (const { attributes } of all(section, "label")) {
      const target = all(section, "input").find((one) => one.attributes.id === attributes.for);
      expect(target?.attributes.name).toBe("task-0");
    }
  });

  it("sets a figure beside the report's, and never says that it reproduces one", () => {
    const section = all(page, "section").find(({ attributes }) => attributes.id === "beside");
    const said = textOf(section as Element);
    expect(said).toContain("Gemma 2B 77.3");
    expect(said).toContain(PIQA.differsFromReport);
    expect(said).toContain("were not published");
    expect(textOf(page)).not.toMatch(/reproduc/i);
  });

  it("shows as many documents as are asked for, and says how many are left", () => {
    const short = parseXml(evaluationPage(results.slice(0, 1), evaluator, { mostDocuments: 4 }));
    expect(ofClass(short, "article", "sample").length).toBe(4);
    expect(textOf(short)).toContain("And 6 documents more");
  });
});
