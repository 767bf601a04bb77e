/**
 * Inspect's log of a task, so that its viewer and its analysis read a run: the JSON form of `EvalLog`, version 2, of
 * UKGovernmentBEIS/inspect_ai (`log/_log.py` at 499e615). `inspect view` shows it.
 *
 * Inspect knows generation alone. So a likelihood task appears as if its most probable choice had been the model's answer; the choices
 * with their log-probabilities stand in the metadata of each score. A figure that is NaN is left out: the format has no null.
 * @module
 */
import { pythonStr } from "../../python/literal.ts";
import { sha256Hex } from "../../source/sha256.ts";
import { firstLargest } from "../metrics/choice.ts";
import type { Sample, TaskAnswer, TaskRequest, TaskResult } from "../task/result.ts";
import type { MetricValue } from "../task/spec.ts";
import type { RunDescription } from "./write-results.ts";

/** An `EvalLog`. */
export interface InspectLog {
  /** Of the format of the log. */
  readonly version: 2;
  /** A run that was interrupted has no log. */
  readonly status: "success";
  /** What was run: task, model, data, settings. */
  readonly eval: Readonly<Record<string, unknown>>;
  /** The steps of the solver: here one, `generate`. */
  readonly plan: Readonly<Record<string, unknown>>;
  /** Figures by metric. */
  readonly results: Readonly<Record<string, unknown>>;
  /** When it began and ended. */
  readonly stats: Readonly<Record<string, unknown>>;
  /** Document by document: input, target, output, scores. */
  readonly samples: readonly Readonly<Record<string, unknown>>[];
}

/** The log of one task. Ids are hashes of what was run: the same run has the same ids. */
export function inspectLog(result: TaskResult, about: RunDescription): InspectLog {
  const { task, documents, prompt, samples } = result;
  const { model, modelArgs = {}, date = 0, seconds = 0, writtenBy = "gemma-reference" } = about;
  const created = timeOf(date);
  const run = sha256Hex(JSON.stringify([model, modelArgs, prompt, created])).slice(0, 22);
  const id = sha256Hex(`${run} ${task.name} ${result.hash}`).slice(0, 22);
  const [program, version = "0"] = writtenBy.split(" ");
  const byDocument = new Map<number, Sample[]>();
  for (const sample of samples) {
    byDocument.set(sample.id, [...(byDocument.get(sample.id) ?? []), sample]);
  }
  return {
    version: 2,
    status: "success",
    eval: {
      ...{ eval_id: id, run_id: run, created, task: task.name, task_id: id },
      task_version: task.version ?? 0,
      task_args: { shots: prompt.shots, chat: prompt.chat ?? null },
      dataset: {
        name: task.source?.dataset ?? task.name,
        samples: documents.original,
        sample_ids: [...byDocument.keys()],
        shuffled: false,
      },
      model: model.includes("/") ? model : `gemma-reference/${model}`,
      model_args: modelArgs,
      config: { epochs: task.generation?.repeats ?? 1, limit: about.limit ?? null },
      packages: { [program]: version },
      metadata: {
        task_hash: result.hash,
        ...result.marked,
        ...(task.differsFromReport && { differs_from_report: task.differsFromReport }),
      },
    },
    plan: { name: "plan", steps: [{ solver: "generate", params: {} }], config: {} },
    results: {
      total_samples: documents.effective,
      completed_samples: documents.effective,
      scores: scoresOf(result),
    },
    stats: { started_at: created, completed_at: timeOf(date + seconds), model_usage: {} },
    samples: Array.from(byDocument.values(), (rows) => sampleOf(rows, model)),
  };
}

/** The file. */
export function inspectLogText(log: InspectLog): string {
  return `${JSON.stringify(log, null, 2)}\n`;
}

function timeOf(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}+00:00`;
}

const scorerOf = (metric: string, filter: string) =>
  filter === "none" ? metric : `${metric},${filter}`;

function scoresOf({ metrics }: TaskResult) {
  return metrics
    .filter(({ value }) => Number.isFinite(value))
    .map(({ metric, filter, value, error, higherIsBetter }) => ({
      name: scorerOf(metric, filter),
      scorer: scorerOf(metric, filter),
      params: {},
      metrics: {
        [metric]: { name: metric, value, params: {} },
        ...(error !== undefined &&
          Number.isFinite(error) && { stderr: { name: "stderr", value: error, params: {} } }),
      },
      metadata: { higher_is_better: higherIsBetter },
    }));
}

function sampleOf(rows: readonly Sample[], model: string) {
  const [first] = rows;
  const { id, document, target, requests, responses } = first;
  const input = promptOf(requests[0]);
  const answer = answerOf(requests, responses);
  const choices = requests.flatMap((request) =>
    "continuation" in request ? [request.continuation] : [],
  );
  const isChosen = choices.length > 1;
  return {
    id,
    epoch: 1,
    input,
    ...(isChosen && { choices }),
    target: targetOf(target, isChosen ? choices : undefined),
    messages: [
      { role: "user", content: input, source: "input" },
      { role: "assistant", content: answer.text, source: "generate", model },
    ],
    output: {
      model,
      choices: [
        {
          message: { role: "assistant", content: answer.text, source: "generate", model },
          stop_reason: answer.stop,
        },
      ],
      completion: answer.text,
    },
    scores: Object.fromEntries(rows.flatMap((row) => scoresOfRow(row, answer.logprobs))),
    metadata: { document, hashes: first.hashes, truncated: first.truncated, joined: first.joined },
    store: {},
    events: [],
    model_usage: {},
    attachments: {},
  };
}

function promptOf(request: TaskRequest): string {
  return "text" in request ? request.text : request.context;
}

/** What the model said, or would have: of choices the most probable one. */
function answerOf(
  requests: readonly TaskRequest[],
  responses: readonly (readonly TaskAnswer[])[],
): { text: string; stop: "stop" | "max_tokens"; logprobs: (number | null)[] | undefined } {
  const [[answer]] = responses;
  if ("text" in answer) {
    const stop = answer.stoppedBy === null ? "max_tokens" : "stop";
    return { text: answer.text, stop, logprobs: undefined };
  }
  const all = responses.map(([one]) => ("logprob" in one ? one.logprob : Number.NaN));
  const chosen = requests[firstLargest(all)];
  const text = "continuation" in chosen ? chosen.continuation : "";
  return { text, stop: "stop", logprobs: all.map((p) => (Number.isFinite(p) ? p : null)) };
}

function targetOf(target: unknown, choices: readonly string[] | undefined): string | string[] {
  const named = (one: unknown) => {
    const choice = choices && Number.isInteger(one) ? choices[one as number] : undefined;
    return choice ?? pythonStr(one);
  };
  return Array.isArray(target) ? target.map(named) : named(target);
}

function scoresOfRow({ metrics, filter, filtered }: Sample, logprobs: unknown) {
  const [answer] = filtered;
  return Object.entries(metrics).map(([metric, value]) => [
    scorerOf(metric, filter),
    {
      value: scoreValue(value),
      ...(typeof answer === "string" && { answer }),
      ...(logprobs !== undefined && { metadata: { logprobs } }),
    },
  ]);
}

function scoreValue(value: MetricValue): number | readonly (number | null)[] | string {
  if (typeof value === "number") return Number.isFinite(value) ? value : "NaN";
  return value.map((one) => (Number.isFinite(one) ? one : null));
}
