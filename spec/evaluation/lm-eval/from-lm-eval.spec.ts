/** Tasks from YAML as lm-evaluation-harness has it. */
import { describe, expect, it } from "vitest";
import { ArgumentError, UnsupportedError } from "../../../src/errors.ts";
import { taskFromLmEval } from "../../../src/evaluation/lm-eval/from-lm-eval.ts";
import { hellaswagDocument } from "../../../src/evaluation/tasks/reasoning/hellaswag.ts";
import { thrownBy } from "../../support/thrown-by.ts";

const YAML = `
tag: pets
task: otters
dataset_path: someone/otters
output_type: multiple_choice
training_split: train
validation_split: validation
doc_to_text: "Q: {{question}}\\nA:"
doc_to_choice: ["no", yep]
doc_to_target: answer
metadata:
  version: 2.0
`;

const GENERATION = `
task: count
test_split: test
fewshot_split: train
fewshot_config: {sampler: first_n}
doc_to_text: question
doc_to_target: "{{answer}}"
num_fewshot: 2
repeats: 3
generation_kwargs: {until: [X], do_sample: true, temperature: 0.5, max_gen_toks: 9}
metric_list:
  - {metric: exact_match, aggregation: mean, higher_is_better: true, ignore_case: true, regexes_to_ignore: ["a"]}
filter_list:
  - {name: vote, filter: [{function: regex, regex_pattern: "[0-9]+"}, {function: majority_vote}, {function: take_first}]}
`;

describe("a configuration", () => {
  it("is read as PyYAML and the harness read it", () => {
    const task = taskFromLmEval(YAML);
    expect(task).toMatchObject({
      ...{ name: "otters", kind: "choice", text: "Q: {{question}}\nA:", target: "answer" },
      splits: { test: "validation", shots: "train" },
      choices: ["no", "yep"],
      metrics: [{ metric: "acc" }, { metric: "acc_norm" }],
      // Neither split for shots nor one for tests is named, so the harness takes them for the same.
      shots: { count: 0, sampler: "random", leaveOut: true },
      version: 2,
    });
    expect(task.configuration).toMatchObject({ tag: "pets", dataset_path: "someone/otters" });
  });

  it("says how answers are generated and filtered", () => {
    expect(taskFromLmEval(GENERATION)).toMatchObject({
      kind: "generate",
      splits: { test: "test", shots: "train" },
      shots: { count: 2, sampler: "first", leaveOut: false },
      generation: { until: ["X"], temperature: 0.5, maxTokens: 9, repeats: 3 },
      metrics: [{ metric: "exact_match", ignore: { ignoreCase: true, regexesToIgnore: ["a"] } }],
      filters: [
        {
          name: "vote",
          filters: [
            { filter: "regex", pattern: "[0-9]+" },
            { filter: "majorityVote" },
            { filter: "takeFirst" },
          ],
        },
      ],
    });
    const greedy = taskFromLmEval(GENERATION.replace("do_sample: true", "do_sample: false"));
    expect(greedy.generation).toEqual({ until: ["X"], maxTokens: 9, repeats: 1 });
  });

  it("may include another", () => {
    const yaml = "include: base.yaml\ntask: seals\n";
    expect(taskFromLmEval(yaml, { include: () => YAML })).toMatchObject({ name: "seals" });
    expect(() => taskFromLmEval(yaml)).toThrow('"include"');
  });

  it("may name functions: known ones, for their data alone, and those that are given", () => {
    const own = `${YAML}process_docs: !function utils.process_docs\n`;
    const known = own
      .replace("otters\n", "hellaswag\n")
      .replace("someone/otters", "Rowan/hellaswag");
    expect(taskFromLmEval(known).prepare).toBe(hellaswagDocument);
    const error = thrownBy(() => taskFromLmEval(own));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain("!function utils.process_docs");
    const functions = { "utils.process_docs": hellaswagDocument };
    expect(taskFromLmEval(own, { functions }).prepare).toBe(hellaswagDocument);
    const foreign = known.replace("Rowan/", "someone/");
    expect(() => taskFromLmEval(foreign)).toThrow("!function utils.process_docs");
  });

  it.each([
    [`${YAML}doc_to_image: picture\n`, UnsupportedError, "doc_to_image"],
    [`${YAML}surprise: 1\n`, UnsupportedError, "surprise"],
    ["group: all\ntask: [a, b]\n", UnsupportedError, "groupResult"],
    [`${YAML}metric_list: [{metric: bleu}]\n`, UnsupportedError, "bleu"],
    [`${YAML}metric_list: [{metric: acc, aggregation: bleu}]\n`, UnsupportedError, "bleu"],
    [`${YAML}fewshot_config: {sampler: balanced}\n`, UnsupportedError, "balanced"],
    [GENERATION.replace("do_sample", "top_p"), UnsupportedError, "top_p"],
    [GENERATION.replace("majority_vote", "custom"), UnsupportedError, "custom"],
    [YAML.replace("multiple_choice", "images"), ArgumentError, "output_type"],
    [YAML.replace(/.*_split.*\n/g, ""), ArgumentError, "test_split"],
    [YAML.replace(/doc_to_choice.*\n/, ""), ArgumentError, "choices"],
    // YAML 1.1: no is false, and the harness ends there, too.
    [YAML.replace('"no"', "no"), ArgumentError, "put them in quotes"],
    ["a: [", ArgumentError, "YAML"],
    ["- 1", ArgumentError, "YAML"],
  ])("is refused with the part that is not done: %#", (yaml, Type, name) => {
    const error = thrownBy(() => taskFromLmEval(yaml));
    expect(error).toBeInstanceOf(Type);
    expect(error.message).toContain(name);
  });
});
