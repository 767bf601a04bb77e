/** Inspect's log: what its models (`EvalLog` and its kin, inspect_ai 499e615) ask for, and no other names. */
import { expect, it } from "vitest";
import { inspectLog } from "../../../src/evaluation/results/inspect-log.ts";
import { evaluate } from "../../../src/evaluation/task/evaluate.ts";
import {
  goldenAnswers,
  goldenDocuments,
  goldenOptions,
  goldenTask,
} from "../../support/evaluation-tasks.ts";

/** Fields by model, required ones with a `!`. */
const MODELS: Readonly<Record<string, string>> = {
  log: "version status eval! plan results stats error invalidated log_updates tags metadata samples reductions",
  eval: "eval_set_id eval_id run_id created! task! task_id task_version task_file task_display_name task_registry_name task_attribs task_args task_args_passed solver solver_args tags dataset! sandbox model! model_generate_config model_base_url model_args model_roles config! revision packages metadata scorers metrics",
  dataset: "name location samples sample_ids shuffled",
  results: "total_samples completed_samples early_stopping scores metadata",
  score: "name! scorer! reducer scored_samples unscored_samples params metrics metadata",
  metric: "name! group value! params metadata",
  stats: "started_at completed_at model_usage role_usage",
  sample:
    "id! epoch! input! choices target! sandbox files setup messages output scores metadata store events timelines model_usage role_usage started_at completed_at total_time working_time uuid error limit attachments",
  message: "id content! source metadata role! model tool_calls",
  output: "model choices completion usage time metadata error",
  choice: "message! stop_reason stop_details logprobs",
  sampleScore: "value! answer explanation metadata history",
};

function isOf(model: string, value: unknown): void {
  const fields = MODELS[model].split(" ");
  const names = fields.map((field) => field.replace("!", ""));
  const own = Object.keys(value as object);
  expect(own.filter((key) => !names.includes(key))).toEqual([]);
  const needed = fields.filter((field) => field.endsWith("!")).map((field) => field.slice(0, -1));
  expect(needed.filter((key) => !own.includes(key))).toEqual([]);
}

it.each(["tiny_endings", "tiny_count", "tiny_bbq", "tiny_perplexity"])(
  "the log of %s has the fields of Inspect's models",
  async (name) => {
    const task = goldenTask(name);
    const options = { ...goldenOptions("base", name), bootstrap: 0 };
    const result = await evaluate(
      goldenAnswers("base", name),
      task,
      goldenDocuments(task),
      options,
    );
    const log = JSON.parse(JSON.stringify(inspectLog(result, { model: "tiny", date: 1.7e9 })));
    isOf("log", log);
    isOf("eval", log.eval);
    isOf("dataset", log.eval.dataset);
    isOf("results", log.results);
    isOf("stats", log.stats);
    expect(log.eval.created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/);
    for (const score of log.results.scores) {
      isOf("score", score);
      for (const metric of Object.values<{ value: unknown }>(score.metrics)) {
        isOf("metric", metric);
        expect(typeof metric.value).toBe("number"); // null is no number to Inspect
      }
    }
    expect(log.samples.length).toBe(result.documents.effective);
    for (const sample of log.samples) {
      isOf("sample", sample);
      isOf("output", sample.output);
      for (const choice of sample.output.choices) isOf("choice", choice);
      for (const message of sample.messages) isOf("message", message);
      for (const score of Object.values<{ value: unknown }>(sample.scores)) {
        isOf("sampleScore", score);
        expect(score.value).not.toBeNull();
      }
    }
    const again = inspectLog(result, { model: "tiny", date: 1.7e9 });
    expect(again.eval.eval_id).toBe(log.eval.eval_id);
  },
);

it("shows the most probable choice as the answer, and each filter as a scorer", async () => {
  const run = async (name: string) => {
    const task = goldenTask(name);
    return inspectLog(
      await evaluate(goldenAnswers("base", name), task, goldenDocuments(task), { bootstrap: 0 }),
      { model: "tiny" },
    );
  };
  const [ending] = (await run("tiny_endings")).samples;
  const { choices, output, scores } = ending as Record<string, never>;
  const { logprobs } = (scores as { acc: { metadata: { logprobs: number[] } } }).acc.metadata;
  const best = logprobs.slice(0, 4).indexOf(Math.max(...logprobs.slice(0, 4)));
  expect((output as { completion: string }).completion).toBe(choices[best]);
  const [count] = (await run("tiny_count")).samples;
  expect(Object.keys(count.scores as object)).toEqual([
    "exact_match,strict-match",
    "exact_match,flexible-extract",
  ]);
});
